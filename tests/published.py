"""The site as it is published: the steps of ``.readthedocs.yaml``, run in a fresh clone.

What Read the Docs does by itself between them is in :func:`steps`, as its own source has it
(``readthedocs/doc_builder`` in readthedocs.org); but the pip that installs is the one that is
there, since a new one takes seven seconds to come and to warm up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sites import ROOT, Build, copy_of_the_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS: dict[str, Any] = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text("utf-8"))
ADDRESS = "https://notes.example.org/zh-cn/latest/"
ENVIRONMENT = {"READTHEDOCS": "True", "READTHEDOCS_CANONICAL_URL": ADDRESS}
"""What ``conf.py`` asks for."""

DRAFT = "---\ndate: 2026-01-01\ndraft: true\n---\n\n# 未写完的笔记\n\n正文。\n"


def steps(settings: dict[str, Any]) -> Iterator[str]:
    """Yield the commands of a build in order: those of the file, those of Read the Docs."""
    jobs = dict(settings["build"]["jobs"])
    sphinx = dict(settings["sphinx"])
    strict = "-W --keep-going" if sphinx.pop("fail_on_warning") else ""
    assert sphinx == {"builder": "html", "configuration": "conf.py"}
    yield from jobs.pop("post_checkout")
    yield f"{sys.executable} -m venv --without-pip $READTHEDOCS_VIRTUALENV_PATH"
    pip = f"{sys.executable} -m pip --python $READTHEDOCS_VIRTUALENV_PATH/bin/python"
    for install in settings["python"]["install"]:
        yield f"{pip} install --exists-action=w -r {install['requirements']}"
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
    if not (ROOT / ".git").exists():
        copy_of_the_project(folder)
        (folder / "node_modules").unlink()
        return
    git("clone", "--quiet", "--depth=1", ROOT.as_uri(), folder)
    for name in git("-C", folder, "ls-files", "-z").split("\0")[:-1]:
        (folder / name).unlink()
    listed = git("-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0")[:-1]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def publish(folder: Path) -> Build:
    """Build the site in ``folder`` as Read the Docs does, with a draft in it."""
    checkout, virtualenv = folder / "checkout", folder / "virtualenv"
    clone(checkout)
    (checkout / "notes" / "programming" / "a-draft.md").write_text(DRAFT, encoding="utf-8")
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "PIP_NO_COMPILE": "1",  # Python compiles what the build imports, a third of all
        "PATH": f"{virtualenv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "READTHEDOCS_OUTPUT": str(checkout / "_readthedocs"),
        "READTHEDOCS_VIRTUALENV_PATH": str(virtualenv),
    }
    for command in steps(SETTINGS):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"$ {command}\n{done.stdout.decode()}", pytrace=False)
    return published(folder)


def published(folder: Path) -> Build:
    """Return what :func:`publish` built in ``folder``."""
    return Build(status=0, warnings=[], folder=folder / "checkout" / "_readthedocs" / "html")


def made_for(build: Build) -> Path:
    """Return the folder of what a published site was made of: figures, formulas."""
    return build.folder.parents[1] / "_build"
