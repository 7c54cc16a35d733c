"""Engine, laws, cases, reports and client know no kind of session or ingest: nothing in them names one."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from bothends.cases import all_families
from bothends.contract.tables import INGESTS, SESSIONS
from bothends.laws import all_laws

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

SOURCE = Path(__file__).resolve().parent.parent / "src" / "bothends"
PARTS = ("engine", "laws", "cases", "reports", "client")
# What a kind is of, and its files; each also in one word.
MORE = ("nextauth", "authjs", "bearer_jwt", "jwks", "jwt", "jose")
KINDS = "|".join(sorted({*SESSIONS.names, *INGESTS.names, *MORE} - {"static"}, key=len, reverse=True))
IN_TEXT = re.compile(rf"(?<![a-z])({KINDS})(?![a-z])")
IN_NAME = re.compile(rf"(?:^|[_.])({KINDS.replace('-', '_')})(?=$|[_.])")
ALLOWED = {
    ("engine/lifecycle/scenarios.py", "nextauth"): "words that people choose for a secret",
    ("laws/deliveries.py", "inngest"): "the source of a law, in prose: what that ingest's documents say",
    ("laws/events.py", "inngest"): "likewise",
    ("cases/families/sessions.py", "basic"): "HTTP's own scheme, in requests that a proxy would send",
    ("laws/challenges.py", "basic"): "HTTP's own scheme, in the challenge of an answer",
}
WORDS_OF_THE_ENGINE = {
    **dict.fromkeys(
        ("body-too-large", "forbidden", "signed-out", "upstream-timeout", "wrong-state"), "a word of `x-given`"
    ),
    "success": "right requests, which prepare others, and are sent beside them to see whether the target is well",
    "pact": "what the engine plays itself",
    "start-and-stop": "likewise",
    "registrations": "likewise, as they are of one caller's flow",
    "drains": "a promise of the settings",
    "conflict": "a promise of an idempotency key",
}
"""Names of families and laws that the engine has for something else."""


def named(path: Path) -> set[str]:
    """Return the kinds that a module names, in a string or in a name; prose in docstrings does not count."""
    tree = ast.parse(path.read_text("utf-8"))
    found: set[str] = set()
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found.update(IN_TEXT.findall(node.value.lower()))
        elif isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.FunctionDef | ast.ClassDef | ast.ImportFrom):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
            name = name or getattr(node, "name", None) or getattr(node, "module", None) or ""
            words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
            found.update(IN_NAME.findall(words))
    return found


def test_no_kind_is_named() -> None:
    """What these parts know of a session or an ingest, its kind has told them; each exception has its reason."""
    seen = {
        (path.relative_to(SOURCE).as_posix(), name)
        for part in PARTS
        for path in sorted((SOURCE / part).rglob("*.py"))
        for name in named(path)
    }
    assert set(ALLOWED) == seen


def test_the_engine_knows_no_family_and_no_law() -> None:
    """What it must know of a case or of a law stands in these: no module of it has the name of one, or imports it."""
    names = {*all_families(), *(law.name for law in all_laws())}
    assert names
    seen = {value for path in (SOURCE / "engine").rglob("*.py") for value in _texts(path) if value in names}
    assert set(WORDS_OF_THE_ENGINE) == seen


def _texts(path: Path) -> set[str]:
    """Return the texts of a module: those that stand in it, and those that it imports from bothends by a name."""
    module = importlib.import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    tree = ast.parse(path.read_text("utf-8"))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found | {value for value in vars(module).values() if isinstance(value, str)}


def test_states_of_one_kind_are_asked_of_it() -> None:
    """The names of states that only some sessions can be in are looked up in what the session says of itself."""
    prefixes = ("jwt-", "key-", "basic-")
    states = {state for name in SESSIONS.names for state in _states(name) if state.startswith(prefixes)}
    assert states
    texts = (path.read_text("utf-8") for part in PARTS for path in (SOURCE / part).rglob("*.py"))
    assert [] == [state for text in texts for state in states if f'"{state}"' in text]


def _states(kind: str) -> tuple[str, ...]:
    tables = {"static": {"callers": [{"headers": {"a": "b"}}]}}
    return SESSIONS.get(kind).of(**tables.get(kind, {"cookie": "c"})).states
