"""Print what links both ways, previews, paths, foot and machine-readable files cost.

The same notes are built with none of these parts, then with one group after another; what
a group adds is the difference. Time is the processor time of a cold build, page size that
of a note's page compressed with gzip, as a host sends it::

    python benchmarks/links_cost.py 250
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path
from statistics import mean

import builds

GROUPS = {
    "nothing of these": (),
    "backlinks": ("links", "backlinks"),
    "previews": ("terms", "previews"),
    "paths, map": ("reading_paths", "note_map"),
    "references, symbols": ("references", "symbols", "check"),
    "foot of the page": ("page_foot",),
    "for machines": ("machines",),
}
REPEATS = 2
"""Builds of each kind; the fastest counts, since others only wait."""


def page(folder: Path) -> float:
    """Return the mean size of a note's page in kB, compressed."""
    pages = sorted(folder.glob("notes/*/note-*.html"))
    return mean(len(gzip.compress(path.read_bytes(), mtime=0)) for path in pages) / 1e3


def measure(count: int, folder: Path) -> list[tuple[str, float, float, float]]:
    """Return for each group, with all before it: seconds, kB a page, MB of output."""
    source = folder / "source"
    builds.ours(source, count)
    settings = (source / "conf.py").read_text(encoding="utf-8")
    parts = {part for group in GROUPS.values() for part in group}
    found = []
    for number, (name, group) in enumerate(GROUPS.items()):
        parts -= set(group)
        without = f"""
import knowledge_base
without = {parts!r}
knowledge_base.MODULES = [m for m in knowledge_base.MODULES if m not in without]
exclude_patterns = ["map.md"] if "note_map" in without else []
suppress_warnings.append("toc.not_readable")
"""
        (source / "conf.py").write_text(settings + without, encoding="utf-8")
        seconds = []
        for repeat in range(REPEATS):
            output = folder / f"{number}-{repeat}"
            seconds.append(builds.build(source, output).cpu)
        html = output / "html"
        found.append((name, min(seconds), page(html), builds.size(html)))
    return found


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(count, Path(folder))
    whole = found[-1]
    print(f"\n{count} notes: what each part adds")
    print(f"  {'':22}{'time':>8}{'of all':>9}{'kB a page':>11}{'MB in all':>11}")
    before = (0.0, 0.0, 0.0)
    for name, *now in found:
        time, kilobytes, megabytes = (a - b for a, b in zip(now, before, strict=True))
        share = f"{time / whole[1]:8.1%}"
        print(f"  {name:22}{time:7.2f}s{share:>9}{kilobytes:11.2f}{megabytes:11.2f}")
        before = (now[0], now[1], now[2])
    time, kilobytes = whole[1] - found[0][1], whole[2] - found[0][2]
    print(f"  all of them: {time / whole[1]:.1%} of the build, {kilobytes:.2f} kB a page")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 250)
