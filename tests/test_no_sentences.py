"""Conditions are data: their sentences are read and written in `bothends.conditions` alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.conditions import all_kinds
from bothends.world import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

SOURCE = Path(__file__).parent.parent / "src" / "bothends"
READERS = {SOURCE / "conditions.py"}
OF_CONDITIONS = [
    path for part in ("cases", "client", "engine", "launch", "laws") for path in sorted((SOURCE / part).rglob("*.py"))
]
TAKEN_APART = re.compile(
    r"""startswith\(\s*f?["']the[ ]"""
    r"|\bgiven\b.*\.(startswith|endswith|split|partition|rpartition)\("
    r"|\bre\.\w+\(.*\bgiven\b"
)


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings; of one that is put together, its fixed parts as one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "5" for part in node.values)


def test_no_module_makes_a_condition_of_a_sentence() -> None:
    """Cases, laws and the engine name conditions: a sentence that is worded otherwise changes none of them."""
    texts = {text: path for path in OF_CONDITIONS for text in texts_of(path)}
    assert [] == [
        (path, text)
        for text, path in texts.items()
        if any(kind.compiled.read(text) is not None for kind in all_kinds())
    ]


def test_no_module_takes_a_sentence_apart() -> None:
    """What a condition is about is its subject, and not the second word of its sentence."""
    files = [path for path in sorted(SOURCE.rglob("*.py")) if path not in READERS]
    lines = [(path, line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert [] == [one for one in lines if TAKEN_APART.search(one[1])]


@pytest.mark.parametrize(
    "line",
    [
        'slow = [n for n in names if any(one.startswith(f"the {n} ") for one in states)]',
        "upstream = case.given[0].split()[1]",
        'found = re.match("the (.*) hangs", case.given[0])',
    ],
)
def test_what_takes_a_sentence_apart_is_seen(line: str) -> None:
    """Each way in which it was once done."""
    assert TAKEN_APART.search(line)


def test_each_fault_and_session_state_is_registered_where_it_is_defined() -> None:
    """No table repeats them: the modules of the package are found, and each condition is of one of them."""
    assert {"bothends.world.faults.timing", "bothends.world.sessions.claim_states"} <= set(MODULES)
    text = "".join(Path(SOURCE.parent, *name.split(".")).with_suffix(".py").read_text("utf-8") for name in MODULES)
    assert [1] * len(all_kinds()) == [
        len(re.findall(rf'^@?[a-z_]+\((?:\s*\w+,)?\s*"{kind.name}"', text, re.MULTILINE)) for kind in all_kinds()
    ]
