"""Fixtures of all tests: ``make_site`` makes a tiny site out of a dict of files."""

from __future__ import annotations

import fcntl
import functools
import gc
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from memory import place
from published import publish, published
from sites import Build, Site, with_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xdist.remote import Producer

os.environ.setdefault("OMP_NUM_THREADS", "1")  # other tests keep the other cores busy

if memory := place():  # the tests write 90,000 files
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))
"""Of each property; ``make test-deep`` asks for 10,000."""

settings.register_profile(
    "tests", deadline=None, database=None, derandomize=True, max_examples=EXAMPLES
)
settings.load_profile("tests")

pytest_plugins = ("sphinx.testing.fixtures", "note_blocks", "search_figures", "shared_work")


GROUP = re.compile(r"xdist_group\(\"(\w+)\"\)")


class OneProcessAGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Runs the tests of a file marked ``xdist_group`` in one process, so that it builds once.

    ``--dist loadgroup`` of pytest-xdist 3.8 does that no more under pytest 9.2: it writes the
    group into a private name of the test that is not read again.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0]) or nodeid


@functools.cache
def group_of(file: str) -> str:
    """Return the group that a file names, or nothing."""
    found = GROUP.search((Path(__file__).parents[1] / file).read_text(encoding="utf-8"))
    return found[1] if found else ""


LONGEST = (
    "accessibility", "interrupted", "hostile", "site",
    "search", "valid", "strict", "readthedocs",
)  # fmt: skip
"""Groups to begin with. The first makes the whole site, which others of them need, while
another process is busy with the next two; tests of a second each fill the end of the run."""


def order_of(file: str) -> int:
    """Return the place of a file: those that take longest, other groups, single tests."""
    group = group_of(file)
    if group in LONGEST:
        return LONGEST.index(group)
    return len(LONGEST) + (not group)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: order_of(item.nodeid.partition("::")[0]))


def pytest_configure(config: pytest.Config) -> None:
    """Let the tests run in that order, not by the size of their groups."""
    config.option.loadscopereorder = False


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector pass over what stands by now: the modules, for good."""
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneProcessAGroup:
    return OneProcessAGroup(config, log)


@pytest.fixture(scope="session")
def rootdir() -> Path:
    """Tell Sphinx's pytest plugin where the larger test sites are."""
    return Path(__file__).parent / "roots"


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build the site itself as Read the Docs does, once for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "whole-site"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second waits, and finds it built
        if not (folder / "built").exists():
            publish(folder)
            (folder / "built").touch()
    return published(folder)


@pytest.fixture
def make_site(tmp_path: Path) -> Callable[..., Site]:
    """Return a function that makes a site of notes; what notes need is added to them."""

    def make(files: Mapping[str, str], conf: str = "") -> Site:
        return Site(tmp_path, with_indexes(files), conf)

    return make
