"""`crash`: what is there, and what is sent, after the target was killed and started again with what it has kept.

Only where the settings promise that acknowledged writes survive a kill, and the contract how old a reading may be. As
in a history, an object is made for each case, and each operation changes it alone before, which shows how what is sent
is read. Then one more request changes it, and the target is killed at a point of that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families.family import Family, register
from bothends.cases.families.histories import (
    ANYTHING,
    MOST_WRITERS,
    Writer,
    alone,
    changing,
    events_about,
    in_a_history,
    is_free,
)
from bothends.cases.families.objects import object_place
from bothends.cases.families.transitions import usual
from bothends.contract.requests import SAFE
from bothends.records import Case, KillPoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, EventContract, Operation

CRASH_NAME = "crash"
_LAST = 3
"""The number of the texts that no request before the kill has."""


def crash_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a reading for each point at which the target is killed while its object is changed."""
    place, reading = object_place(operation), usual(contract, operation)
    promised = contract.settings.target.keeps_state == "kill" and operation.consistency is not None
    if not promised or operation.method not in SAFE or operation.shared or place is None or reading is None:
        return
    about = [*events_about(contract, operation)]
    others = [each for each in changing(contract, operation) if not each.security.unplayable]
    writers = [each for each in others if each.method != "DELETE"][:MOST_WRITERS]
    free = [Writer(each, step) for each in writers if (step := usual(contract, each)) and is_free(each, step)]
    read = (in_a_history(reading),)
    for number, writer in enumerate(free):
        for point in KillPoint:
            if not _is_reached(point, [event for event in writer.operation.events if event in about]):
                continue
            last = replace(writer.numbered(_LAST), kill=point)
            if point is KillPoint.WAITING:
                # An answer may wait for the event, and fail with it.
                last = replace(last, expect=replace(last.expect, server_error=True))
            rounds = (*alone(read, [writer]), (last,), read)
            name = f"{point.value}-{writer.operation.id}" if number else point.value
            yield Case(
                operation.id,
                CRASH_NAME,
                name,
                reading.request,
                expect=ANYTHING,
                exclusive=True,
                rounds=tuple(tuple(map(_beside_a_kill, some)) for some in rounds),
                events_in_doubt=True,
            )


def _is_reached(point: KillPoint, events: Sequence[EventContract]) -> bool:
    """Whether a request that has some events about its object comes to a point, and something is promised of it."""
    if point is KillPoint.ANSWERED:
        return True
    if point is KillPoint.ACKNOWLEDGED:
        return bool(events)
    terms = [event.delivery for event in events]
    lasting = all(one.survives in {"kill", "all"} and one.attempts == "until-acknowledged" for one in terms)
    return bool(terms) and lasting and all(one.answer != "after" for one in terms)


def _beside_a_kill(case: Case) -> Case:
    return replace(case, family=CRASH_NAME, events_in_doubt=True)


CRASH_FAMILY = register(
    Family(
        CRASH_NAME,
        crash_cases,
        "a reading of an object that was changed before the target was killed, and started again with what it has "
        'kept, where `keeps_state = "kill"` promises that it is there.\n\nThe target is killed when the answer has '
        "been read, when an event has been acknowledged, and, where `attempts: until-acknowledged` and "
        "`survives: kill` are promised, between an attempt that is refused and the next one.",
        after="history",
        quick=tuple(point.value for point in KillPoint),
    )
)
