"""No module outside `laws/` and `histories/laws/` names a law: what is known of one stands where it is defined."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bothends.laws import BUILT_IN

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

SOURCE = Path(__file__).resolve().parents[2] / "src" / "bothends"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent.name != "laws")

SPELT_ALIKE = {
    ("cases/selector.py", "pact"): "what `--only pact` chooses: interactions, whichever law they break",
    ("cases/fuzzing/source.py", "schemathesis"): "what a generated case's origin says of who made it",
    ("contract/settings/settings.py", "drains"): "the key `drains` of [target] in the settings file",
    ("pacts/library_process.py", "pact"): "the name of Pact's Python package, which is imported",
    ("pacts/verifying.py", "pact"): "a key of what the process of Pact's library is asked",
    ("reports/markdown.py", "pact"): "the head of a column",
    ("reports/page.py", "pact"): "the head of a column",
    ("score/events.py", "event-media-type"): "what a lie about an event is called, as the law is that notices it",
}
"""Texts that are spelt like a law's name and mean something else, each with what it means."""


def named(path: Path) -> set[str]:
    """Return the names of laws that stand in a module as texts of their own, or before a colon."""
    texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {text.rstrip(":") for text in texts if isinstance(text, str) and text.rstrip(":") in BUILT_IN}


def test_no_module_names_a_law() -> None:
    """What is spelt alike stands in one list, with what it means."""
    assert set(SPELT_ALIKE) == {(str(path.relative_to(SOURCE)), text) for path in MODULES for text in named(path)}


def test_laws_are_found_by_their_names() -> None:
    """The search sees a name where there is one: each law's own module has it."""
    found = set().union(*(named(path) for path in (SOURCE / "laws").rglob("*.py")))
    assert set(BUILT_IN) == found
