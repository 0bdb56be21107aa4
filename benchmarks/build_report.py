"""What ``build_cost`` measured, in tables: costs, shares, growth, and targets with verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from builds import Cost

PARALLEL = "cold, -j 2"
CHILDREN = {
    "typeset.mjs": "KaTeX (Node)",
    "search_index.mjs": "Pagefind (Node)",
    "pagefind": "Pagefind (itself)",
}
"""What children of the build are called here, by how their names begin."""

SHOWN_MODULE, SHOWN_PACKAGE = 0.001, 0.01
"""Modules and packages that took less of a build than this are shown as a sum."""


@dataclass(frozen=True, slots=True)
class Output:
    """Megabytes of the output, of the search index in it, and the largest file."""

    megabytes: float
    index: float
    largest: str
    largest_megabytes: float


@dataclass(frozen=True, slots=True)
class Shares:
    """Seconds of processor time of a cold build: in all, and where they went.

    Those of the sampler itself are in all of them, and nowhere else.
    """

    cpu: float
    modules: dict[str, float]
    packages: dict[str, float]
    children: dict[str, float]
    sampler: float

    @property
    def extension(self) -> float:
        """The share of all modules of ours."""
        return sum(self.modules.values()) / self.cpu

    @property
    def extension_and_children(self) -> float:
        """The same with KaTeX and Pagefind."""
        return self.extension + sum(self.children.values()) / self.cpu


@dataclass(slots=True)
class Size:
    """All that was measured with ``count`` notes; what was not is empty or None."""

    count: int
    ours: dict[str, Cost] = field(default_factory=dict)
    plain: dict[str, Cost] = field(default_factory=dict)
    output: Output | None = None
    plain_output: Output | None = None
    shares: Shares | None = None
    unlike: list[str] | None = None
    """Files that ``-j 2`` wrote otherwise."""


# ---------------------------------------------------------------------------- a size


def of_size(size: Size) -> str:
    """Return the tables of one size."""
    lines = ["", f"== {size.count:,} notes ==", *_costs(size), *_outputs(size)]
    return "\n".join([*lines, *_shares(size)])


def _costs(size: Size) -> Iterator[str]:
    heads = ("wall s", "CPU s", "of cold", "peak MB", "plain s", "CPU s", "peak MB")
    yield f"{'':18}" + "".join(f"{head:>9}" for head in heads) + f"{'plain / ours':>18}"
    cold = size.ours["cold"].cpu
    for kind, cost in size.ours.items():
        row = f"{kind:18}{cost.wall:9.2f}{cost.cpu:9.2f}{cost.cpu / cold:9.1%}{cost.peak:9.0f}"
        plain = size.plain.get(kind)
        yield row + (_beside(plain, cost) if plain else "")
    if not size.plain:
        yield "Sphinx with furo alone was not built at this size; see --plain (make: PLAIN=N)."


def _beside(plain: Cost, ours: Cost) -> str:
    wall, cpu = plain.wall / ours.wall, plain.cpu / ours.cpu
    ratios = f"{wall:.1f} (CPU {cpu:.1f})"
    return f"{plain.wall:9.2f}{plain.cpu:9.2f}{plain.peak:9.0f}{ratios:>18}"


def _outputs(size: Size) -> Iterator[str]:
    if size.output:
        yield f"output: {_output(size.output)}; search index {size.output.index:.2f} MB"
    if size.plain_output:
        yield f"plain output: {_output(size.plain_output)}"
    if size.unlike:
        yield f"-j 2 wrote other bytes: {', '.join(size.unlike)}"


def _output(found: Output) -> str:
    largest = f"the largest file {found.largest}, {found.largest_megabytes:.2f} MB"
    return f"{found.megabytes:.1f} MB, {largest}"


def _shares(size: Size) -> Iterator[str]:
    if not (shares := size.shares):
        return
    own = shares.sampler / shares.cpu
    yield ""
    yield f"CPU of a cold build, {shares.cpu:.2f} s, {own:.1%} of it for sampling:"
    yield from _table("modules of _ext", shares.modules, shares.cpu, SHOWN_MODULE)
    yield from _table("children", _named(shares.children), shares.cpu, 0)
    yield from _table("all others", _others(shares), shares.cpu, SHOWN_PACKAGE)
    yield f"  {'_ext in all':30}{'':9}{shares.extension:8.1%}"
    yield f"  {'_ext with KaTeX and Pagefind':30}{'':9}{shares.extension_and_children:8.1%}"


def _table(title: str, seconds: dict[str, float], whole: float, least: float) -> Iterator[str]:
    """Yield a line a name, the largest first; those below the share ``least`` as a sum."""
    yield f" {title}"
    rows = sorted(seconds.items(), key=lambda row: (-row[1], row[0]))
    shown = [row for row in rows if row[1] >= least * whole]
    if rest := rows[len(shown) :]:
        shown.append((f"{len(rest)} more", sum(spent for _name, spent in rest)))
    for name, spent in shown:
        yield f"  {name:30}{spent:8.2f}s{spent / whole:8.1%}"


def _named(children: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for child, spent in children.items():
        name = next((CHILDREN[key] for key in CHILDREN if child.startswith(key)), child)
        found[name] = found.get(name, 0) + spent
    return found


def _others(shares: Shares) -> dict[str, float]:
    """Return the packages, and what no sample can see: the start and the end of Python."""
    seen = (shares.modules, shares.packages, shares.children)
    unseen = shares.cpu - shares.sampler - sum(sum(part.values()) for part in seen)
    return {**shares.packages, "start and end of Python": unseen}


# ---------------------------------------------------------------------------- growth


@dataclass(frozen=True, slots=True)
class Growth:
    """A figure grows as the number of notes to the power of ``exponent``, between two sizes."""

    what: str
    small: int
    large: int
    exponent: float


FIGURES: dict[str, Callable[[Size], float]] = {
    "cold, wall": lambda size: size.ours["cold"].wall,
    "cold, CPU": lambda size: size.ours["cold"].cpu,
    "nothing changed, CPU": lambda size: size.ours["nothing changed"].cpu,
    "a text edited, CPU": lambda size: size.ours["a text edited"].cpu,
    "a title edited, CPU": lambda size: size.ours["a title edited"].cpu,
    "a note added, CPU": lambda size: size.ours["a note added"].cpu,
    "cold, peak memory": lambda size: size.ours["cold"].peak,
    "output": lambda size: size.output.megabytes if size.output else 0,
    "plain, cold, CPU": lambda size: size.plain["cold"].cpu if size.plain else 0,
}
"""What may grow; 0 where it was not measured."""


def growths(sizes: list[Size]) -> list[Growth]:
    """Return the exponents between each size and the next one."""
    found = []
    for small, large in pairwise(sizes):
        for what, figure in FIGURES.items():
            if figure(small) and figure(large):
                exponent = log(figure(large) / figure(small)) / log(large.count / small.count)
                found.append(Growth(what, small.count, large.count, exponent))
    return found


def of_growth(sizes: list[Size]) -> str:
    """Return the table of exponents."""
    found = {(g.what, g.small): f"{g.exponent:.2f}" for g in growths(sizes)}
    heads = "".join(f"{f'{a.count:,}-{b.count:,}':>14}" for a, b in pairwise(sizes))
    lines = ["", f"{'grows as N to the power of':28}{heads}"] if heads else []
    for what in FIGURES if heads else ():
        cells = (f"{found.get((what, small.count), '-'):>14}" for small in sizes[:-1])
        lines.append(f"  {what:26}{''.join(cells)}")
    return "\n".join(lines)


# ---------------------------------------------------------------------------- targets


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, and the limit that it must be at most (≤) or at least (≥)."""

    what: str
    sign: Literal["≤", "≥"]
    limit: float
    figure: float | None
    """None where it was not measured in this run."""

    @property
    def is_reached(self) -> bool | None:
        if self.figure is None:
            return None
        return self.figure <= self.limit if self.sign == "≤" else self.figure >= self.limit


def targets(sizes: list[Size]) -> list[Target]:
    """Return every target with its figure."""
    at = {size.count: size for size in sizes}
    middle, large, huge = (at.get(count) or Size(count) for count in (250, 1_000, 5_000))
    cold, shares = large.ours.get("cold"), large.shares
    modules = shares.extension if shares else None
    all_ours = shares.extension_and_children if shares else None
    unlike = None if large.unlike is None else len(large.unlike)
    peak = max((cost.peak for cost in huge.ours.values()), default=None)
    wall, _cpu = _ratios("-j 1 / -j 2, 1,000 notes", "≥", 1.25, cold, large.ours.get(PARALLEL))
    quick = "plain / ours, cold, with -j 2, 1,000 notes"
    parallel, _ = _ratios(quick, "≥", 15, large.plain.get("cold"), large.ours.get(PARALLEL))
    text, same = large.ours.get("a text edited"), large.ours.get("nothing changed")
    return [
        *_ratios("plain / ours, cold, 1,000 notes", "≥", 15, large.plain.get("cold"), cold),
        parallel,
        *_ratios("cold, 1,000 / 250 notes", "≤", 4.3, cold, middle.ours.get("cold")),
        *_ratios("cold, 5,000 / 1,000 notes", "≤", 5.5, huge.ours.get("cold"), cold),
        *_ratios("a text edited / cold, 1,000 notes", "≤", 0.05, text, cold),
        *_ratios("nothing changed / cold, 1,000 notes", "≤", 0.03, same, cold),
        Target("_ext / all, cold, 1,000 notes, CPU", "≤", 0.25, modules),
        Target("the same with KaTeX and Pagefind", "≤", 0.25, all_ours),
        Target("peak memory of any build, 5,000 notes, MB", "≤", 1_000, peak),
        wall,
        Target("files that -j 2 wrote otherwise, 1,000 notes", "≤", 0, unlike),
    ]


def _ratios(
    what: str, sign: Literal["≤", "≥"], limit: float, above: Cost | None, below: Cost | None
) -> tuple[Target, Target]:
    """Return the target for one cost over another, in wall time and in processor time."""
    wall = above.wall / below.wall if above and below else None
    cpu = above.cpu / below.cpu if above and below else None
    return Target(f"{what}, wall", sign, limit, wall), Target(f"{what}, CPU", sign, limit, cpu)


def of_targets(sizes: list[Size]) -> str:
    """Return a line a target: what is to be, what is, and whether it is reached."""
    lines = ["", "targets"]
    verdicts = {True: "reached", False: "MISSED", None: "not measured in this run"}
    for target in targets(sizes):
        figure = "" if target.figure is None else f"{target.figure:.3g}"
        asked = f"{target.sign} {target.limit:<6g}"
        lines.append(f"  {target.what:50}{asked}{figure:>7}  {verdicts[target.is_reached]}")
    return "\n".join(lines)
