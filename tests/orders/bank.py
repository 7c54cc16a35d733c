"""The bugs of `examples/orders`: each a small edit of a right target, kept as data in `bugs/`, as in `tests/bank`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT, mutants_in
from tests.bank.examples import planted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bank.bank import Mutant

LANGUAGES = ("python", "node")
BUGS = ROOT / "tests" / "orders" / "bugs"
EXAMPLE = ROOT / "examples" / "orders"


@cache
def bugs(language: str) -> tuple[Mutant, ...]:
    """Return the bugs in one language, as they stand in its file."""
    return mutants_in(BUGS / f"{language}.toml", language, "orders")


def all_bugs() -> tuple[Mutant, ...]:
    """Return the bugs in each language."""
    return tuple(bug for language in LANGUAGES for bug in bugs(language))


def settings_of(language: str) -> Path:
    """Return the settings of the right target."""
    return EXAMPLE / language / "bothends.toml"


def plant(bug: Mutant, folder: Path) -> Path:
    """Copy the example into a folder, with a bug in it; return the settings.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    return planted(bug, EXAMPLE, folder)
