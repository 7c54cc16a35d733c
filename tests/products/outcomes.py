"""What runs on products came to: lines of JSON in the repository, to which each run adds one as it ends."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).parent / "outcomes.jsonl"
SCRIPTS_FILE = Path(__file__).parent / "by_hand.jsonl"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of a run.

    Attributes:
        id: Its ID.
        law: The law.
        operation: The operation, `POST /items`.
        cause: Its cause.
        status: The status of the answer, or why there was none.
        case: The case that showed it first.
        summary: What it says, in a line.
        severity: `error`, `warning` or `note`.
        reason: Why it is accepted; None: it is new.
    """

    id: str
    law: str
    operation: str
    cause: str
    status: str
    case: str
    summary: str
    severity: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to.

    Attributes:
        subject: What was verified.
        seed: The run's seed.
        loops: Busy loops beside it.
        key: Digest of all that the outcome depends on, the seed and the machine left aside.
        code: The exit code; None: the run came to no end in time.
        exchanges: How many requests were made.
        seconds: Wall time, with its start.
        load: How many processes wanted a processor when it began, by the machine's own count: what else ran.
        findings: What was found.
        not_proven: What was not proven.
        failure: What ended the run, if something did.
        at: When it ended, ISO 8601 to the minute, UTC.
        tool: What made it: bothends' version and commit.
    """

    subject: str
    seed: int
    loops: int
    key: str
    code: int | None
    exchanges: int
    seconds: float
    load: float
    findings: tuple[Found, ...]
    not_proven: tuple[str, ...]
    failure: str
    at: str
    tool: str

    @classmethod
    def of(cls, value: dict[str, Any]) -> Outcome:
        """Return the outcome that a line holds."""
        findings = tuple(Found(**found) for found in value["findings"])
        return cls(**{**value, "findings": findings, "not_proven": tuple(value["not_proven"])})

    @property
    def errors(self) -> tuple[Found, ...]:
        """The errors among the findings, the accepted ones too."""
        return tuple(found for found in self.findings if found.severity == "error")

    @property
    def new(self) -> tuple[Found, ...]:
        """The errors that nobody has accepted."""
        return tuple(found for found in self.errors if found.reason is None)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a script showed by hand.

    Attributes:
        script: Its path, from the folder of the scripts.
        key: Digest of the script and of what it needs.
        shown: Whether the product does what the script says.
        said: What it printed, or what it missed.
        at: When, ISO 8601 to the minute, UTC.
    """

    script: str
    key: str
    shown: bool
    said: str
    at: str


class Outcomes:
    """All outcomes; of several of one run, the last.

    Attributes:
        file: Where they are.
    """

    def __init__(self, file: Path = FILE) -> None:
        self.file = file
        self._known = {_place(outcome): outcome for outcome in map(Outcome.of, _lines(file))}

    def of(self, subject: str) -> list[Outcome]:
        """Return those of a subject, those without loops first, by seed."""
        mine = (outcome for outcome in self._known.values() if outcome.subject == subject)
        return sorted(mine, key=lambda outcome: (outcome.loops, outcome.seed))

    def get(self, subject: str, seed: int, loops: int) -> Outcome | None:
        """Return the outcome of one run; None when there is none."""
        return self._known.get((subject, seed, loops))

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome, in place of an older one of the same run."""
        self._known[_place(outcome)] = outcome
        _write(self.file, [asdict(self._known[place]) for place in sorted(self._known)])


class Scripts:
    """What the scripts showed, the last time each was run.

    Attributes:
        file: Where it is.
    """

    def __init__(self, file: Path = SCRIPTS_FILE) -> None:
        self.file = file
        self._known = {line["script"]: Shown(**line) for line in _lines(file)}

    def get(self, script: str) -> Shown | None:
        """Return what a script showed; None when it was not run."""
        return self._known.get(script)

    def add(self, shown: Shown) -> None:
        """Keep what a script showed."""
        self._known[shown.script] = shown
        _write(self.file, [asdict(self._known[script]) for script in sorted(self._known)])


def _lines(file: Path) -> Iterable[dict[str, Any]]:
    return map(json.loads, file.read_text(encoding="utf-8").splitlines()) if file.exists() else ()


def _write(file: Path, values: list[dict[str, Any]]) -> None:
    """Write the file anew: what was broken off in between leaves the old one."""
    text = "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values)
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def _place(outcome: Outcome) -> tuple[str, int, int]:
    return outcome.subject, outcome.seed, outcome.loops
