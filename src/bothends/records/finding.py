"""A finding: a broken law with its exchange, the smallest request that breaks it, and its replay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.records.case import Case
    from bothends.records.exchange import Exchange


class Severity(StrEnum):
    """How much a broken law weighs: only an error breaks the contract."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Breach:
    """A law, broken by one exchange: what a law yields, before findings are made of it.

    Attributes:
        law: The law's name.
        severity: How much it weighs.
        cause: What findings are told apart by, within one law: `status 200 for signed-out`.
        summary: What is wrong, in one sentence.
        expected: What the contract promises.
        actual: What was seen.
        exchange: The exchange that shows it; None when no exchange can be named (a phantom).
    """

    law: str
    severity: Severity
    cause: str
    summary: str
    expected: str
    actual: str
    exchange: Exchange | None


@dataclass(frozen=True, slots=True)
class Finding:
    """All breaches of one law by one cause, as a person is told of them.

    Attributes:
        id: Names the replay file; the same for the same law, cause and contract.
        breach: The first breach seen.
        case: The smallest case that still shows it.
        count: How many breaches of this cause were seen.
        smaller: Whether `case` is smaller than the one that first showed it.
        reproduced: Whether it showed again when run once more; None: not tried.
    """

    id: str
    breach: Breach
    case: Case
    count: int
    smaller: bool = False
    reproduced: bool | None = None


@dataclass(frozen=True, slots=True)
class NotProven:
    """Something that the run was to show and did not.

    Attributes:
        what: What was not shown: `answer 504`, `fault: the ingest hangs`.
        why: Why not, and what to do.
    """

    what: str
    why: str
