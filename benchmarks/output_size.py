"""Print how large the files of the output are, by kind, and how that grows with the notes.

For other sizes, or keeping what was built in a folder::

    python benchmarks/output_size.py 100 400 1600
    python benchmarks/output_size.py --short --keep _build/sizes 5000

The notes are those of ``corpus.py`` and one more, the hub, that every other note links to,
names as a prerequisite and uses an equation of; each note has symbols and cites a work. So
everything that could grow with the number of notes does. ``--short`` leaves out the sections
of the notes, most of what a build costs and nothing of what a list of notes shows.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

import builds
import corpus

SIZES = (100, 400)
KINDS = (
    ("the hub", r"notes/topic-0/hub\.html"),
    ("note", r"notes/.+/note-\d+\.html"),
    ("topic", r"notes/.+/index\.html"),
    ("front page", r"index\.html"),
    ("updates", r"updates\.html|updates/page-\d+\.html"),
    ("archive", r"updates/.+\.html"),
    ("map", r"map.*\.html"),
    ("notation", r"notation.*\.html"),
    ("references", r"references.*\.html"),
    ("feed", r"feeds/.+"),
    ("sitemap", r"sitemap.*"),
    ("llms.txt", r".*llms.*\.txt"),
    ("previews", r"previews/.+"),
    ("objects.inv", r"objects\.inv"),
    ("search: one file", r"pagefind/.+"),
    ("source of a note", r"notes/.+\.md"),
    ("look and fonts", r"_static/.+"),
)
"""Names and paths in the output; a file is of the first kind that fits."""

HUB = """\
---
date: 2026-01-01
---

# 总览：人人都引用的一篇

话。

$$
E = m c^2
$$ (eq-hub)
"""
LINKS = """

{text}见[总览](../topic-0/hub.md)与 {{eq}}`eq-hub`，{{cite:t}}`work-{work}`。

| 符号 | 含义 |
| --- | --- |
| $n$ | 长度 |
| $s_{{{number}}}$ | 第 {number} 个 |
"""
PUBLISHED = "-D", "html_baseurl=https://example.org/", "-D", "drafts=0"
WORKS = 40
"""Works that are cited: as many as authors enter, however many notes there are."""
PAGES = {
    "notation.md": "# 符号与约定\n\n```{symbols}\n```\n",
    "references.md": "# 参考文献\n\n```{bibliography}\n```\n",
}


def write(folder: Path, count: int, *, is_short: bool = False) -> None:
    """Write the project with ``count`` notes and the hub into ``folder``."""
    builds.ours(folder, count)
    for number in range(count):
        name, text = corpus.path(number), corpus.note(number, count)
        text = re.sub(r"^(prerequisites: \[)", r"\1hub, ", text, flags=re.MULTILINE)
        if is_short:
            text = text.partition("## ")[0]
        if "prerequisites" not in text:
            text = text.replace("\naliases", "\nprerequisites: [hub]\naliases", 1)
        more = LINKS.format(text="略述如次，" * 4, number=number, work=number % WORKS)
        (folder / name).write_text(text + more, encoding="utf-8")
    (folder / "notes/topic-0/hub.md").write_text(HUB, encoding="utf-8")
    _add(folder / "notes/topic-0/index.md", ":maxdepth: 1\n\n", "hub\n")
    _add(folder / "index.md", "updates\n", "notation\nreferences\n")
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    works = (
        f"@misc{{work-{n}, author={{A, B}}, title={{{n}}}, year={{2000}}, eprint={{{n}}}}}\n"
        for n in range(WORKS)
    )
    (folder / "references.bib").write_text("".join(works), encoding="utf-8")


def _add(path: Path, after: str, more: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(after, after + more, 1), encoding="utf-8")


def largest(folder: Path) -> dict[str, tuple[int, str]]:
    """Return by kind the bytes and the name of the largest file of a built site."""
    found: dict[str, tuple[int, str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            kind = next((k for k, p in KINDS if re.fullmatch(p, name)), "others")
            size = path.stat().st_size
            for key in (kind, "the largest"):
                found[key] = max(found.get(key, (0, "")), (size, name))
    return found


def _print(found: dict[int, dict[str, tuple[int, str]]]) -> None:
    """Print a line a kind: its largest file in kB at each size, and which that is."""
    print(f"{'largest file, kB':18}" + "".join(f"{count:>10,}" for count in found))
    last = found[max(found)]
    for kind in [*(kind for kind, _pattern in KINDS), "others", "the largest"]:
        if kind in last:
            sizes = "".join(f"{f.get(kind, (0, ''))[0] / 1000:10,.1f}" for f in found.values())
            print(f"{kind:18}{sizes}  {last[kind][1]}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--keep", type=Path, help="where to keep what is built")
    parser.add_argument("--short", action="store_true", help="notes without sections")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as aside:
        for count in given.sizes or SIZES:
            folder = (given.keep or Path(aside)) / str(count)
            write(folder / "source", count, is_short=given.short)
            cost = builds.build(folder / "source", folder / "output", *PUBLISHED)
            print(f"{count:,} notes: {cost.cpu:.1f} s of the processor, {cost.peak:.0f} MB")
            found[count] = largest(folder / "output" / "html")
    _print(found)


if __name__ == "__main__":
    main()
