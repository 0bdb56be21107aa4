"""Makes N notes like ours, always the same ones: what the benchmarks build.

Each note has Chinese prose, 12 inline and 6 display formulas, 6 blocks of code, links to
three other notes, to another site and to its own equations, tags, aliases, most of them a
prerequisite, every third one a change; they stand in 9 topics. The words are drawn by a
fixed seed. All of it is MyST that Sphinx understands without this project, too.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = 9
LINKS = 3
"""Links to other notes in each note: one with a text of its own, the others show titles."""

SEED = 20260101
_HAN = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工"
    "也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小"
)
_TAGS = ("reinforcement-learning", "diffusion-models", "attention", "fine-tuning", "sampling")


def _prose(draw: random.Random, characters: int) -> str:
    found = []
    while characters > 0:
        length = draw.randint(8, 24)
        found.append("".join(draw.choices(_HAN, k=length)) + draw.choice("，。。"))
        characters -= length
    return "".join(found)[:-1] + "。"


def _section(draw: random.Random, number: int, name: str) -> str:
    inline = [f"$x_{{{number}}}^{{{draw.randint(2, 99)}}}$" for _ in range(2)]
    return (
        f"## 第 {number} 节 {''.join(draw.choices(_HAN, k=4))}\n\n"
        f"{_prose(draw, 150)}其中{inline[0]}与{inline[1]}是常数，"
        f"见 {{eq}}`eq-{name}-{number}`。\n\n"
        f"$$\ny_{{{number}}} = \\sum_{{i=1}}^{{n}} \\alpha_i^{{{draw.randint(2, 99)}}} x_i + "
        f"\\frac{{{draw.randint(2, 99)}}}{{\\sqrt{{1 - \\beta_{{{number}}}}}}}\n$$ "
        f"(eq-{name}-{number})\n\n"
        f"```python\ndef step_{number}(x):\n    return x * {draw.randint(2, 99)} + 1\n```\n\n"
    )


def _front_matter(draw: random.Random, number: int) -> str:
    lines = [
        f"date: 20{draw.randint(15, 25)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        f"tags: [{', '.join(sorted(draw.sample(_TAGS, 2)))}]",
        f"aliases: [别名{number}]",
    ]
    if number >= TOPICS:
        lines.append(f"prerequisites: [{_name(number - TOPICS)}]")
    if number % 3 == 0:
        lines.append("changes:\n- {date: 2026-01-15, text: 补充推导}")
    return "\n".join(["---", *lines, "---", ""])


def _name(number: int) -> str:
    return f"note-{number:05}"


def path(number: int) -> str:
    """Return where a note stands, relative to the folder of the site."""
    return f"notes/topic-{number % TOPICS}/{_name(number)}.md"


def links(number: int, count: int) -> list[int]:
    """Return the notes, out of the first ``count``, to which a note links."""
    drawn = random.Random(f"{SEED} links {number}").sample(range(count), min(LINKS + 1, count))
    return [other for other in drawn if other != number][:LINKS]


def most_linked(count: int) -> int:
    """Return the note to which most of ``count`` notes link."""
    linked = Counter(other for number in range(count) for other in links(number, count))
    return min(linked, key=lambda other: (-linked[other], other))


def note(number: int, count: int) -> str:
    """Return the source of a note that links to some of the first ``count``."""
    draw = random.Random(SEED + number)
    front = _front_matter(draw, number)
    title = "".join(draw.choices(_HAN, k=8))
    named, *others = [f"../{path(n).removeprefix('notes/')}" for n in links(number, count)]
    see = "、".join([f"见[另一篇]({named})", *(f"[]({other})" for other in others)])
    body = "".join(_section(draw, section, _name(number)) for section in range(1, 7))
    paper = f"参考[论文](https://example.org/papers/{number})。"
    return f"{front}\n# {title}\n\n{_prose(draw, 300)}{see}。{paper}\n\n{body}"


def topic_index(topic: int, count: int) -> str:
    """Return the source of a topic's index with its part of the first ``count`` notes."""
    names = [_name(number) for number in range(topic, count, TOPICS)]
    tree = "\n".join(["```{toctree}", ":maxdepth: 1", "", *names, "```", ""])
    return f"# 主题 {topic}\n\n引言。\n\n{tree}"


def front_page(*pages: str, body: str = "") -> str:
    """Return the source of a front page that leads to ``pages`` and to the topics."""
    topics = [f"notes/topic-{topic}/index" for topic in range(TOPICS)]
    tree = "\n".join(["```{toctree}", ":hidden:", "", *topics, *pages, "```", ""])
    return f"# 首页\n\n{body}{tree}"


def write(folder: Path, count: int) -> None:
    """Write ``count`` notes, their topics' indexes and the front page into ``folder``."""
    files = {path(number): note(number, count) for number in range(count)}
    for topic in range(TOPICS):
        files[f"notes/topic-{topic}/index.md"] = topic_index(topic, count)
    files["index.md"] = front_page()
    write_files(folder, files)


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write files, given by their paths relative to ``folder``."""
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
