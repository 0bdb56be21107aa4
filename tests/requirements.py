"""What only some machines have: a check that needs it skips, and says why.

With ``REQUIRE_ALL`` set, as in ``.ci/run``, it fails instead: there no check may be missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import NoReturn

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is Chromium without windows, of the same source: the tests that open pages take
it half the time, for it composes no frames that nobody sees."""


def needs_torch() -> None:
    """Skip the running test unless PyTorch is installed."""
    if importlib.util.find_spec("torch") is None:
        missing("PyTorch is not installed (.venv/bin/pip install torch)")


def needs_chromium() -> str:
    """Return the path of Chromium; skip the running test if there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or missing("Chromium is not installed (apt install chromium-headless-shell)")


def needs_java() -> str:
    """Return the path of Java; skip the running test if there is none."""
    found = shutil.which("java")
    return found or missing("Java is not installed (apt install default-jre-headless)")


def needs_faketime() -> str:
    """Return the folder of libfaketime; skip the running test if there is none."""
    found = sorted(Path("/usr/lib").glob("*/faketime"))
    return (
        str(found[0]) if found else missing("faketime is not installed (apt install faketime)")
    )


def needs_chinese_locale(folder: Path) -> None:
    """Make the locale zh_CN.UTF-8 in ``folder`` (``LOCPATH``); skip without its source."""
    if not Path("/usr/share/i18n/locales/zh_CN").exists():
        missing("The sources of locales are not installed (apt install locales)")
    command = ["localedef", "-i", "zh_CN", "-f", "UTF-8", str(folder / "zh_CN.UTF-8")]
    subprocess.run(command, check=True, capture_output=True)


def needs_mount() -> None:
    """Skip the running test unless file systems can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            missing("File systems cannot be mounted (it takes root)")
        subprocess.run(["umount", folder], check=True)


def missing(reason: str) -> NoReturn:
    """Skip the running test; fail it where everything must be there."""
    if os.environ.get("REQUIRE_ALL"):
        pytest.fail(f"{reason}, and REQUIRE_ALL is set", pytrace=False)
    pytest.skip(reason)
