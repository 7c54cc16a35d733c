"""Cases in which an ingest fails and is well again, where the contract says how often an event is attempted.

A run has about fifty faults of an ingest. To watch for further attempts after each of them would take minutes, and show
the same each time: so a few faults are for that, and the other families demand nothing of an event whose ingest fails.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import ingests_of
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, EventContract, Operation

_NAME = "redelivery"
_TOO_SLOW = 1.5
_WAIT = 1
"""Seconds that the ingest asks to wait: as short as `Retry-After` can say."""


def redelivery_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each fault of each ingest whose events have a promise on attempts."""
    request = requests.admitted_request(operation)
    if request is None:
        return
    pause = int(contract.settings.world.upstream_timeout_ms * _TOO_SLOW)
    for ingest in ingests_of(contract, operation):
        events = [event for event in operation.events if event.ingest == ingest and event.delivery.attempts]
        if not events:
            continue
        for name, state in _states(pause, own=all(_is_own(contract, operation, event) for event in events)).items():
            expect = replace(expectations.recovery(operation, ingest), why=f"{operation.pointer}/callbacks: x-delivery")
            given = (state.at(ingest),)
            label = f"{ingest}-{name}"
            yield Case(operation.id, _NAME, label, request, given, expect, exclusive=True, watched=True)


def _states(pause: int, *, own: bool) -> Mapping[str, Condition]:
    states = {
        "unreachable": Condition.of("unreachable"),
        "resets": Condition.of("resets"),
        "answers-500": Condition.of("answers-status", status=500),
        "fails-slowly": Condition.of("fails-after", status=503, ms=pause),
        "acknowledges-slowly": Condition.of("answers-after", ms=pause),
        "asks-to-wait": Condition.of("answers-and-asks-to-wait", status=429, seconds=_WAIT),
        "acknowledges-and-resets": Condition.of("acknowledges-and-resets"),
    }
    # Who is told that an address is gone may send nothing to it any more, which is right: so it must be no other's.
    return {**states, "gone": Condition.of("answers-status", status=410)} if own else states


def _is_own(contract: Contract, operation: Operation, event: EventContract) -> bool:
    """Return whether each exchange has an address of its own for an event."""
    place = next((each for each in operation.addresses if each.expression == event.url.whole), None)
    ingest = contract.settings.world.ingests.get(event.ingest)
    return place is not None and place.refused is None and (ingest is None or ingest.callback_path == "own")


REDELIVERY_FAMILY = register(
    Family(
        _NAME,
        redelivery_cases,
        "an ingest that fails and then works again, where `x-delivery` says how often an event is attempted.\n\nAfter "
        "each fault, bothends watches for further attempts: until the event has come, or the promise is broken.",
        quick=("*-answers-500", "*-unreachable", "*-fails-slowly", "*-asks-to-wait"),
        after="recovery",
    )
)
