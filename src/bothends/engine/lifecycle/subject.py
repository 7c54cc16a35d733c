"""Chooses the operation whose requests are sent while a target starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases.families.requests import admitted_request
from bothends.contract.families import UPSTREAM_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Operation
    from bothends.records import Request


@dataclass(frozen=True, slots=True)
class Subject:
    """What a target is asked.

    Attributes:
        operation: The operation.
        request: One that it must accept.
    """

    operation: Operation
    request: Request


def subjects(operations: Iterable[Operation]) -> list[Subject]:
    """Return those operations of which a request is known that they must accept."""
    able = (operation for operation in operations if not operation.security.unplayable)
    asked = ((operation, admitted_request(operation)) for operation in able)
    return [Subject(operation, request) for operation, request in asked if request is not None]


def telling(known: Sequence[Subject], without: str) -> Subject | None:
    """Return the one that shows the most of how a target starts and stops; the first of several.

    An event can be lost only by an operation that sends one, and a call be under way only where one is made.

    Args:
        known: Those to choose from.
        without: What the target is started without: `world.session_secret`; empty: nothing.

    Returns:
        The one; None where none has to do with what the target lacks: an operation that asks for no session may
        well answer success without the secret of sessions, and one that sends no event without a key.
    """
    return max((one for one in known if _concerned(one.operation, without)), key=_shows, default=None)


def _concerned(operation: Operation, without: str) -> bool:
    if without == "world.session_secret":
        return operation.security.minted is not None
    return bool(operation.events) or without != "world.event_key"


def _shows(subject: Subject) -> tuple[bool, bool, bool]:
    operation = subject.operation
    families = {answer.given.family for answer in operation.answers if answer.given is not None}
    return bool(operation.events), not families.isdisjoint(UPSTREAM_FAMILIES), operation.security.demanded
