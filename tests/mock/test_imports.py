"""The mock shares the contract's model with the harness, and no code that judges."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

MOCK = Path(__file__).resolve().parents[2] / "src" / "bothends" / "mock"
SHARED = {
    "bothends.contract": "the model, but for what says which refusals are right",
    "bothends.schemas": "what values fit a schema, and values that do",
    "bothends.records": "plain data",
    "bothends.errors": "whose fault a failure is",
    "bothends.hiding": "takes secrets out of text",
    "bothends.registry": "where a thing is registered",
    "bothends.state_folder": "where a fetched spec is stored",
    "bothends.edits": "when a file of the contract has changed",
    **dict.fromkeys(
        ("bothends.world.Callers", "bothends.world.CallerRequest", "bothends.world.Known", "bothends.world.Session"),
        "each kind of session makes what callers show, and reads it",
    ),
    "bothends.world.cookies_of": "one reader of cookies",
    **dict.fromkeys(
        (f"bothends.world.{name}" for name in ("Connection", "Listener", "Received", "Reply", "origin_form")),
        "the one HTTP server",
    ),
    "bothends.client": "the one HTTP client",
    "bothends.clock": "its clock",
    "bothends.mock": "itself",
}

JUDGING = ("admission", "Admission", "broken_keywords", "doubts_of_parameters", "AS_FRACTION")
"""What the contract has of a verdict on a request."""


def imported() -> set[str]:
    """Return all that the mock imports of this package, as dotted names of modules."""
    found: set[str] = set()
    for path in MOCK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"bothends.world", "bothends.contract"}:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                found.add(node.module)
            elif isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
    return {name for name in found if name.partition(".")[0] == "bothends"}


def test_nothing_that_judges_is_imported() -> None:
    """No law, no tie, no check of a signature, no verdict on a request: each module that is shared has its reason."""
    wrong = {name for name in imported() if not any(name == known or name.startswith(f"{known}.") for known in SHARED)}
    assert set() == wrong
    assert set() == imported() & {f"bothends.contract.{name}" for name in JUDGING}


def test_no_check_of_the_model_is_asked() -> None:
    """The model finds what stands under an `x-from`, and verifies signatures: the mock asks it for neither."""
    texts = {path.name: path.read_text("utf-8") for path in MOCK.rglob("*.py")}
    assert [] == [name for name, text in texts.items() if ".verify(" in text]
    assert [] == [name for name, text in texts.items() if ".walk.find(" in text or ".provenance(" in text]
