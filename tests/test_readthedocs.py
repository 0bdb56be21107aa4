"""Read the Docs can build the site: the steps of ``.readthedocs.yaml``, run in a fresh clone.

What Read the Docs does by itself between them is in :func:`steps`, as its own source has it
(``readthedocs/doc_builder`` in readthedocs.org).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from bs4 import BeautifulSoup

from knowledge_base import front_matter

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SETTINGS: dict[str, Any] = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text("utf-8"))
ADDRESS = "https://notes.example.org/zh-cn/latest/"
pytestmark = pytest.mark.xdist_group("readthedocs")  # one process, so one build

DRAFT = "---\ndate: 2026-01-01\ndraft: true\n---\n\n# 未写完的笔记\n\n正文。\n"


def steps(settings: dict[str, Any]) -> Iterator[str]:
    """Yield the commands of a build in order: those of the file, those of Read the Docs."""
    jobs = dict(settings["build"]["jobs"])
    sphinx = dict(settings["sphinx"])
    strict = "-W --keep-going" if sphinx.pop("fail_on_warning") else ""
    assert sphinx == {"builder": "html", "configuration": "conf.py"}
    yield from jobs.pop("post_checkout")
    yield f"{sys.executable} -m venv $READTHEDOCS_VIRTUALENV_PATH"
    for install in settings["python"]["install"]:
        yield f"python -m pip install --exists-action=w -r {install['requirements']}"
    yield from jobs.pop("post_install")
    yield (
        f"python -m sphinx -T {strict} -b html -d _build/doctrees -D language=zh_CN . "
        "$READTHEDOCS_OUTPUT/html"
    )
    assert not jobs, f"jobs that this test does not know: {', '.join(jobs)}"


def git(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, check=True)
    return done.stdout.decode()


def clone(folder: Path) -> None:
    """Make a shallow clone, as Read the Docs does, and bring it to what stands here now."""
    git("clone", "--quiet", "--depth=1", ROOT.as_uri(), folder)
    for name in git("-C", folder, "ls-files", "-z").split("\0")[:-1]:
        (folder / name).unlink()
    listed = git("-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0")[:-1]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as Read the Docs does, with a draft in it; return where it is."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone of the repository")
    folder = tmp_path_factory.mktemp("readthedocs") / "checkout"
    clone(folder)
    (folder / "notes" / "programming" / "a-draft.md").write_text(DRAFT, encoding="utf-8")
    virtualenv = folder.parent / "virtualenv"
    environment = {
        **os.environ,
        "PIP_NO_COMPILE": "1",  # Python compiles what the build imports, a third of all
        "PATH": f"{virtualenv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "READTHEDOCS": "True",
        "READTHEDOCS_CANONICAL_URL": ADDRESS,
        "READTHEDOCS_OUTPUT": str(folder / "_readthedocs"),
        "READTHEDOCS_VIRTUALENV_PATH": str(virtualenv),
    }
    for command in steps(SETTINGS):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"$ {command}\n{done.stdout.decode()}", pytrace=False)
    return folder / "_readthedocs" / "html"


def is_draft(path: Path) -> bool:
    front, _problems = front_matter.parse(path.read_text("utf-8"), today=date.max)
    return front.draft


def test_the_file_asks_for_tools_that_the_project_supports() -> None:
    build = SETTINGS["build"]
    assert (SETTINGS["version"], build["os"]) == (2, "ubuntu-24.04")
    assert build["tools"]["python"] in {"3.11", "3.12", "3.13", "3.14"}
    assert int(build["tools"]["nodejs"]) >= 20


def test_every_page_is_there(site: Path) -> None:
    sources = [path for path in ROOT.glob("notes/*/*.md") if not is_draft(path)]
    notes = {path.relative_to(ROOT).with_suffix(".html") for path in sources}
    assert notes
    for page in (Path("index.html"), Path("updates.html"), Path("feeds/all.xml"), *notes):
        assert (site / page).is_file(), page


def test_a_page_names_its_address(site: Path) -> None:
    for name in ("index.html", "notes/programming/index.html"):
        page = BeautifulSoup((site / name).read_text("utf-8"), "lxml")
        canonical = page.find("link", rel="canonical")
        assert canonical is not None
        assert canonical["href"] == ADDRESS + name
        assert page.find("html", lang="zh-CN")


def test_a_draft_is_not_published(site: Path) -> None:
    assert not (site / "notes" / "programming" / "a-draft.html").exists()
    for path in site.rglob("*"):
        if path.suffix in {".html", ".xml", ".js", ".inv", ".txt"}:
            assert b"a-draft" not in path.read_bytes(), path
