"""Prints the figures that tests of the browser measured, below everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = [r for key in ("passed", "failed") for r in terminalreporter.getreports(key)]
    figures = [
        value
        for report in reports
        for key, value in getattr(report, "user_properties", ())
        if key == "figure"
    ]
    if figures:
        terminalreporter.section("figures of the search")
        for line in figures:
            terminalreporter.write_line(line)
