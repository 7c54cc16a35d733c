"""A second chance for a target that ran out of time on a busy machine.

The world had answered in time, and the target says all the same that an upstream had not: it lacked the processor
to take notice. Only then, and only when it has waited as long as it does for an upstream, its wave is played once
more, with as many callers at once: what is wrong with the target itself is wrong again.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange

CHANCES = 8
"""Waves of a run that are played once more, at most."""

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
    """Return an exchange of which it is right as well to say that time ran out; the events' laws hold all the same."""
    expect = exchange.case.expect
    statuses = expect.statuses | operation.statuses_of("upstream-timeout")
    excusing = replace(expect, statuses=statuses, server_error=True)
    return replace(exchange, case=replace(exchange.case, expect=excusing, origin=None))
