"""How long a run bears with a target that leaves its requests unanswered.

Each unanswered request takes the whole time limit, so a target that has stopped to answer would hold a run for
hours. Requests that wait at the same time are one *wait*. After a few waits in a row the rest of a wave is left
out, and a good request tells whether anyone is there still; and there is an end to the waits of a run in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import NoAnswer

if TYPE_CHECKING:
    from bothends.records import Exchange

IN_ROW = 3
"""Waits in a row, with no answer to anything between them, after which a target is asked whether it is there."""

IN_ALL = 30
"""Waits of a run after which the rest of it is not tried."""


class Patience:
    """Counts the waits for answers that did not come.

    Attributes:
        in_row: Waits since anything was answered last.
        in_all: Waits for answers that were due. Of a client that misbehaves, or where no answer is right as well,
            none is.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.in_row = 0
        self.in_all = 0
        self._until = 0.0

    def note(self, exchange: Exchange) -> None:
        """Take the outcome of an exchange that is over."""
        answer = exchange.answer
        if not isinstance(answer, NoAnswer):
            self.in_row = 0
            return
        if answer.kind != "timeout" or exchange.began < self._until:
            return  # that it was cut off took no time; or it waited beside another, which has counted
        self._until = exchange.ended
        self.in_row += 1
        self.in_all += not exchange.case.manner and not exchange.case.expect.any_answer

    @property
    def tired(self) -> bool:
        """Whether nothing at all was answered for so long that there may be nobody."""
        return self.in_row >= IN_ROW

    @property
    def spent(self) -> bool:
        """Whether the run has waited long enough in all."""
        return self.in_all >= IN_ALL
