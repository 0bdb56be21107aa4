"""The reader of notes: what it runs, what it compares, what it says when a note is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sybil.example import SybilFailure

import note_blocks

if TYPE_CHECKING:
    from pathlib import Path


def blocks_of(folder: Path, text: str) -> note_blocks.Blocks:
    path = folder / "note.md"
    path.write_text(text, encoding="utf-8")
    return note_blocks.read(path)


def block(code: str, info: str = "python", fence: str = "```") -> str:
    return f"{fence}{info}\n{code}\n{fence}\n\n"


def output(text: str) -> str:
    return block(f":class: output\n{text}", "{code-block} text")


def test_blocks_run_in_order_in_one_namespace(tmp_path: Path) -> None:
    blocks = blocks_of(
        tmp_path,
        "# 题\n\n" + block("x = 1") + block("def f():\n    return x + 1") + block("y = f()"),
    )
    blocks.run()
    assert blocks.document.namespace["y"] == 2
    assert blocks_of(tmp_path, block("y")).document.namespace == {}, "each note has its own"


def test_a_block_inside_a_directive_runs_too(tmp_path: Path) -> None:
    inner = block("x = 1") + block("assert x == 1")
    blocks = blocks_of(tmp_path, block(inner, "{dropdown} 证明", "````"))
    blocks.run()
    assert (len(blocks.code), blocks.asserts) == (2, 1)


def test_other_blocks_are_let_alone(tmp_path: Path) -> None:
    blocks = blocks_of(
        tmp_path,
        block("1 +", "text")
        + block("1 +", "{plot}")
        + block("1 +", "{code-block} text")
        + block(":class: not-run\n\n1 +", "{code-block} python")
        + block(block("1 +"), "{code-block} markdown", "````").replace("```python", "```md")
        + "1 + `python`\n",
    )
    blocks.run()
    assert blocks.code == []


def test_an_output_is_what_the_block_before_it_printed(tmp_path: Path) -> None:
    blocks_of(tmp_path, block('print("甲  1\\n\\n乙 2")') + output("甲  1\n\n乙 2")).run()
    blocks_of(tmp_path, block("print(1)") + block("print(2)") + output("2")).run()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            block("print(1)\nprint(2)") + output("1\n3"),
            "note.md, line 6, column 1 did not evaluate as expected:\n"
            "The block before it prints\n\n    1\n    2\n\nThe note says\n\n    1\n    3",
        ),
        (block("print(1)") + output("1 "), "The note says\n\n    1 "),
        (block("x = 1") + output("1"), "The block before it prints\n\n\n\nThe note says"),
        (output("1"), "line 1, column 1 .*\nthis output has no Python block before it"),
        (block("print(1)") + output("1") + output("1"), "line 10, .*\nthis output has no"),
        (block("x = 1", "py"), "line 1, .*\nPython that is not run; begin the block with"),
        (block("x = 1", "Python"), "Python that is not run"),
        (block("x = 1", "python title=a"), "Python that is not run"),
        (block("x = 1", "{code-block} python"), "Python that is not run"),
        (block(":class: other\nx = 1", "{code-block} python"), "Python that is not run"),
        (block(">>> x", "{code-block} pycon"), "Python that is not run"),
    ],
    ids=[
        "another-output",
        "white-space",
        "nothing-printed",
        "output-alone",
        "output-twice",
        "py",
        "Python",
        "python-title",
        "code-block-python",
        "code-block-python-option",
        "code-block-pycon",
    ],
)
def test_what_is_wrong_with_a_note_has_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SybilFailure, match=message):
        blocks_of(tmp_path, text).run()


def test_a_failing_block_shows_the_line_of_the_note(tmp_path: Path) -> None:
    text = "# 题\n\n" + block("x = 1") + "文。\n\n" + block("y = 2\n\nassert x == y")
    blocks = blocks_of(tmp_path, text)
    with pytest.raises(AssertionError) as caught:
        blocks.run()
    last = caught.traceback[-1]
    assert (last.path, last.lineno + 1) == (tmp_path / "note.md", 12)
    assert text.split("\n")[11] == "assert x == y"


def test_a_syntax_error_shows_the_line_of_the_note(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError) as caught:
        blocks_of(tmp_path, "# 题\n\n" + block("x = 1\ny = (")).run()
    assert (caught.value.filename, caught.value.lineno) == (str(tmp_path / "note.md"), 5)


def test_asserts_are_counted(tmp_path: Path) -> None:
    code = (
        "import numpy as np\nassert 1\nfor i in (1, 2):\n    assert i\n"
        "np.testing.assert_allclose(1, 1)\nprint('assert')  # assert"
    )
    assert blocks_of(tmp_path, block(code)).asserts == 3


@pytest.mark.parametrize(
    "code", ["import torch", "x = 1\nfrom torch import nn", "import torch.nn"]
)
def test_a_note_that_imports_torch_needs_it(tmp_path: Path, code: str) -> None:
    assert blocks_of(tmp_path, block("x = 1") + block(code)).needs_torch


def test_a_note_that_speaks_of_torch_does_not(tmp_path: Path) -> None:
    assert not blocks_of(tmp_path, block("x = 'import torch'") + "import torch\n").needs_torch


def test_what_a_note_sets_does_not_reach_the_next_one(tmp_path: Path) -> None:
    import numpy as np

    before = np.get_printoptions(), np.geterr()
    code = "import numpy as np\nnp.set_printoptions(precision=2)\nnp.seterr(all='ignore')"
    blocks_of(tmp_path, block(code)).run()
    assert (np.get_printoptions(), np.geterr()) == before
