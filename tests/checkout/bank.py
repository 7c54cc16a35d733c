"""The bugs of `examples/checkout`: each a small edit of the right service, in both languages, kept as data in `bugs/`.

A bug is a `[[bug]]` table of `bugs/<area>.toml`. `law` names the laws of which any is right to tell it; `probe` is the
function of `probes.py` that shows it by hand, and `shows` is what that sees in place of what is right. `python` and
`node` are its edits: a file, a text that stands once in it, and what comes in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT
from tests.bank.examples import in_each_language, planted

if TYPE_CHECKING:
    from tests.bank.bank import Mutant

BUGS = Path(__file__).parent / "bugs"
EXAMPLE = ROOT / "examples" / "checkout"
FOLDERS = {"python": "examples/checkout/python/shop", "node": "examples/checkout/node"}
LANGUAGES = tuple(FOLDERS)
AREAS = ("not-found", "states", "preconditions", "transitions", "callers", "keys", "catalogue", "calls", "events")


@dataclass(frozen=True)
class Bug:
    """The service of a language with one bug.

    Attributes:
        mutant: What is edited, and the laws that should name it.
        probe: The probe that shows it by hand.
        shows: What that sees.
    """

    mutant: Mutant
    probe: str
    shows: list[Any]


@cache
def all_bugs() -> tuple[Bug, ...]:
    """Return the bugs in each language, by area."""
    every = in_each_language(BUGS, AREAS, FOLDERS, ("probe", "shows"))
    return tuple(Bug(mutant, table["probe"], table["shows"]) for mutant, table in every)


def name(bug: Bug) -> str:
    """Return how a bug is called: its language and its name."""
    return f"{bug.mutant.target}/{bug.mutant.name}"


def settings_of(language: str) -> Path:
    """Return the settings of the right service."""
    return EXAMPLE / language / "bothends.toml"


def plant(bug: Mutant, folder: Path) -> Path:
    """Copy the example into a folder, with a bug in it; return the settings.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    return planted(bug, EXAMPLE, folder)
