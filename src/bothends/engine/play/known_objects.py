"""An object of the target that is known to exist, requests with its ids, and those that delete what may not exist."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.cases import made_up, made_up_member
from bothends.contract.messages import is_json, json_value, path_value, sent_path_value
from bothends.contract.operations import leads_to, with_query_of_location
from bothends.contract.requests import filled_with_ids, marks_in, variants_in
from bothends.engine.play.unlike import tag_as_weak, tag_without_quotes, unlike
from bothends.records import MISSING
from bothends.schemas import described_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation, Parameter
    from bothends.contract.requests import IdPlace, SetupPlace, Variant
    from bothends.engine.play.used_up import Change
    from bothends.records import Case, Exchange, Request

REFUSALS = frozenset(range(400, 500))
"""What may be answered where a value is perhaps of nothing: RFC 9110 has no one status for that."""
GONE = frozenset({404, 410})
"""What says that an object is not there (RFC 9110, sections 15.5.5 and 15.5.11)."""
REFUSED_FOR_STATE = frozenset({404, 409, 410, 412, 422, 423})
"""What may be answered where another request has changed or removed an object (RFC 9110; RFC 4918, section 11)."""
AGED = 2.0
"""Seconds after which an object that was made is there for every reader: a target may copy it to others first."""
_TAGS = {"weak": tag_as_weak, "unquoted": tag_without_quotes}
"""How the tag of an object is written otherwise."""
_MOST_DELETED = 4096
"""Deleted objects that are remembered."""
_MOST_PUT = 4096
"""Paths of objects that a `PUT` has put there, likewise."""


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
        changes: What has changed it, or may have: the last few.
        former: The values that a change has ended, by how far each leads.
    """

    values: dict[str, Any]
    by: str
    maker: int
    since: float
    made: bool
    found: set[str] = field(default_factory=set)
    lost: int = 0
    changes: list[Change] = field(default_factory=list)
    former: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What an exchange is about: an object, and others that its request names beside it.

    Attributes:
        objects: The objects; the first one is that of the path, and all others are of the same caller where one is.
    """

    objects: tuple[KnownObject, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The values that lead to them, by how far each leads."""
        return {leads: value for one in reversed(self.objects) for leads, value in one.values.items()}

    @property
    def former(self) -> dict[str, Any]:
        """The values that were theirs before a change, and are not now."""
        now = self.values
        every = {leads: value for one in reversed(self.objects) for leads, value in one.former.items()}
        return {leads: value for leads, value in every.items() if now.get(leads, value) != value}

    @property
    def by(self) -> str:
        """The operation whose answer gave the first one."""
        return next((one.by for one in self.objects if one.by), "")

    @property
    def maker(self) -> int:
        """The number of the exchange by whose caller they were made."""
        return self.objects[0].maker

    @property
    def main(self) -> KnownObject:
        """The object that it is about in the first place."""
        return next((one for one in self.objects if one.by), self.objects[0])


def with_ids(operation: Operation, request: Request, known: Known | None, seed: str = "") -> Request:
    """Return a request with the ids of objects in place of its marks; made-up ones where they have none.

    Args:
        operation: The request's.
        request: As its case has it.
        known: The objects; None: none is known.
        seed: What the ids go by that no object has: another one for each exchange.
    """
    if not operation.id_places:
        return request
    parameters = {(one.location, one.name): one for one in operation.parameters}
    values = {} if known is None else known.values

    def made(place: IdPlace) -> Any:
        if place.part == "body":
            return made_up_member(place)
        return None if place.optional else made_up(parameters[place.part, place.name], request.method)

    def other(place: IdPlace, kind: Variant) -> Any:
        return _variant(operation, place, kind, known, seed)

    request = with_query_of_location(operation, request, values)
    return filled_with_ids(operation.id_places, request, values, made, other)


def _variant(operation: Operation, place: IdPlace, kind: Variant, known: Known | None, seed: str) -> Any:
    """Return another value than that of an object; None: there is none that is certain."""
    if known is None:
        return None
    if kind == "former":
        return known.former.get(place.leads)
    value = known.values.get(place.leads)
    if value is None:
        return None
    if kind in _TAGS:
        return _TAGS[kind](value)
    schema = place.schema or next((one.schema for one in operation.parameters if one.name == place.name), None)
    return unlike(value, schema, f"{seed}/{place.leads}")


def unlike_setup(place: SetupPlace, value: Any, seed: str) -> Any:
    """Return a value that nobody has, unlike that of setup; None: there is none that is certain."""
    return unlike(value, place.schema, f"{seed}/{place.value}")


def lacks_variant(operation: Operation, request: Request, known: Known | None) -> bool:
    """Return whether a request is about another value than that of an object, and there is none that is certain."""
    return any(
        _variant(operation, place, kind, known, "") is None for place, kind in variants_in(operation.id_places, request)
    )


def all_known(operation: Operation, request: Request, known: Known | None) -> bool:
    """Return whether each mark of a request stands for an id of an object, and nothing else in its path is made up."""
    marked = marks_in(operation.id_places, request)
    drawn = any(place.part == "path" and place not in marked for place in operation.id_places)
    given = known is not None and not drawn and all(place.leads in known.values for place in marked)
    asks_for_none = any(kind == "never" for _, kind in variants_in(marked, request))
    return (
        given and not asks_for_none and not values_of_nobody(operation) and not _is_elsewhere(operation, request, known)
    )


def _is_elsewhere(operation: Operation, request: Request, known: Known | None) -> bool:
    """Return whether the path of a request has the id of an object below another one than that where it was made."""
    values = {} if known is None else known.values
    for one in operation.parameters:
        leads = leads_to(operation, one) if one.example is not None else ""
        if leads in values and path_value(operation.path, request.target, one.name) not in {MISSING, values[leads]}:
            return True
    return False


def values_of_nobody(operation: Operation) -> list[Parameter]:
    """Return the parameters of a path whose values nobody gives: neither the contract nor any answer."""
    places = (*operation.id_places, *operation.setup_places, *operation.own_places)
    given = {place.name for place in places if place.part == "path"}
    in_path = (one for one in operation.parameters if one.location == "path" and one.name not in given)
    return [one for one in in_path if one.example is None and not _is_listed(one)]


def is_made_up(operation: Operation, case: Case, path: str, known: Known | None) -> bool:
    """Return whether an id in the path of a request is one that nobody has given: drawn, or made up.

    Args:
        operation: The request's.
        case: Its case.
        path: As it was sent.
        known: What it is about; None: no object is known.
    """
    if in_path := [place for place in marks_in(operation.id_places, case.request) if place.part == "path"]:
        given = known is not None and all(place.leads in known.values for place in in_path)
        asks_for_none = any(kind == "never" for _, kind in variants_in(in_path, case.request))
        return asks_for_none or not given or bool(values_of_nobody(operation))
    of_setup = {place.name for place in operation.setup_places if place.part == "path"}
    return any(
        case.origin is not None
        or any(place.name == each.name for place in operation.all_own_places)
        or sent_path_value(operation.path, path, each.name) == made_up(each, case.request.method)
        for each in operation.parameters
        if each.location == "path" and each.example is None and each.name not in of_setup
    )


def is_guessed(operation: Operation, request: Request, path: str, known: Known | None) -> bool:
    """Return whether an id in the path as sent may be of nothing: neither an answer nor the contract has given it."""
    given = {place.name for place in operation.setup_places if place.part == "path"}
    if known is not None:
        given |= {place.name for place in marks_in(operation.id_places, request) if place.leads in known.values}
    in_path = (each for each in operation.parameters if each.location == "path" and each.name not in given)
    return any(not _is_shown(each, sent_path_value(operation.path, path, each.name)) for each in in_path)


def may_be_refused(operation: Operation, request: Request, known: Known | None) -> bool:
    """Return whether a value in a header or a body may be of nothing: it was made up, or is there by its name alone.

    What is another value on purpose is left aside.
    """
    values = {} if known is None else known.values
    found = known is not None and all(operation.id in one.found for one in known.objects)
    others = {place for place, _ in variants_in(operation.id_places, request)}
    return any(
        place.leads not in values or (place.guessed and not found)
        for place in marks_in(operation.id_places, request)
        if place.part in {"header", "body"} and not (place.part == "header" and place.optional) and place not in others
    )


_NAMES_AN_OBJECT = re.compile(r"(?i:^|[_-])(?i:uu)?(?i:id)$|[a-z0-9](?:Id|ID|Uuid|UUID)$")
_DEEPEST = 8
_CHOICES = frozenset({"anyOf", "oneOf", "if"})
"""What may describe more members."""


def named_by_nobody(operation: Operation, request: Request) -> tuple[str, ...]:
    """Return the members of a body by whose names it names objects that nobody has given: `id`, `roomId`, `room_id`.

    What is filled in by an answer, or by setup, has a mark. A member that the schema does not describe names nothing.
    """
    schemas = {} if operation.body is None else operation.body.content
    schema = next((each for media_type, each in schemas.items() if is_json(media_type)), None)
    if schema is None:
        return ()
    marks = [place.mark for place in operation.id_places] + [place.mark for place in operation.setup_places]
    found: dict[str, None] = {}
    pending: list[tuple[list[str], Any]] = [([], json_value(request.body or b""))]
    while pending:
        keys, value = pending.pop()
        named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        pending += [([*keys, str(key)], each) for key, each in named if len(keys) < _DEEPEST]
        is_id = isinstance(value, str | int) and not isinstance(value, bool)
        if not is_id or not keys or not _NAMES_AN_OBJECT.search(keys[-1]) or any(mark in str(value) for mark in marks):
            continue
        parts = described_at(schema.raw, keys[:-1])
        if any(keys[-1] in part.get("properties", {}) or _CHOICES & part.keys() for part in parts):
            found[keys[-1]] = None
    return tuple(found)


def declared_as_absent(operation: Operation) -> frozenset[int]:
    """Return the statuses by which an operation says that an object is not there, of which it does not say when.

    A path that names an object has them for that.
    """
    if any(one.location == "path" for one in operation.parameters):
        return frozenset()
    declared = ((status, operation.answer_for(status)) for status in GONE)
    return frozenset(status for status, one in declared if one and one.status == str(status) and not one.families)


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

    def may_have_removed(self, request: Request) -> bool:
        """Return whether a request was to delete what another one asks for, or something that this is a part of.

        What has an id by its content is one object, however often it was made: who deletes one deletes all.
        """
        path = request.target.partition("?")[0]
        steps = path.split("/")
        return any("/".join(steps[:length]) in self._first for length in range(len(steps), 0, -1))

    def is_idle(self, number: int, operation: Operation, case: Case, known: Known | None) -> bool:
        """Return whether the request of an exchange, which is over, may have deleted nothing."""
        path = self._paths.get(number)
        if path is None:
            return False
        # A path that ends without an id leads to no object: each request may find something to delete there.
        again = path in self._several and operation.path.endswith("}")
        return again or is_made_up(operation, case, path, known)


class Puts:
    """Tells at which paths a `PUT` has put an object, which no request has removed since.

    A `PUT` makes what is not there (RFC 9110, section 9.3.4). That one finds something there is certain only so.
    """

    def __init__(self, starts: Sequence[float]) -> None:
        self._starts = starts  # when the target was started, seconds; there may be none yet, and more later
        self._paths: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def take_request(self, request: Request) -> None:
        """Take a request as it is sent: what it is to delete may be gone from now on."""
        if request.method == "DELETE":
            self._paths.pop(_path_of(request), None)

    def take(self, exchange: Exchange) -> None:
        """Take an exchange that is over."""
        path, start = _path_of(exchange.sent), len(self._starts)
        if exchange.sent.method == "PUT" and exchange.succeeded and self._paths.get(path, (None, 0))[0] != start:
            self._paths[path] = start, exchange.ended
            if len(self._paths) > _MOST_PUT:
                self._paths.popitem(last=False)

    def had(self, request: Request, began: float) -> bool:
        """Return whether something was there when a request began."""
        start, ended = self._paths.get(_path_of(request), (None, 0.0))
        return start == len(self._starts) and ended <= began


def _path_of(request: Request) -> str:
    return str(request.target.partition("?")[0])
