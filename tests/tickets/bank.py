"""The bugs of `examples/tickets`: each a small edit of the right service, in both languages, kept as data in `bugs/`.

A bug is a `[[bug]]` table of `bugs/<area>.toml`. `law` names the laws of which any is right to tell it; `why_not` says
what is not played yet that would show it. `python` and `node` are its edits: a file, a text that stands once in it, and
what comes in its place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT
from tests.bank.examples import in_each_language, planted

if TYPE_CHECKING:
    from tests.bank.bank import Mutant

EXAMPLE = ROOT / "examples" / "tickets"
BUGS = Path(__file__).parent / "bugs"
FOLDERS = {"python": "examples/tickets/python/tickets", "node": "examples/tickets/node"}
LANGUAGES = tuple(FOLDERS)
RIGHT = Path(__file__).parent / "right"
AREAS = ("outbox", "events", "updates", "deletion", "keys", "reads", "pages", "order", "restarts")


@cache
def all_bugs() -> tuple[Mutant, ...]:
    """Return the bugs in each language, by area."""
    return tuple(bug for bug, _ in in_each_language(BUGS, AREAS, FOLDERS))


@cache
def right_variants() -> tuple[Mutant, ...]:
    """Return right services that differ from the example, in what they promise or in what is left to them."""
    return tuple(bug for bug, _ in in_each_language(RIGHT, ("variants",), {"python": "examples/tickets"}))


def plant(bug: Mutant, folder: Path) -> Path:
    """Copy the example into a folder, with a bug in it; return the settings.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    return planted(bug, EXAMPLE, folder)
