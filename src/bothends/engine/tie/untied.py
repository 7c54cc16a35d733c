"""Tells whether an event has enough in it to say whose it is, while several requests are under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.laws import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Contract, EventContract, Operation
    from bothends.records import Case

# What is another one in each exchange: a caller of its own, an id that the target has made.
_UNIQUE = ANSWERED
_CALLERS_OWN = frozenset({"session"})


def untied(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Return which operations run one at a time, each with its events that no path, caller or answer's value ties."""
    found = {operation.id: tuple(_untied(contract, operation)) for operation in contract.operations}
    return {name: events for name, events in found.items() if events}


def _untied(contract: Contract, operation: Operation) -> Iterator[str]:
    # Callers who take turns do not identify the request of an event.
    unique = _UNIQUE | (_CALLERS_OWN if operation.security.mints_identities else frozenset())
    for event in operation.events:
        if not (own_path(contract, operation, event) or event.walk.kinds & unique):
            yield event.name


def told_at_once(contract: Contract, operation: Operation) -> bool:
    """Whether each event of an operation tells its request as it arrives: by a path of its own, or by the caller."""
    callers = operation.security.mints_identities
    return all(
        own_path(contract, operation, event) or (callers and bool(event.walk.kinds & _CALLERS_OWN))
        for event in operation.events
    )


def own_path(contract: Contract, operation: Operation, event: EventContract) -> bool:
    """Whether an event goes to a URL that its request names, where each exchange has a path of its own."""
    place = next((each for each in operation.addresses if each.expression == event.url.whole), None)
    if place is None or place.refused is not None:
        return False
    return contract.settings.world.ingests[place.ingest].callback_path == "own"


def without_queues(cases: Iterable[Case], singly: Collection[str]) -> Iterator[Case]:
    """Yield cases; of a crowd that would wait for a faulty upstream one after the other, two requests.

    Two are no crowd, and show what two dozen would. A crowd in a healthy world is let be: it takes no time, and may be
    of as many callers.
    """
    for case in cases:
        queues = case.operation in singly and case.of_the_world and not case.exclusive
        yield replace(case, repeat=min(case.repeat, 2)) if queues else case
