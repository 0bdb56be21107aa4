"""Figures drawn by code: described, the same bytes each time, mistakes with their line."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from knowledge_base import drawn_by_code
from knowledge_base.shorter_drawing import shorten, with_palette
from sites import Build, Site, note

if TYPE_CHECKING:
    from collections.abc import Callable

SVG = "http://www.w3.org/2000/svg"
CODE = """\
fig, ax = plt.subplots()
ax.plot([0, 1], [-1, 1], label="损失")
ax.set_title("训练 loss")
ax.legend()
"""


def plot(code: str = CODE, *options: str) -> str:
    options = options or (":alt: 一条上升的线", ":caption: 看线，$y = x$ 与 `code`。")
    return "\n".join(["先。", "", "```{plot}", *options, code, "```", ""])


def drawing(build: Build, page: str = "notes/a/x") -> tuple[str, str]:
    """Return the name and the text of the only figure of a page."""
    (image,) = build.page(page).select("figure img")
    name = str(image["src"]).removeprefix("../../")
    return name, build.read(name)


def test_a_figure_has_a_description_and_a_caption_in_markdown(
    make_site: Callable[..., Site],
) -> None:
    build = make_site({"notes/a/x.md": note(plot())}).build(strict=True)
    (figure,) = build.page("notes/a/x").select("figure")
    (image,) = figure.select("img")
    assert image["alt"] == "一条上升的线"
    assert figure.select("figcaption .katex")
    assert figure.select("figcaption code")
    assert drawing(build)[0].startswith("_images/x-")


def test_a_browser_knows_the_room_of_a_figure_before_it_loads(
    make_site: Callable[..., Site],
) -> None:
    build = make_site({"notes/a/x.md": note(plot())}).build(strict=True)
    (image,) = build.page("notes/a/x").select("figure img")
    _name, svg = drawing(build)
    points = [re.search(rf'\b{side}="([\d.]+)pt"', svg) for side in ("width", "height")]
    sizes = [round(float(found[1]) * 4 / 3) for found in points if found]
    assert [int(str(image[side])) for side in ("width", "height")] == sizes
    assert image["loading"] == "lazy"


def test_text_of_a_figure_is_text(make_site: Callable[..., Site]) -> None:
    """In the reader's own font; minus signs are minus signs; nothing behind the drawing."""
    _name, svg = drawing(make_site({"notes/a/x.md": note(plot())}).build(strict=True))
    for text in ("损失", "训练 loss", "\u22121.0"):
        assert text in svg, text
    assert "<text" in svg
    assert "#ffffff" not in svg.lower()
    assert "Han Metrics" in svg or "sans-serif" in svg


PICTURE = """\
import numpy as np
fig, ax = plt.subplots()
ax.plot(np.linspace(0, 1, 7) ** 2, label="0.123456 与 <!-- d=\\"1.23456\\" id=\\"a\\" -->")
ax.imshow(np.linspace(0, 1, 400).reshape(20, 20), interpolation="bilinear")
ax.legend()
"""


def pixels(svg: str) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)", svg)
    pictures = (Image.open(io.BytesIO(base64.b64decode(text))) for text in found)
    return [np.asarray(picture.convert("RGBA")) for picture in pictures]


def places(svg: str) -> list[float]:
    attributes = re.findall(r'(?<=\s)(?:d|x|y)="([^"]*)"', svg)
    return [float(n) for text in attributes for n in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_a_shorter_drawing_shows_the_same(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pixel of its pictures, all its text, all within a hundredth of a point."""
    wholes: list[str] = []

    def noted(svg: str) -> str:
        wholes.append(svg)
        return shorten(svg)

    monkeypatch.setattr(drawn_by_code, "shorten", noted)
    build = make_site({"notes/a/x.md": note(plot(PICTURE))}).build(strict=True)
    (whole,), (_name, svg) = wholes, drawing(build)
    assert len(svg) < 0.7 * len(whole)
    for one, other in zip(pixels(svg), pixels(whole), strict=True):
        assert np.array_equal(one, other)
    assert places(svg) == pytest.approx(places(whole), abs=0.0051)
    shown, drawn = (ET.fromstring(text) for text in (svg, whole))
    assert [node.text for node in shown.iter(f"{{{SVG}}}text")] == [
        node.text for node in drawn.iter(f"{{{SVG}}}text")
    ]
    named = set(re.findall(r'id="([^"]+)"', svg))
    assert set(re.findall(r"#([\w.-]+)", svg)) - named <= set(re.findall(r"#(\w+);", svg))
    assert "0.123456" in svg


def test_a_picture_of_many_colours_stays_as_it_is() -> None:
    target = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(target, "PNG")
    assert with_palette(target.getvalue()) == target.getvalue()


def test_a_figure_is_the_same_bytes_each_time(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note(plot()), "notes/a/y.md": note(plot(CODE + "# y\n"))})
    one, other = site.build(strict=True), site.build(output="other", jobs=4, strict=True)
    assert drawing(one) == drawing(other)
    site.run("-q", output="third", SOURCE_DATE_EPOCH="123456789", PYTHONHASHSEED="7")
    third = Build(status=0, warnings=[], folder=site.folder / "third" / "html")
    assert drawing(one) == drawing(third)


def test_text_around_a_figure_draws_nothing_anew(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.sphinxext import plot_directive

    site = make_site({"notes/a/x.md": note(plot())})
    before = drawing(site.build(strict=True))
    monkeypatch.setattr(plot_directive, "render_figures", None)
    site.write({"notes/a/x.md": note("改。\n\n" + plot())})
    assert drawing(site.build(strict=True)) == before


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        (CODE, (":caption: 题",), "9: WARNING: a figure needs :alt: (what the figure shows, "
         "for who cannot see it) [note.figure]"),
        (CODE, (":alt: 线",), "9: WARNING: a figure needs :caption: (what to look at) "
         "[note.figure]"),
        ("x = 1\n\ny = 1 / 0\n", (), "14: WARNING: the code of this figure fails: "
         "ZeroDivisionError: division by zero [note.figure]"),
        ("def f():\n    raise ValueError('坏')\nf()\n", (), "13: WARNING: the code of this "
         "figure fails: ValueError: 坏 [note.figure]"),
        ("x = (\n", (), "12: WARNING: the code of this figure fails: SyntaxError: '(' was "
         "never closed [note.figure]"),
        ("raise SystemExit\n", (), "12: WARNING: the code of this figure fails: SystemExit "
         "[note.figure]"),
        ("x = 1\n", (), "9: WARNING: this code draws no figure; call plt.subplots() in it "
         "[note.figure]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_figure_has_its_line(
    make_site: Callable[..., Site], code: str, options: tuple[str, ...], expected: str
) -> None:
    site = make_site({"notes/a/x.md": note(plot(code, *options))})
    for _again in range(2):
        build = site.build(strict=True)
        assert (build.warnings, build.status) == ([f"notes/a/x.md:{expected}"], 1)


def test_one_figure_does_not_disturb_another(make_site: Callable[..., Site]) -> None:
    """Settings of one figure are not those of the next."""
    wild = plot('plt.rcParams["lines.linewidth"] = 9\n' + CODE)
    alone = drawing(make_site({"notes/a/y.md": note(plot())}).build(strict=True), "notes/a/y")
    site = make_site({"notes/a/x.md": note(wild), "notes/a/y.md": note(plot())})
    assert drawing(site.build(output="both", strict=True), "notes/a/y") == alone
