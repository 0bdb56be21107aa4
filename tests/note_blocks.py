"""Runs the Python blocks of a note as a reader does: one after the other, in one namespace.

A block ``{code-block} text`` with ``:class: output`` says what the Python block before it
prints, to the character. Sybil finds the blocks and knows their lines.

Also a plugin for pytest, which prints at the end how much each note asserts.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from sybil import Document, Example, Region

_FENCES = RawFencedCodeBlockLexer(re.compile(r"(?P<info>[^\n]*)\n"))
_OPTIONS = re.compile(r"(?::[\w-]+:.*\n)*")
_CODE_BLOCK = re.compile(r"\{(?:code|code-block|code-cell|sourcecode)\}")
_LIKE_PYTHON = {"py", "py3", "python", "python3", "pycon", "ipython", "ipython3"}


class Reader:
    """Reads one note: a Sybil parser that keeps what the last Python block printed."""

    def __init__(self) -> None:
        self.printed: str | None = None
        self.python = PythonEvaluator()

    def __call__(self, document: Document) -> Iterator[Region]:
        for region in _FENCES(document):
            info, source = region.lexemes["info"].strip(), region.lexemes["source"]
            options = "".join(_OPTIONS.findall(source)[:1]) if info.startswith("{") else ""
            if info == "python":
                region.parsed, region.evaluator = source, self.run
            elif info == "{code-block} text" and ":class: output\n" in options:
                region.parsed = source[len(options) :].strip("\n")
                region.evaluator = self.compare
            elif info == "{code-block} python" and ":class: not-run\n" in options:
                continue
            elif _LIKE_PYTHON & set(_CODE_BLOCK.sub("", info).lower().split()):
                region.evaluator = self.refuse
            else:
                continue
            yield region

    def run(self, example: Example) -> None:
        __tracebackhide__ = True
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.python(example)
        self.printed = printed.getvalue().strip("\n")

    def compare(self, example: Example) -> str | None:
        printed, self.printed = self.printed, None
        if printed is None:
            return "this output has no Python block before it"
        if printed == example.parsed:
            return None
        said = textwrap.indent(example.parsed, "    ")
        printed = textwrap.indent(printed, "    ")
        return f"The block before it prints\n\n{printed}\n\nThe note says\n\n{said}"

    def refuse(self, example: Example) -> str:
        return (
            "Python that is not run; begin the block with ```python, or ```text, or give "
            "{code-block} python the option :class: not-run"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The blocks of one note."""

    document: Document

    @property
    def code(self) -> list[str]:
        found = (e for e in self.document if e.region.lexemes["info"].strip() == "python")
        return [str(example.parsed) for example in found]

    @property
    def needs_torch(self) -> bool:
        return any(re.search(r"^\s*(import|from) torch\b", c, re.MULTILINE) for c in self.code)

    @property
    def asserts(self) -> int:
        """Return how many statements of the note assert something."""
        trees = [ast.parse(code) for code in self.code]
        return sum(_asserts(node) for tree in trees for node in ast.walk(tree))

    def run(self) -> None:
        """Run every block; what fails raises, with the note's file and line."""
        __tracebackhide__ = True
        self.document.namespace["__name__"] = "__main__"
        with np.printoptions(), np.errstate():
            for example in self.document:
                example.evaluate()
        if torch := sys.modules.get("torch"):
            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)


def _asserts(node: ast.AST) -> bool:
    """Tell whether ``node`` is ``assert …`` or a call such as ``assert_allclose(…)``."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return str(name).startswith("assert")


def read(path: Path) -> Blocks:
    """Find the blocks of a note; none is run."""
    return Blocks(document=Sybil(parsers=[Reader()]).parse(path))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("passed")
    found = [item for report in passed for item in getattr(report, "user_properties", ())]
    counts = [str(value) for key, value in found if key == "asserts"]
    if counts:
        terminalreporter.section("asserts of each note")
        for line in textwrap.wrap(", ".join(sorted(counts)), 80, break_on_hyphens=False):
            terminalreporter.write_line(line)
