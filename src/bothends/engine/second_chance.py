"""A second chance, and a third, for a target that ran out of time on a busy machine.

The world had answered in time, and the target says all the same that an upstream had not: it lacked the processor
to take notice. Only then, and only when it has waited as long as it does for an upstream, its wave is played once
more, with as many callers at once: what is wrong with the target itself is wrong again. So a case is at fault when
it ran out of time each time; want of a processor hits others the next time.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bothends.contract import Operation
    from bothends.records import Exchange

CHANCES = 12
"""How often waves of a run are played once more, in all. What comes after that is not proven."""

TRIES = 3
"""How often one wave is played, at most."""

_BUSY = 1.5
"""Load for each processor beyond which a machine is busy: a run and its target are not as much on two."""

_WHOLE = 0.9
"""Part of a target's patience that counts as all of it: its clock began a little later."""


def busy() -> bool:
    """Whether there is more to do on this machine than it has processors for."""
    return os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)


def ran_out_of_time(exchange: Exchange, operation: Operation, patience: float) -> bool:
    """Whether a target has waited for an upstream in vain, though none was to keep it waiting.

    Args:
        exchange: What was witnessed.
        operation: The operation that it is about.
        patience: How long the target waits for an upstream, seconds.
    """
    answer, expect = exchange.answer, exchange.case.expect
    if not isinstance(answer, Answer) or expect.refused or expect.any_answer or expect.allows(answer.status):
        return False
    waited = exchange.ended - exchange.began >= _WHOLE * patience
    return waited and answer.status in operation.statuses_of("upstream-timeout")


def excused(exchange: Exchange, operation: Operation) -> Exchange:
    """Return an exchange of which it is right as well to say that time ran out.

    What the ingest acknowledged is in doubt then: the target may have had no time to take notice of that either.
    """
    expect = exchange.case.expect
    statuses = expect.statuses | operation.statuses_of("upstream-timeout")
    excusing = replace(expect, statuses=statuses, server_error=True)
    in_doubt = tuple(replace(delivery, acknowledged=False) for delivery in exchange.deliveries)
    return replace(exchange, case=replace(exchange.case, expect=excusing, origin=None), deliveries=in_doubt)


class Chances:
    """What becomes of the answers of one wave that say that time ran out, however often it is played.

    Attributes:
        again: Whether the wave is to be played once more.
    """

    def __init__(self, operation_of: Callable[[str], Operation], patience: float) -> None:
        """Begin with a wave that was not played yet.

        Args:
            operation_of: Gives an operation by its ID.
            patience: How long the target waits for an upstream, seconds.
        """
        self._operation_of = operation_of
        self._patience = patience
        self._tries = 0
        self._suspects: frozenset[int] | None = None  # by their places in the wave
        self.again = False

    def take(self, exchanges: Iterable[Exchange], left: int) -> tuple[tuple[Exchange, ...], int]:
        """Take what was played.

        Args:
            exchanges: The exchanges of the wave.
            left: How often waves may still be played once more.

        Returns:
            The exchanges, with those excused of which nobody knows yet, or that were in time when they were played
            before; and how many of them nobody will know.
        """
        found = list(exchanges)
        late = frozenset(place for place, one in enumerate(found) if self._ran_out(one))
        self._suspects = late if self._suspects is None else self._suspects & late
        self._tries += 1
        self.again = bool(self._suspects) and self._tries < TRIES and left > 0
        at_fault = self._suspects if self._tries == TRIES else frozenset()
        for place in late - at_fault:
            found[place] = excused(found[place], self._operation_of(found[place].case.operation))
        return tuple(found), 0 if self.again else len(self._suspects - at_fault)

    def _ran_out(self, exchange: Exchange) -> bool:
        return ran_out_of_time(exchange, self._operation_of(exchange.case.operation), self._patience)
