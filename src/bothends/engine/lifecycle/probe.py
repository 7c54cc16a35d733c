"""Chooses the operation whose requests are sent while a target starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases import admitted_request
from bothends.contract.terms import UPSTREAM_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.records import Request


@dataclass(frozen=True, slots=True)
class Probe:
    """What a target is asked.

    Attributes:
        operation: The operation.
        request: One that it must accept.
    """

    operation: Operation
    request: Request


def probes(operations: Iterable[Operation]) -> list[Probe]:
    """Return those operations of which a request is known that they must accept."""
    able = (operation for operation in operations if not operation.security.unplayable)
    asked = ((operation, admitted_request(operation)) for operation in able)
    return [Probe(operation, request) for operation, request in asked if request is not None]


def fit_for(known: Sequence[Probe], *, between_attempts: bool, early: bool) -> list[Probe]:
    """Return those operations that a scenario asks first; none: all that there are will do."""
    if between_attempts:
        return [one for one in known if any(map(lasting, one.operation.events))]
    return [one for one in known if not one.operation.id_places] if early else []  # nobody makes an object so early


def telling(known: Sequence[Probe], without: str) -> Probe | None:
    """Return the one that shows the most of how a target starts and stops, the first of several; None: there is none.

    An event can be lost only by an operation that sends one, and a call be under way only where one is made. A target
    may start without a setting (`world.session_secret`; empty: it has all): an operation that asks for no session may
    well answer success without the secret of sessions, and one that sends no event without a key.
    """
    return max((one for one in known if _concerned(one.operation, without)), key=_shows, default=None)


def _concerned(operation: Operation, without: str) -> bool:
    if without == "world.session_secret":
        minted = operation.security.minted
        return minted is not None and {"secret-empty", "secret-guessed"} <= minted.states
    return bool(operation.events) or without != "world.event_key"


def _shows(probe: Probe) -> tuple[bool, bool, bool]:
    operation = probe.operation
    families = {family for answer in operation.answers for family in answer.families}
    return bool(operation.events), not families.isdisjoint(UPSTREAM_FAMILIES), operation.security.demanded


def lasting(event: EventContract) -> bool:
    """Return whether an event is attempted until it is acknowledged, and no answer waits for that."""
    return event.delivery.attempts == "until-acknowledged" and event.delivery.answer != "after"
