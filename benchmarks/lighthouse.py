"""Asks Lighthouse for the scores of pages, for the benchmark of the pages.

Lighthouse is a development dependency of this folder alone (``benchmarks/package.json``);
``make bench`` installs it. It runs with its own settings for a phone: simulated slow 4G, a
processor four times slower, Chromium without a window. The scores for performance vary with
the load of the machine, so the median of three runs counts; the others do not vary.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
CLI = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
RUNS = 3
ATTEMPTS = 2
"""On a busy machine Chromium may crash or not answer Lighthouse in time."""
PATIENCE = 240
"""Seconds for one run; on an idle machine one takes 20 to 40."""
CHROME = "--headless=new --no-sandbox --disable-gpu"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGETS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}


class NotMeasuredError(Exception):
    """Lighthouse could not be run; says why in one line."""


def _answer(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Return what Lighthouse prints, once."""
    try:
        done = subprocess.run(command, capture_output=True, check=True, env=environment,
                              text=True, timeout=PATIENCE)  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise NotMeasuredError(f"no answer within {PATIENCE} s") from error
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().splitlines() or [f"it ended with {error.returncode}"]
        raise NotMeasuredError(told[-1]) from error
    except (OSError, ValueError) as error:
        raise NotMeasuredError(str(error)) from error
    if problem := found.get("runtimeError"):
        raise NotMeasuredError(problem["message"])
    return found


def report(url: str, chromium: str, categories: tuple[str, ...]) -> dict[str, Any]:
    """Return what Lighthouse reports of one run; one that fails is repeated once."""
    if not CLI.is_file():
        raise NotMeasuredError("it is not installed; make bench installs it")
    command = ["node", str(CLI), url, "--quiet", "--output=json", f"--chrome-flags={CHROME}",
               f"--only-categories={','.join(categories)}"]  # fmt: skip
    environment = {**os.environ, "CHROME_PATH": chromium}
    for attempt in range(ATTEMPTS):
        try:
            return _answer(command, environment)
        except NotMeasuredError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("there is at least one attempt")


def _score(found: dict[str, Any], category: str) -> int:
    return round(100 * (found["categories"][category]["score"] or 0))


def complaints(found: dict[str, Any]) -> list[str]:
    """Return the audits that cost a page points outside performance."""
    wanted = [a["id"] for name in CATEGORIES[1:] for a in found["categories"][name]["auditRefs"]
              if a["weight"]]  # fmt: skip
    audits = found["audits"]
    return [f"{name}: {audits[name]['title']}" for name in wanted
            if audits[name]["score"] is not None and audits[name]["score"] < 1]  # fmt: skip


def scores(url: str, chromium: str) -> dict[str, Any]:
    """Return the score of each category, the measures of the median run, the complaints."""
    first = report(url, chromium, CATEGORIES)
    runs = [first, *(report(url, chromium, CATEGORIES[:1]) for _ in range(RUNS - 1))]
    runs.sort(key=lambda run: _score(run, "performance"))
    median = runs[RUNS // 2]
    measures = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time",
                "cumulative-layout-shift", "speed-index")  # fmt: skip
    return {
        **{name: _score(first, name) for name in CATEGORIES},
        "performance": statistics.median(_score(run, "performance") for run in runs),
        "measures": {name: median["audits"][name]["numericValue"] for name in measures},
        "benchmark index": median["environment"]["benchmarkIndex"],
        "load": os.getloadavg()[0],
        "complaints": complaints(first),
    }
