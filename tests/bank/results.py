"""What was found out about the mutants so far: a file for each target, a line for each mutant, in the repository."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.bank.bank import BANK, TARGETS, Mutant, mutants
from tests.bank.trial import PEERS, PROFILES, Outcome, key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER = BANK / "outcomes"
CONTROL = "as-it-is"
"""Name of the target without a bug, which nobody may find fault with."""
ALL = (*PROFILES, *PEERS)
_NAME = "mutant"


def controls() -> tuple[Mutant, ...]:
    """Return each target without a bug."""
    return tuple(
        Mutant(name, "", CONTROL, "Nothing: the target as it is.", "", laws=(), needs="", edits=()) for name in TARGETS
    )


def whole_bank() -> tuple[Mutant, ...]:
    """Return all mutants of all targets."""
    return tuple(mutant for target in TARGETS for mutant in mutants(target))


class Results:
    """The outcomes that are kept: `<target>.jsonl`, sorted by the mutants' names.

    Attributes:
        folder: Where they are.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._known = {target: self._read(target) for target in TARGETS}

    def of(self, mutant: Mutant) -> dict[str, Outcome]:
        """Return what is known of a mutant, by who tried it; also what was found out before something changed."""
        return dict(self._known[mutant.target].get(mutant.name, {}))

    def is_current(self, mutant: Mutant, who: str) -> bool:
        """Return whether an outcome is known that still holds."""
        outcome = self.of(mutant).get(who)
        return outcome is not None and outcome.key == key(mutant, who)

    def keep(self, mutant: Mutant, outcomes: Mapping[str, Outcome]) -> None:
        """Keep outcomes, beside what is known already; other programs may keep theirs in the same files meanwhile."""
        self._merge(mutant.target, {mutant.name: outcomes})

    def take(self, other: Results) -> int:
        """Take from elsewhere what is not known here, or is known better there; return how many outcomes.

        An outcome that still holds is better than one that does not. Of two that don't, the later one is.
        """
        count = 0
        for target in TARGETS:
            better = {
                mutant.name: {
                    who: found for who, found in other.of(mutant).items() if self._is_better(mutant, who, found)
                }
                for mutant in (*controls(), *mutants(target))
                if mutant.target == target
            }
            self._merge(target, better)
            count += sum(map(len, better.values()))
        return count

    def _is_better(self, mutant: Mutant, who: str, found: Outcome) -> bool:
        mine = self.of(mutant).get(who)
        if mine is None:
            return True
        now = key(mutant, who)
        return mine.key != now and (found.key == now or found.at > mine.at)

    def _merge(self, target: str, found: Mapping[str, Mapping[str, Outcome]]) -> None:
        with self._lock, self._alone():
            known = self._read(target)
            for name, outcomes in found.items():
                known[name] = {**known.get(name, {}), **outcomes}
            self._write(target, known)
            self._known[target] = known

    def _read(self, target: str) -> dict[str, dict[str, Outcome]]:
        file = self._file(target)
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        return {row.pop(_NAME): {who: Outcome.of(value) for who, value in row.items()} for row in rows}

    def _write(self, target: str, known: Mapping[str, Mapping[str, Outcome]]) -> None:
        """Write the file, whole or not at all; without mutants that there are no longer."""
        names = {CONTROL, *(mutant.name for mutant in mutants(target))}
        rows = (
            {_NAME: name, **{who: known[name][who].as_json() for who in ALL if who in known[name]}}
            for name in sorted(names.intersection(known))
        )
        partial = self._file(target).with_suffix(".partial")
        partial.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
        partial.replace(self._file(target))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other programs from writing meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _file(self, target: str) -> Path:
        return self.folder / f"{target}.jsonl"
