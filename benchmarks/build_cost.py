"""Print what a build costs and how that grows, as ``make bench`` does.

For other sizes::

    python benchmarks/build_cost.py 50 250 1000

Each size is built by this project and, in the same run, by Sphinx with furo alone (formulas
left to the browser, Sphinx's own search off); machines are noisy, ratios less so. Results
also go to ``_build/bench.json``.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SIZES = (50, 250)

PLAIN = """\
project = "笔记"
language = "zh_CN"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
html_use_index = False
html_copy_source = False
suppress_warnings = ["myst.topmatter"]
exclude_patterns = ["updates.md"]
def setup(app):
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
"""


def build(source: Path, output: Path) -> float:
    """Build once and return the seconds it took."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", str(output / "doctrees"),
         str(source), str(output / "html")],
        check=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    return time.perf_counter() - begin


def ours(folder: Path) -> None:
    """Put the project around the notes in ``folder``: settings, extension, look."""
    for name in ("conf.py", "macros.json", "tags.yaml", "references.md"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("_ext", "_static", "_templates", "_locale"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "references.bib").write_text("", encoding="utf-8")  # the notes cite nothing
    (folder / "references.md").write_text(
        "---\norphan: true\n---\n\n# 文献\n", encoding="utf-8"
    )


def edited(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(count: int, folder: Path) -> dict[str, float]:
    """Return the seconds of each kind of build of ``count`` notes, and sizes in MB."""
    plain, source, output = folder / "plain", folder / "ours", folder / "output"
    corpus.write(plain, count)
    (plain / "conf.py").write_text(PLAIN, encoding="utf-8")
    (plain / "index.md").write_text(
        (plain / "index.md").read_text("utf-8").replace("updates\n", ""), encoding="utf-8"
    )
    corpus.write(source, count)
    ours(source)
    name, _text = corpus.note(count // 2, count)
    edits: dict[str, Callable[[], None]] = {
        "no change": lambda: None,
        "a text edited": lambda: edited(source / name, "其中", "其中的"),
        "a title edited": lambda: edited(source / name, "\n# ", "\n# 新"),
    }
    found = {"plain furo, cold": build(plain, folder / "plain-output")}
    found["cold"] = build(source, output)
    for kind, edit in edits.items():
        edit()
        found[kind] = build(source, output)
    found["output, MB"] = size(output / "html") / 1e6
    found["search index, MB"] = size(output / "html" / "pagefind") / 1e6
    largest = max((p for p in (output / "html").rglob("*") if p.is_file()), key=_bytes)
    found[f"largest file, MB ({largest.name})"] = _bytes(largest) / 1e6
    return found


def _bytes(path: Path) -> int:
    return path.stat().st_size


def main(sizes: list[int]) -> None:
    results: dict[int, dict[str, float]] = {}
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            results[count] = measure(count, Path(folder))
        cold = results[count]["cold"]
        print(f"\n{count} notes")
        for kind, value in results[count].items():
            share = "" if "MB" in kind else f"{value / cold:8.2f} of cold"
            print(f"  {kind:32} {value:8.2f}{share}")
        print(
            f"  {'plain furo / ours, cold':32} {results[count]['plain furo, cold'] / cold:8.2f}"
        )
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        growth = log(results[large]["cold"] / results[small]["cold"]) / log(large / small)
        print(f"\ncold builds grow as N^{growth:.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a build {peak:.0f} MB")
    path = ROOT / "_build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
