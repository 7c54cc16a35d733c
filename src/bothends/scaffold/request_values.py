"""Requests whose values differ from one to the next, and name a URL of the world wherever one may be asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import parse_qsl

from bothends.cases import UniqueValues, json_media_type, json_schema
from bothends.contract import admission
from bothends.contract.messages import Expression, json_bytes, read_expression
from bothends.contract.requests import addresses
from bothends.contract.settings import IngestSettings
from bothends.contract.terms import Source
from bothends.records import INGEST, MISSING, join, resolve, split
from bothends.schemas import in_place, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.records import Request
    from bothends.schemas import Target

_RECEIVER = re.compile(r"(?i)ur[li]$|hook|callback|sink|endpoint|notif")
_FORMATS = frozenset({"uri", "url", "iri", "uri-reference"})
_TEMPLATE = re.compile(r"\{world\.([A-Za-z0-9_-]+)\}")
_EIGHTH = 0.125
_MOST_VALUES = 1000


def asking_for_events(contract: Contract) -> Contract:
    """Return a contract whose requests name a URL of the world in each place that looks like one for it.

    Only a place whose URL is then called is one for it: a picture's or a page's is not.

    Args:
        contract: The contract; callbacks that it declares stay as they are.
    """
    world = contract.settings.world
    ingest = _free_ingest(contract)
    if ingest not in world.ingests:
        world = replace(world, ingests={**world.ingests, ingest: IngestSettings(kind="webhook")})
    operations = []
    for operation in contract.operations:
        known = [(place.expression, place.ingest) for place in operation.addresses]
        named = {expression.text for expression, _ in known}
        more = [(each, ingest) for each in _receivers(operation) if each.text not in named]
        asked = {each.name for each, _ in more if each.part in ("query", "header")}
        parameters = tuple(replace(one, always=one.always or one.name in asked) for one in operation.parameters)
        found = (*operation.addresses, *addresses((*known, *more), world)[len(known) :])
        operations.append(replace(operation, addresses=found, parameters=parameters))
    settings = replace(contract.settings, world=world)
    return replace(contract, settings=settings, operations=tuple(operations))


def _free_ingest(contract: Contract) -> str:
    """Return the name of an ingest that the target is not told of in another way; else the usual one's."""
    settings = contract.settings
    steps = [json.dumps(step.texts, default=str) for step in settings.target.setup.steps]
    texts = (*settings.target.command, *settings.target.env.values(), *steps)
    told = {name for text in texts for name in _TEMPLATE.findall(text)}
    return next((name for name in settings.world.ingests if name not in told), INGEST)


def _receivers(operation: Operation) -> Iterator[Expression]:
    """Yield the runtime expression of each place in requests that may say where an event is to go."""
    texts = [f"$request.{one.location}.{one.name}" for one in operation.parameters if _is_receiver(one.location, one)]
    schema = json_schema(operation)
    texts += [f"$request.body#{pointer}" for pointer in _members(schema, targets_in(schema), "")]
    for text in texts:
        expression = read_expression(text)
        if expression is not None:
            yield expression


def _is_receiver(location: str, parameter: Any) -> bool:
    raw = {} if parameter.schema is None else parameter.schema.raw
    return location in ("query", "header") and _looks_so(parameter.name, raw)


def _looks_so(name: str, schema: Any) -> bool:
    if not isinstance(schema, dict) or "string" not in schema.get("type", "string"):
        return False
    return schema.get("format") in _FORMATS or _RECEIVER.search(name) is not None


def _members(schema: Any, target: Target, pointer: str, depth: int = 0) -> Iterator[str]:
    """Yield the pointer of each member of a body that may be such a place: at its top, or one level below."""
    for part in in_place(schema, target) if depth <= 1 else ():
        for name, member in part.get("properties", {}).items():
            if _looks_so(name, member):
                yield pointer + join(name)
            else:
                yield from _members(member, target, pointer + join(name), depth + 1)


def varied(operation: Operation, usual: Request, number: int, seed: int) -> Request:
    """Return a right request with values that no request of another number has, where the contract lets it.

    Args:
        operation: The operation.
        usual: A request that it accepts.
        number: Which of them.
        seed: The run's.
    """
    request = usual
    if number == 0:
        return request
    present = {name for name, _ in parse_qsl(request.target.partition("?")[2], keep_blank_values=True)}
    places = [
        Source("request-query", one.name, "", "")
        for one in operation.parameters
        if one.location == "query" and one.name in present
    ]
    places += [
        Source("request-header", one.name.lower(), "", "")
        for one in operation.parameters
        if one.location == "header" and request.header(one.name) is not None
    ]
    leaves = list(_leaves(_body(request), ""))
    # Two values that are equal in one request differ in another: else nobody could tell which of them an event has.
    for index, place in enumerate(places):
        request = UniqueValues(operation, [place], seed).applied(request, _own(number, len(leaves) + index))
    for index, (pointer, value) in enumerate(leaves):
        if _is_moment(value):
            request = _replaced(operation, request, pointer, _moved(value, number, index + 1))
        elif isinstance(value, str):
            place = Source("request-body", "", pointer, "")
            request = UniqueValues(operation, [place], seed).applied(request, _own(number, index))
        else:
            request = _another_number(operation, request, pointer, value, number * (index + 1), number)
    return request


def _own(number: int, index: int) -> int:
    """Return a number that no other value of any request has."""
    return number * _MOST_VALUES + index


_MOST_SHAPES = 8


def shapes(operation: Operation, usual: Request) -> Iterator[Request]:
    """Yield right requests of other shapes: each flag the other way round, each optional member left out.

    Args:
        operation: The operation.
        usual: A request that it accepts.
    """
    body = _body(usual)
    if not isinstance(body, dict):
        return
    flags = [{**body, key: not value} for key, value in body.items() if isinstance(value, bool)]
    without = [{other: each for other, each in body.items() if other != key} for key in body]
    bodies = [replace(usual, body=json_bytes(each)) for each in (*flags, *without)]
    yield from islice((each for each in bodies if not admission(operation, each).refusals), _MOST_SHAPES)


def turned(operation: Operation, request: Request) -> Request | None:
    """Return a request that says its times in the reverse order, where the contract lets it; None: it has not two.

    What refuses it has a rule that no schema says.

    Args:
        operation: The operation.
        request: A request that it accepts.
    """
    body = _body(request)
    times = [key for key, value in body.items() if _is_moment(value)] if isinstance(body, dict) else []
    swapped = dict(zip(times, (body[key] for key in reversed(times)), strict=True))
    changed = replace(request, body=json_bytes({**body, **swapped})) if len(times) > 1 else request
    return None if changed.body == request.body or admission(operation, changed).refusals else changed


def fullest(operation: Operation, requests: Sequence[Request]) -> Request:
    """Return the first of the requests whose bodies have most members, of those that the contract declares alone.

    Args:
        operation: An operation that takes JSON.
        requests: Those of it that are right; at least one.
    """
    schema = json_schema(operation)
    declared = {name for part in in_place(schema, targets_in(schema)) for name in part.get("properties", {})}

    def members(request: Request) -> int:
        body = _body(request)
        return len(body) if isinstance(body, dict) and body.keys() <= declared else 0

    return max(requests, key=members)


def naming_receivers(operation: Operation, request: Request) -> Request:
    """Return a request with a URL in each place of its body that may ask for events, where it may have one there.

    Args:
        operation: The operation, with such places.
        request: A request that it accepts.
    """
    if json_media_type(operation) is None:
        return request
    for place in operation.addresses:
        body = _body(request)
        pointer = place.expression.name
        if place.expression.part != "body" or resolve(body, pointer) is not MISSING:
            continue
        *above, key = split(pointer)
        holder = resolve(body, "".join(map(join, above)))
        if isinstance(holder, dict):
            holder[key] = place.mark
            changed = replace(request, body=json_bytes(body))
            request = request if admission(operation, changed).refusals else changed
    return request


def _another_number(operation: Operation, request: Request, pointer: str, value: float, *numbers: int) -> Request:
    steps: list[float] = [number if isinstance(value, int) else number * _EIGHTH for number in numbers]
    for other in (other for step in steps for other in (value + step, value - step, step)):
        changed = _replaced(operation, request, pointer, other)
        if changed is not request:
            return changed
    return request


def _is_moment(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _moment(value) is not None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moved(text: str, number: int, place: int) -> str:
    """Return a time of another day for each number, and a date so many days later for each place, written as it was.

    Spans that lie on days of their own do not overlap: what is booked from one to the other is booked once.
    """
    moment = datetime.fromisoformat(text)
    if len(text) == len("2027-03-28"):
        return (moment + timedelta(days=number * place)).date().isoformat()
    later = (moment + timedelta(days=number, minutes=number * place)).isoformat()
    return later.removesuffix("+00:00") + "Z" if text.endswith("Z") else later


def _replaced(operation: Operation, request: Request, pointer: str, value: Any) -> Request:
    """Return a request with another value in its body, where the contract says of it what it said before."""
    body = _body(request)
    *above, key = split(pointer)
    holder = resolve(body, "".join(map(join, above)))
    holder[int(key) if isinstance(holder, list) else key] = value
    changed = replace(request, body=json_bytes(body))
    return changed if admission(operation, changed) == admission(operation, request) else request


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body or b"")
    except ValueError:
        return MISSING


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, str | float]]:
    """Yield the texts and the numbers of a body, each with its pointer."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, pointer + join(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, pointer + join(index))
    elif isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield pointer, value
