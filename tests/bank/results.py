"""What was found out about the mutants so far: one JSON file each, so that a long run can go on where it ended."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT, TARGETS, Mutant, mutants
from tests.bank.trial import PEERS, Outcome, key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = ROOT / ".bothends" / "kill"
CONTROL = "as-it-is"
"""Name of the target without a bug, which nobody may find fault with."""
PROFILES = ("default", "quick")
ALL = (*PROFILES, *PEERS)


def controls() -> tuple[Mutant, ...]:
    """Return each target without a bug."""
    return tuple(
        Mutant(name, "", CONTROL, "Nothing: the target as it is.", "", laws=(), needs="", edits=()) for name in TARGETS
    )


def whole_bank() -> tuple[Mutant, ...]:
    """Return all mutants of all targets."""
    return tuple(mutant for target in TARGETS for mutant in mutants(target))


class Results:
    """The outcomes that are kept.

    Attributes:
        folder: Where they are.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def of(self, mutant: Mutant) -> dict[str, Outcome]:
        """Return what is known of a mutant, by who tried it; also what was found out before something changed."""
        file = self._file(mutant)
        known = json.loads(file.read_bytes()) if file.exists() else {}
        return {who: Outcome.of(value) for who, value in known.items()}

    def is_current(self, mutant: Mutant, who: str) -> bool:
        """Return whether an outcome is known that still holds."""
        outcome = self.of(mutant).get(who)
        return outcome is not None and outcome.key == key(mutant, who)

    def keep(self, mutant: Mutant, outcomes: Mapping[str, Outcome]) -> None:
        """Keep outcomes, beside what is known of the mutant already."""
        file = self._file(mutant)
        with self._lock:
            file.parent.mkdir(parents=True, exist_ok=True)
            known = {**self.of(mutant), **outcomes}
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps({who: outcome.as_json() for who, outcome in known.items()}, indent=1))
            partial.replace(file)

    def _file(self, mutant: Mutant) -> Path:
        return self.folder / mutant.target / f"{mutant.name}.json"
