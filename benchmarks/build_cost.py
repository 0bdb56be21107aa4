"""Print what a build costs and how that grows, as ``make bench`` does.

For other sizes, and plain furo at the small ones only::

    python benchmarks/build_cost.py 50 250 1000 --plain 250

Each size is built by this project and, in the same run, by Sphinx with furo alone (see
``builds.PLAIN``): machines are noisy, ratios less so. After the cold build a note is changed
in one way after another, and built after each. Then, up to 1,000 notes, the cold build is
made again with ``-j 2``, whose output must be the same bytes, and once more to find the share
of each module (how: see ``sampled_build``). All is written to memory where there is room (see
``memory.place``). Results also go to ``_build/bench.json``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import build_report
import builds
import corpus
import memory
from build_report import Output, Shares, Size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from builds import Cost

SIZES = (50, 250, 1_000)
PLAIN_AT_MOST = 1_000
"""Notes; on each of its pages furo names all of them: its time grows with their square."""

PLAIN_EDITED_AT_MOST = 250
"""Notes up to which it is built after changes, too: with 1,000 each build takes minutes."""

TWICE_AT_MOST = 1_000
"""Notes up to which cold builds are repeated: with ``-j 2``, and sampled."""

SAMPLED = Path(__file__).with_name("sampled_build.py")


@dataclass(frozen=True, slots=True)
class Site:
    """A site of ``count`` notes in ``source``, built into ``output``."""

    source: Path
    output: Path
    count: int

    @property
    def pages(self) -> Path:
        return self.output / "html"

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the first ``old`` in a file, which must be there."""
        text = (self.source / name).read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{name} has no {old!r}")
        corpus.write_files(self.source, {name: text.replace(old, new, 1)})


def nothing(site: Site) -> None:
    """Change nothing."""


def edit_text(site: Site) -> None:
    site.replace(corpus.path(site.count // 2), "其中", "其中的")


def edit_title(site: Site) -> None:
    """Edit the title of the note to which most others link."""
    site.replace(corpus.path(corpus.most_linked(site.count)), "\n# ", "\n# 新")


def add_note(site: Site) -> None:
    number = site.count
    topic = number % corpus.TOPICS
    added = {
        corpus.path(number): corpus.note(number, number),
        f"notes/topic-{topic}/index.md": corpus.topic_index(topic, number + 1),
    }
    corpus.write_files(site.source, added)


KINDS: dict[str, Callable[[Site], None]] = {
    "cold": nothing,
    "nothing changed": nothing,
    "a text edited": edit_text,
    "a title edited": edit_title,
    "a note added": add_note,
}
"""Kinds of builds, each with what is done to the site before; each goes on from the last."""


def kinds(site: Site) -> Iterator[tuple[str, Cost]]:
    """Build the site in every way; yield what each build took."""
    for kind, change in KINDS.items():
        change(site)
        yield kind, builds.build(site.source, site.output)


def output(pages: Path) -> Output:
    """Return how large the built pages are, and the largest file."""
    files = builds.files(pages)
    name = max(files, key=lambda name: files[name].stat().st_size)
    megabytes = files[name].stat().st_size / 1e6
    return Output(builds.size(pages), builds.size(pages / "pagefind"), name, megabytes)


def unlike(one: Path, other: Path) -> list[str]:
    """Return the names of the files that are not the same bytes in two folders."""
    left, right = builds.files(one), builds.files(other)
    alike = {n for n in left if n in right and left[n].read_bytes() == right[n].read_bytes()}
    return sorted((left.keys() | right.keys()) - alike)


def sampled(source: Path, folder: Path) -> Shares:
    """Build once more, and return what of the time each module took."""
    report = folder / "report.json"
    cost = builds.build(source, folder / "sampled", program=(str(SAMPLED), str(report)))
    return Shares(cost.cpu, **json.loads(report.read_text(encoding="utf-8")))


def measure_ours(size: Size, folder: Path) -> None:
    """Measure this project with ``size.count`` notes; fill in ``size``."""
    site = Site(folder / "source", folder / "output", size.count)
    builds.ours(site.source, site.count)
    for kind, cost in kinds(site):
        size.ours[kind] = cost
        if kind == "cold":
            size.output = output(site.pages)
            if size.count <= TWICE_AT_MOST:
                measure_again(size, site, folder)


def measure_again(size: Size, site: Site, folder: Path) -> None:
    """Repeat the cold build: with ``-j 2``, compared with ``site``, and sampled."""
    parallel = folder / "parallel"
    size.ours[build_report.PARALLEL] = builds.build(site.source, parallel, "-j", "2")
    size.unlike = unlike(site.pages, parallel / "html")
    shutil.rmtree(parallel)
    size.shares = sampled(site.source, folder)
    shutil.rmtree(folder / "sampled")


def measure_plain(size: Size, folder: Path) -> None:
    """Measure Sphinx with furo alone on the same notes; fill in ``size``."""
    site = Site(folder / "source", folder / "output", size.count)
    builds.plain(site.source, site.count)
    for kind, cost in kinds(site):
        size.plain[kind] = cost
        if size.count > PLAIN_EDITED_AT_MOST:
            break
    size.plain_output = output(site.pages)


def measure(count: int, plain_at_most: int) -> Size:
    """Measure ``count`` notes in folders that are removed afterwards."""
    size = Size(count)
    with tempfile.TemporaryDirectory(dir=memory.place()) as folder:
        measure_ours(size, Path(folder))
    if count <= plain_at_most:
        with tempfile.TemporaryDirectory(dir=memory.place()) as folder:
            measure_plain(size, Path(folder))
    return size


def save(sizes: list[Size]) -> None:
    """Write the results to ``_build/bench.json``."""
    found = {
        "sizes": [asdict(size) for size in sizes],
        "growth": [asdict(growth) for growth in build_report.growths(sizes)],
        "targets": [
            {**asdict(target), "reached": target.is_reached}
            for target in build_report.targets(sizes)
        ],
    }
    path = builds.ROOT / "_build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Print what a build costs.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="N")
    parser.add_argument(
        "--plain", type=int, default=PLAIN_AT_MOST, metavar="N",
        help="build with Sphinx and furo alone up to N notes (0: not at all)",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    sizes: list[Size] = []
    for count in sorted(asked.sizes):
        sizes.append(measure(count, asked.plain))
        print(build_report.of_size(sizes[-1]), flush=True)
        save(sizes)
    print(build_report.of_growth(sizes))
    print(build_report.of_targets(sizes))


if __name__ == "__main__":
    main(sys.argv[1:])
