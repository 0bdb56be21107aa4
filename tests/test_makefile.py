"""The Makefile installs once, finds Python and Node, and says in one line what is missing.

It runs here in a folder of its own with stand-ins for Python, Node and npm, which write
down what they are asked to do and install nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")
TOOLS = ("awk", "chmod", "cp", "dirname", "make", "mkdir", "mv", "rm", "sh", "touch")

PYTHON = r"""#!/bin/sh
case "$*" in
"-c "*) exit 0 ;;
"--version") echo "Python 3.99" ;;
"-m venv "*)
  echo "venv" >> log
  mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"requirements-node.txt")
  echo "pip node" >> log
  cp tools/new-node .venv/bin/node && cp tools/new-npm .venv/bin/npm ;;
*" -r "*) echo "pip ${*##* }" >> log ;;
*) echo "run ${*#-m }" >> log ;;
esac
"""
NODE = "#!/bin/sh\nexit 0\n"
OLD_NODE = "#!/bin/sh\nexit 1\n"
NPM = """#!/bin/sh
echo "npm $1${6:+ $6}" >> log
mkdir -p node_modules benchmarks/node_modules && touch node_modules/.package-lock.json
"""
BUILDER = """#!/bin/sh
echo "$*" >> log
mkdir _build/release.new && touch _build/release.new/new.html
"""
BUILD = (
    "run sphinx --quiet --fail-on-warning --keep-going -j auto -b html "
    "-d _build/doctrees/html . _build/html"
)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the Makefile, the lock files and the stand-ins."""

    folder: Path

    def make(self, *arguments: str, status: int = 0) -> str:
        """Run make with only the stand-ins on PATH; return what it printed."""
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.folder / "bin")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def log(self) -> list[str]:
        """Return what the stand-ins have been asked since the last time."""
        path = self.folder / "log"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def write(self, programs: Mapping[str, str]) -> None:
        for name, text in programs.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)

    def newer(self, name: str) -> None:
        """Give a file the time of a change that is still to come."""
        later = (self.folder / name).stat().st_mtime + 60
        os.utime(self.folder / name, (later, later))


PACKAGES = "package.json", "package-lock.json"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for tool in TOOLS:
        path = shutil.which(tool)
        if path is None:
            pytest.skip(f"{tool} is not on PATH")
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(path)
    (tmp_path / "benchmarks").mkdir()
    npm = [f"{folder}{name}" for folder in ("", "benchmarks/") for name in PACKAGES]
    for name in ("Makefile", *npm, *LOCKS):
        shutil.copy(ROOT / name, tmp_path / name)
    made = Project(tmp_path)
    made.write({"bin/python3": PYTHON, "bin/node": NODE, "bin/npm": NPM})
    made.write({"tools/new-node": NODE, "tools/new-npm": NPM})
    return made


def test_make_alone_lists_every_target(project: Project) -> None:
    listed = re.findall(r"^  (\S+)  +\S", project.make(), re.MULTILINE)
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)", text, re.MULTILINE)).split())
    assert set(listed) == phony - {"setup", "setup-dev", "node"}
    assert listed[:3] == ["help", "html", "live"]
    assert project.log() == []


def measured(project: Project, *arguments: str) -> str:
    """Return what ``make`` asks of the benchmark of builds."""
    project.make(*arguments)
    return next(line for line in project.log() if "build_cost" in line)


def test_benchmarks_are_told_their_sizes(project: Project) -> None:
    program = "run benchmarks/build_cost.py"
    assert measured(project, "bench").split() == program.split()
    asked = measured(project, "bench", "SIZES=50 250", "PLAIN=0")
    assert asked == f"{program} 50 250 --plain 0"
    assert measured(project, "bench-large").rstrip() == f"{program} 50 250 1000 5000"
    asked = measured(project, "bench-large", "PLAIN=250")
    assert asked == f"{program} 50 250 1000 5000 --plain 250"


def test_the_first_build_installs_and_the_second_does_not(project: Project) -> None:
    text = project.make("html")
    assert project.log() == ["venv", "pip requirements.txt", "npm ci --omit=dev", BUILD]
    assert text.splitlines() == [
        "Making .venv with Python 3.99",
        "Installing what the site needs (requirements.txt)",
        "Installing what the site needs from npm (package-lock.json)",
        f"The site is built: {project.folder}/_build/html/index.html",
    ]
    text = project.make("html")
    assert project.log() == [BUILD]
    assert text == f"The site is built: {project.folder}/_build/html/index.html\n"


@pytest.mark.parametrize(
    ("changed", "installed"),
    [
        ("requirements.txt", ["pip requirements.txt", "pip requirements-dev.txt"]),
        ("requirements-dev.txt", ["pip requirements-dev.txt"]),
        ("package-lock.json", ["npm ci --omit=dev", "npm ci"]),
    ],
)
def test_a_new_lock_file_is_installed(
    project: Project, changed: str, installed: list[str]
) -> None:
    project.make("setup-dev")
    project.log()
    project.newer(changed)
    project.make("setup-dev")
    assert project.log() == installed


def test_an_installation_that_failed_is_done_again(project: Project) -> None:
    project.write({"bin/npm": "#!/bin/sh\necho no network >&2\nexit 1\n"})
    assert "no network" in project.make("html", status=2)
    project.log()
    project.write({"bin/npm": NPM})
    project.make("html")
    assert project.log() == ["npm ci --omit=dev", BUILD]


@pytest.mark.parametrize("node", [None, OLD_NODE], ids=["none", "old"])
def test_without_node_one_is_installed_into_the_environment(
    project: Project, node: str | None
) -> None:
    (project.folder / "bin" / "npm").unlink()
    (project.folder / "bin" / "node").unlink()
    if node:
        project.write({"bin/node": node, "bin/npm": NPM})
    text = project.make("html")
    assert project.log() == [
        "venv",
        "pip requirements.txt",
        "pip node",
        "npm ci --omit=dev",
        BUILD,
    ]
    assert "Installing Node into .venv: there is none of version 20 or newer" in text
    project.make("html")
    assert project.log() == [BUILD]


def test_node_without_npm_is_not_enough(project: Project) -> None:
    (project.folder / "bin" / "npm").unlink()
    project.make("html")
    assert "pip node" in project.log()


def test_the_first_python_that_is_new_enough_is_taken(project: Project) -> None:
    project.write({"bin/python3": "#!/bin/sh\nexit 1\n", "bin/python3.12": PYTHON})
    project.make("html")
    assert project.log()[0] == "venv"


def test_a_missing_python_is_one_clear_line(project: Project) -> None:
    project.write({"bin/python3": "#!/bin/sh\nexit 1\n"})
    text = project.make("html", status=2)
    assert text.splitlines()[:-1] == [
        "make needs Python 3.11 or newer; name one: make html PYTHON=/path/to/python3"
    ]
    project.write({"bin/another": PYTHON})
    project.make("html", "PYTHON=another")
    assert "venv" in project.log()


def test_a_python_without_venv_is_one_clear_line(project: Project) -> None:
    broken = PYTHON.replace("cp ", "false; exit 1; cp ")
    project.write({"bin/python3": broken})
    text = project.make("html", status=2)
    assert text.splitlines()[1:-1] == [
        "python3 -m venv fails; on Debian and Ubuntu run: apt install python3-venv"
    ]
    assert not (project.folder / ".venv").exists(), "nothing is left half made"


def test_a_failed_build_says_so(project: Project) -> None:
    project.make("setup")
    project.write({".venv/bin/python": "#!/bin/sh\necho a.md:1: WARNING: wrong >&2\nexit 1\n"})
    assert project.make("html", status=2).splitlines()[:2] == [
        "a.md:1: WARNING: wrong",
        "The build failed: mend what is reported above, then run make html again.",
    ]


def test_a_release_starts_clean_and_leaves_out_drafts(project: Project) -> None:
    project.make("setup")
    project.log()
    project.write({"_build/release/old.html": "", "_build/release.new/half.html": ""})
    project.write({".venv/bin/python": BUILDER})
    project.make("release")
    assert sorted(p.name for p in (project.folder / "_build").iterdir()) == ["release"]
    assert [p.name for p in (project.folder / "_build/release").iterdir()] == ["new.html"]
    assert project.log() == [
        "-m sphinx --quiet --fail-on-warning --keep-going -j auto -D drafts=0 -b html "
        "-d _build/doctrees/release . _build/release.new"
    ]


def test_a_release_that_fails_leaves_the_one_that_stands(project: Project) -> None:
    project.make("setup")
    project.write({"_build/release/old.html": "", ".venv/bin/python": BUILDER + "exit 1\n"})
    project.make("release", status=2)
    assert [p.name for p in (project.folder / "_build/release").iterdir()] == ["old.html"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    source = (ROOT / name).with_suffix(".in").read_text("utf-8")
    wanted = set(re.findall(r"^[a-z][\w-]*", source, re.MULTILINE))
    lock = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)[1:]
    pinned = {re.match(r"[\w.-]+", block)[0]: block for block in blocks}  # type: ignore[index]
    assert wanted <= set(pinned)
    assert all(re.match(r"[\w.-]+==[\w.]+ ", block) for block in blocks)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock, "a lock names packages, not where a machine finds them"


def test_what_both_locks_pin_is_the_same() -> None:
    pins = [
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in LOCKS[:2]
    ]
    assert {k: v for k, v in pins[1].items() if k in pins[0]}.items() <= pins[0].items()


def test_the_npm_lock_is_whole_and_names_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    for package in packages.values():
        for kind in ("dependencies", "optionalDependencies"):
            for name in package.get(kind, {}):  # npm ci refuses a lock that lacks one
                assert packages[f"node_modules/{name}"]["integrity"], name
    assert '"resolved"' not in text
