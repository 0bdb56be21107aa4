"""Makes N notes like ours, always the same ones: what the benchmarks build.

Each has Chinese prose, 12 inline and 6 display formulas, code, links, tags, changes and
prerequisites; they stand in 9 topics. The words are drawn by a fixed seed.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = 9
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
    return "".join(found).rstrip("，") + "。"


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


def note(number: int, count: int) -> tuple[str, str]:
    """Return the path and the source of one note of ``count``."""
    draw = random.Random(SEED + number)
    topic, name = number % TOPICS, f"note-{number:05}"
    before = max(0, number - TOPICS)
    other = draw.randrange(count)
    front = [
        f"date: 20{draw.randint(15, 25)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        f"tags: [{', '.join(sorted(draw.sample(_TAGS, 2)))}]",
        f"aliases: [别名{number}]",
    ]
    if before != number:
        front.append(f"prerequisites: [note-{before:05}]")
    if number % 3 == 0:
        front.append("changes:\n- {date: 2026-01-15, text: 补充推导}")
    link = f"见[另一篇](../topic-{other % TOPICS}/note-{other:05}.md)。\n\n"
    body = "".join(_section(draw, section, name) for section in range(1, 7))
    title = "".join(draw.choices(_HAN, k=8))
    source = (
        "---\n" + "\n".join(front) + f"\n---\n\n# {title}\n\n{_prose(draw, 300)}{link}{body}"
    )
    return f"notes/topic-{topic}/{name}.md", source


def write(folder: Path, count: int) -> None:
    """Write ``count`` notes, their topics' indexes and the front page into ``folder``."""
    files = dict(note(number, count) for number in range(count))
    for topic in range(TOPICS):
        names = sorted(
            n.split("/")[2][:-3] for n in files if n.startswith(f"notes/topic-{topic}/")
        )
        tree = "\n".join(["```{toctree}", *names, "```", ""])
        files[f"notes/topic-{topic}/index.md"] = f"# 主题 {topic}\n\n引言。\n\n{tree}"
    indexes = [f"notes/topic-{topic}/index" for topic in range(TOPICS)]
    files["index.md"] = "# 首页\n\n" + "\n".join(
        ["```{toctree}", ":hidden:", "", "updates", *indexes, "```", ""]
    )
    files["updates.md"] = "# 最近更新\n\n```{latest-updates}\n```\n"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
