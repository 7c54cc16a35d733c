"""What runs on a busy machine came to: lines of JSON in the repository, to which each run adds one as it ends."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import expects

if TYPE_CHECKING:
    from tests.loaded.subjects import Subject

FILE = Path(__file__).parent / "outcomes.jsonl"
PROVEN = 0
BROKEN = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to.

    Attributes:
        subject: Name of what was verified.
        profile: How many cases.
        seed: The run's seed.
        key: Digest of all that the outcome depends on, the seed and the machine left aside.
        code: The exit code; None: the run came to no end in time.
        errors: Laws of which an error was found, the worst first; each once.
        warnings: Laws of which only a warning was given.
        not_proven: What was not proven.
        said: The first error, or the first thing that was not proven, in a line.
        seconds: Wall time, with its start.
        loops: Busy loops beside it.
        at: When it ended, ISO 8601 to the minute, UTC.
        tool: What made it: bothends' version and commit.
    """

    subject: str
    profile: str
    seed: int
    key: str
    code: int | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    not_proven: tuple[str, ...]
    said: str
    seconds: float
    loops: int
    at: str
    tool: str

    @classmethod
    def of(cls, value: dict[str, Any]) -> Outcome:
        """Return the outcome that a line holds."""
        lists = {name: tuple(value[name]) for name in ("errors", "warnings", "not_proven")}
        return cls(**{**value, **lists})

    def names(self, laws: tuple[str, ...]) -> bool:
        """Whether the run is broken, by one of the laws."""
        return self.code == BROKEN and any(expects(laws, law) for law in self.errors)


class Outcomes:
    """All outcomes; of several of one run, the last.

    Attributes:
        file: Where they are.
    """

    def __init__(self, file: Path = FILE) -> None:
        self.file = file
        self._lock = threading.Lock()
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._known = {_place(outcome): outcome for outcome in map(Outcome.of, map(json.loads, lines))}

    def of(self, subject: Subject) -> list[Outcome]:
        """Return those of a subject, by seed; also those that were made before something changed."""
        mine = (o for o in self._known.values() if (o.subject, o.profile) == (subject.name, subject.profile))
        return sorted(mine, key=lambda outcome: outcome.seed)

    def get(self, subject: Subject, seed: int) -> Outcome | None:
        """Return the outcome of one run; None when there is none."""
        return self._known.get((subject.name, subject.profile, seed))

    def add(self, outcome: Outcome) -> None:
        """Add a line."""
        with self._lock:
            self._known[_place(outcome)] = outcome
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(outcome), ensure_ascii=False)}\n")


def _place(outcome: Outcome) -> tuple[str, str, int]:
    return outcome.subject, outcome.profile, outcome.seed
