"""Waits for answers that do not come: not without end.

Each unanswered request takes the whole time limit, so a target that has stopped to answer would hold a run for
hours. Requests that wait at the same time are one *wait*. A family whose requests are not answered, time after
time, is left out from then on; so is a fault that only a limit of the target's would end, of a part of the world
that the target has shown to have none for. After a few waits in a row, of whatever family, a good request tells
whether anyone is there still. And the waits of a run have an end in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.conditions import kind_of
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from bothends.records import Case, Exchange

IN_ROW = 3
"""Waits in a row, with no answer to anything between them, after which a target is asked whether it is there."""

IN_FAMILY = 2
"""Waits of one family, with no answer to any request of it between them, after which the rest of it is left out."""

AT_ONCE = 3
"""Requests of one family that are not answered, after which it is left out too, though they waited side by side."""

IN_ALL = 30
"""Waits of a run for answers that were due, for each operation, after which the rest of it is left out."""

SECONDS = 40.0
"""How long these may take together, for each operation; what comes first ends the run."""


@dataclass(slots=True)
class _Hanging:
    """What was not answered of one family since anything of it was."""

    waits: int = 0
    requests: int = 0
    until: float = 0.0


class TimeoutBudget:
    """Counts the waits for answers that did not come.

    Attributes:
        in_row: Waits since anything was answered last.
        in_all: Waits for answers that were due. Of a client that misbehaves, or where no answer is right as well,
            none is.
        waited: Seconds that these took together.
    """

    def __init__(self, operations: int = 1) -> None:
        """Start with none.

        Args:
            operations: Of how many operations the waits are: each has its share of them.
        """
        self._operations = max(1, operations)
        self.in_row = 0
        self.in_all = 0
        self.waited = 0.0
        self._until = 0.0
        self._due_until = 0.0
        self._hanging: dict[str, _Hanging] = {}
        self._without_limit: set[str] = set()

    def note(self, exchange: Exchange) -> None:
        """Take the outcome of an exchange that is over."""
        answer = exchange.answer
        family = exchange.case.family
        if not isinstance(answer, NoAnswer):
            self.in_row = 0
            self._hanging.pop(family, None)
            return
        if answer.kind != "timeout":
            return  # that it was cut off took no time
        if exchange.began >= self._until:  # else it waited beside another, which has counted
            self._until = exchange.ended
            self.in_row += 1
        if exchange.case.behaviour or exchange.case.expect.any_answer:
            return
        self.in_all += exchange.began >= self._due_until
        self.waited += max(0.0, exchange.ended - max(exchange.began, self._due_until))
        self._due_until = max(self._due_until, exchange.ended)
        given = exchange.case.of_the_world
        self._without_limit |= {given[0].subject} if len(given) == 1 else set()
        hanging = self._hanging.setdefault(family, _Hanging())
        hanging.requests += 1
        if exchange.began >= hanging.until:
            hanging.until = exchange.ended
            hanging.waits += 1

    def gives_up(self, case: Case) -> bool:
        """Return whether a case is to be left out, as it would not be answered either."""
        if any(one.subject in self._without_limit and kind_of(one.name).outlasts for one in case.of_the_world):
            return True
        hanging = self._hanging.get(case.family)
        return hanging is not None and (hanging.waits >= IN_FAMILY or hanging.requests >= AT_ONCE)

    def ask_again(self, family: str = "") -> None:
        """Leave nothing of a family (empty: of any) out for what was not answered before."""
        if family:
            self._hanging.pop(family, None)
        else:
            self._hanging.clear()

    def counted(self) -> tuple[int, float]:
        """Return how many waits there were in all, and how long they took."""
        return self.in_all, self.waited

    def started_anew(self, counted: tuple[int, float]) -> None:
        """Note that the target was started anew: what it was waited for since all was `counted` counts for nothing."""
        self.in_row = 0
        self.in_all, self.waited = counted

    @property
    def tired(self) -> bool:
        """Whether nothing at all was answered for so long that there may be nobody."""
        return self.in_row >= IN_ROW

    @property
    def spent(self) -> bool:
        """Whether the run has waited long enough in all."""
        return self.waited >= SECONDS * self._operations or self.in_all >= IN_ALL * self._operations
