"""An object of the target that is known to exist, and requests with its ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.cases.families.requests import made_up
from bothends.contract.known_ids import filled, marks_in

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.contract.known_ids import IdPlace
    from bothends.records import Request


@dataclass(slots=True)
class KnownObject:
    """An object of the target.

    Attributes:
        values: The values that lead to it, by how far each leads.
        by: The operation whose answer gave them.
        maker: The number of the exchange by whose caller it was made.
        since: When it was known; by the clock, seconds.
        made: Whether it was made in this run, and not only listed.
        found: The operations that have found it.
        lost: How often it was answered that it is not there.
    """

    values: dict[str, str]
    by: str
    maker: int
    since: float
    made: bool
    found: set[str] = field(default_factory=set)
    lost: int = 0


def with_ids(operation: Operation, request: Request, known: KnownObject | None) -> Request:
    """Return a request with the ids of an object in place of its marks; made-up ones where it has none.

    Args:
        operation: The request's.
        request: As its case has it.
        known: The object; None: none is known.
    """
    if not operation.id_places:
        return request
    parameters = {(one.location, one.name): one for one in operation.parameters}
    values = {} if known is None else known.values

    def made(place: IdPlace) -> str:
        return made_up(parameters[place.part, place.name], request.method)

    return filled(operation.id_places, request, values, made)


def all_known(operation: Operation, request: Request, known: KnownObject | None) -> bool:
    """Return whether each mark of a request stands for an id of an object."""
    return known is not None and all(place.leads in known.values for place in marks_in(operation.id_places, request))
