"""An object of the target that is known to exist, requests with its ids, and those that delete what may not exist."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.cases import made_up
from bothends.contract.messages import sent_path_value
from bothends.contract.requests import filled_with_ids, marks_in
from bothends.records import MISSING

if TYPE_CHECKING:
    from bothends.contract import Operation, Parameter
    from bothends.contract.requests import IdPlace
    from bothends.records import Case, Request

_MOST_DELETED = 4096
"""Deleted objects that are remembered."""


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

    return filled_with_ids(operation.id_places, request, values, made)


def all_known(operation: Operation, request: Request, known: KnownObject | None) -> bool:
    """Return whether each mark of a request stands for an id of an object, and nothing else in its path is made up."""
    marked = known is not None and all(place.leads in known.values for place in marks_in(operation.id_places, request))
    return marked and not values_of_nobody(operation)


def values_of_nobody(operation: Operation) -> list[Parameter]:
    """Return the parameters of a path whose values nobody gives: neither the contract nor any answer."""
    places = (*operation.id_places, *operation.setup_places, *operation.own_places)
    given = {place.name for place in places if place.part == "path"}
    in_path = (one for one in operation.parameters if one.location == "path" and one.name not in given)
    return [one for one in in_path if one.example is None and not _is_listed(one)]


def is_made_up(operation: Operation, case: Case, path: str, known: KnownObject | None) -> bool:
    """Return whether an id in the path of a request is one that nobody has given: drawn, or made up.

    Args:
        operation: The request's.
        case: Its case.
        path: As it was sent.
        known: The object that it is about; None: none is known.
    """
    if marks_in(operation.id_places, case.request):
        return not all_known(operation, case.request, known)
    of_setup = {place.name for place in operation.setup_places if place.part == "path"}
    return any(
        case.origin is not None
        or any(place.name == each.name for place in operation.all_own_places)
        or sent_path_value(operation.path, path, each.name) == made_up(each, case.request.method)
        for each in operation.parameters
        if each.location == "path" and each.example is None and each.name not in of_setup
    )


def is_guessed(operation: Operation, request: Request, path: str, known: KnownObject | None) -> bool:
    """Return whether an id in the path of a request may be of what is not there: nobody has given it, nor the contract.

    Args:
        operation: The request's.
        request: As its case has it.
        path: As it was sent.
        known: The object that it is about; None: none is known.
    """
    given = {place.name for place in operation.setup_places if place.part == "path"}
    if known is not None:
        given |= {place.name for place in marks_in(operation.id_places, request) if place.leads in known.values}
    in_path = (each for each in operation.parameters if each.location == "path" and each.name not in given)
    return any(not _is_shown(each, sent_path_value(operation.path, path, each.name)) for each in in_path)


def _is_shown(parameter: Parameter, value: object) -> bool:
    """Return whether a value in a path is the contract's, or there is none."""
    return _is_listed(parameter) or value is MISSING or value == parameter.example_text


def _is_listed(parameter: Parameter) -> bool:
    """Return whether the contract lists the values of a parameter."""
    return parameter.schema is not None and "enum" in parameter.schema.raw


class Deletions:
    """Tells which requests delete what may not have been there: their success may have changed nothing.

    HTTP has it that a `DELETE` may be sent again (RFC 9110, section 9.2.2), so that a target may answer the second one,
    or one for an id that never was, as the first one.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._paths: OrderedDict[int, str] = OrderedDict()
        self._first: OrderedDict[str, int] = OrderedDict()
        self._several: set[str] = set()

    def take(self, number: int, request: Request) -> None:
        """Take the request of an exchange as it is sent, once or several times."""
        if request.method != "DELETE":
            return
        path = request.target.partition("?")[0]
        self._paths[number] = path
        if self._first.setdefault(path, number) != number:
            self._several.add(path)
        if len(self._paths) > _MOST_DELETED:
            self._paths.popitem(last=False)
        if len(self._first) > _MOST_DELETED:
            self._several.discard(self._first.popitem(last=False)[0])

    def is_idle(self, number: int, operation: Operation, case: Case, known: KnownObject | None) -> bool:
        """Return whether the request of an exchange, which is over, may have deleted nothing.

        Args:
            number: The exchange's.
            operation: Its operation.
            case: Its case.
            known: The object that it is about; None: none is known.
        """
        path = self._paths.get(number)
        if path is None:
            return False
        # A path that ends without an id leads to no object: each request may find something to delete there.
        again = path in self._several and operation.path.endswith("}")
        return again or is_made_up(operation, case, path, known)
