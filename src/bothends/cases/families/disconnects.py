"""`disconnects`: the client goes away while the target is at work. The event is sent once, or not at all.

Some ask again: what became of a request that was given up is no reason to leave out the event of the next one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.faults import upstreams_of
from bothends.cases.families.sessions import ONE_PERSON
from bothends.cases.families.slowness import slow
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "disconnects"
quick: tuple[str, ...] = ()

_MANNERS = {"gone": "the client goes away after the request", "reset": "the client resets after the request"}
_WHY = "nobody is left to be answered: to go on or to give up is the target's choice"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield, for each upstream and the ingest, a client that goes while the target waits for it."""
    request = bodies.admitted_request(operation)
    if request is None:
        return
    plain = Case(operation.id, family, "", request, expect=expectations.odd(_WHY))
    for upstream in upstreams_of(contract, operation):
        given = (slow(contract, upstream),)
        for name, manner in _MANNERS.items():
            yield replace(plain, name=f"{upstream}-waited-for-{name}", given=given, manner=manner)
        # Beside those that go, one that stays: it has its answer, and the state is met whoever gives up.
        stays = expectations.success(operation)
        yield replace(plain, name=f"{upstream}-waited-for-patiently", given=given, expect=stays)
    for name, manner in _MANNERS.items():
        yield replace(plain, name=f"at-any-time-{name}", manner=manner)
    if operation.security.minted is not None:
        # What one and the same person asks for has no mark in it, so each of the two has the world to itself; and
        # the client gives up when its event is at the ingest, so that none comes late for the other request.
        again = replace(plain, given=(ONE_PERSON,), alone=True)
        for upstream in upstreams_of(contract, operation)[-1:]:
            given_up = replace(again, name="given-up", given=(slow(contract, upstream), ONE_PERSON))
            yield replace(given_up, manner=_MANNERS["reset"])
            yield replace(given_up, name="asked-again", expect=expectations.success(operation))
