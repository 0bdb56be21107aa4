"""README and CONTRIBUTING say what is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from knowledge_base import front_matter

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def first_cells(text: str, head: str) -> list[str]:
    """Return what stands in code in the first column of the table with this head."""
    table = text.split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def files() -> set[str]:
    """Return the files of the project, without what git ignores."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone of the repository")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True)
    names = done.stdout.decode().split("\0")[:-1]
    return {name for name in names if (ROOT / name).is_file()}


def is_named(name: str, rows: list[str]) -> bool:
    """Tell whether a row names the file, or the folder it is in."""
    return any(name == row or (row.endswith("/") and name.startswith(row)) for row in rows)


def test_the_readme_has_every_key_of_the_front_matter() -> None:
    assert first_cells(README, "key") == list(front_matter.KEYS)


def test_every_file_has_its_line() -> None:
    rows = first_cells(CONTRIBUTING, "file")
    pinned = set(re.findall(r"`([\w./-]+\.(?:txt|json))`", CONTRIBUTING))
    found = files()
    missing = {name for name in found if not is_named(name, rows)} - pinned
    assert sorted(missing) == [], "add a line for each to CONTRIBUTING.md"
    unknown = [row for row in rows if not any(is_named(name, [row]) for name in found)]
    assert unknown == [], "CONTRIBUTING.md names what is not there"


def test_every_module_has_its_line() -> None:
    folder = "_ext/knowledge_base/"
    inside = {n.removeprefix(folder) for n in files() if n.startswith(folder)}
    modules = {re.sub("/.*", "/", name) for name in inside}
    assert sorted(first_cells(CONTRIBUTING, "module")) == sorted(modules)


def test_every_helper_of_the_tests_has_its_line() -> None:
    rows = [row for row in first_cells(CONTRIBUTING, "in `tests/`") if "<" not in row]
    found = {name.removeprefix("tests/") for name in files() if name.startswith("tests/")}
    tested = {*first_cells(CONTRIBUTING, "module"), *rows}
    missing = {n for n in found if not is_named(n, rows)} - {f"test_{name}" for name in tested}
    assert sorted(missing) == []
    assert [row for row in rows if not any(is_named(name, [row]) for name in found)] == []


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_what_the_pages_tell_to_run_exists(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`|\S=\S+ )make ([a-z -]+)", text, re.MULTILINE)
    assert named
    assert {word for words in named for word in words.split()} <= targets
