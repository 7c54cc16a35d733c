"""Counts which values the parameters of requests had, and which media types their bodies.

A parameter that no request varied was not looked at, nor was a media type that no body had.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract.messages import best_match, sent_path_value
from bothends.engine.counts import counted, told_apart
from bothends.records import MISSING, NotProven, Weight
from bothends.schemas import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import BodyRule, Contract, Operation, Parameter
    from bothends.engine.counts import Counts, Key
    from bothends.records import Exchange, Request

_ASKED = counted("requests with parameters", "operation")
_BODY = counted("bodies", "operation", "media type")
_VALUE = counted("parameter values", "operation", "location", "parameter", "value")
_RIGHT = counted("parameters with a right value", "operation", "location", "parameter")
_VARIED = counted("parameters with several values", "operation", "location", "parameter")
_ENOUGH = 2
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2.1)."""


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count the values of an exchange's request."""
    if exchange.case.request.method != operation.method:
        return
    counts.add(_ASKED, operation.id)
    media_type = None if operation.body is None else _media_type(operation.body, exchange.sent)
    if media_type is not None:
        counts.add(_BODY, operation.id, media_type)
    for parameter in operation.parameters:
        key = _key(operation, parameter)
        varied, right = counts.number(_VARIED, *key) > 0, counts.number(_RIGHT, *key) > 0
        for text in () if varied and right else texts_of(parameter, operation, exchange.sent):
            if not varied:
                counts.add(_VALUE, *key, told_apart(text))
                varied = len(counts.under(_VALUE, *key)) >= _ENOUGH
                counts.add(_VARIED, *key, times=varied)
            if not right:
                right = _may_be_right(parameter, text)
                counts.add(_RIGHT, *key, times=right)


def not_proven(counts: Counts, contract: Contract, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield the parameters that a whole run did not vary, and the media types that no body had.

    Those of the operations that it asked.

    Args:
        counts: What was seen.
        contract: The contract.
        hopeless: Operations of which no valid request has succeeded: that is said once.
    """
    for operation in contract.operations:
        of_setup = {(place.part, place.name) for place in operation.setup_places}
        # That nobody can sign in is told of the scheme, and says why nothing behind it was looked at.
        if not counts.number(_ASKED, operation.id) or operation.security.unplayable or operation.id in hopeless:
            continue
        yield from _unsent(counts, contract, operation)
        for parameter in operation.parameters:
            if _is_ignored(parameter) or (parameter.location, parameter.name) in of_setup:
                continue
            why, add = _lack(counts, operation, parameter)
            if why:
                yield NotProven(
                    f"parameter {parameter.name} of {operation.id}",
                    why,
                    where=str(contract.document.location(parameter.pointer)),
                    add=add,
                    weight=Weight.ANSWERS,
                )


def _unsent(counts: Counts, contract: Contract, operation: Operation) -> Iterator[NotProven]:
    for name in () if operation.body is None else operation.body.content:
        if not counts.number(_BODY, operation.id, name):
            yield NotProven(
                f"media type {name} of {operation.id}",
                "No request had a body of it: bothends makes none.",
                where=str(contract.document.location(f"{operation.pointer}/requestBody")),
                weight=Weight.ANSWERS,
            )


def _lack(counts: Counts, operation: Operation, parameter: Parameter) -> tuple[str, str]:
    """Return what no request had of a parameter, and the line to add; empty: nothing is missing."""
    key = _key(operation, parameter)
    values = counts.under(_VALUE, *key)
    if not values:
        return "No request had it.", "example: a value that its schema allows"
    if not counts.number(_RIGHT, *key):
        return "No request had a value that its schema allows.", "example: a value that its schema allows"
    if len(values) < _ENOUGH and not _is_fixed(parameter):
        return "All requests had the same value of it.", "a schema that allows other values"
    return "", ""


def _media_type(rule: BodyRule, request: Request) -> str | None:
    """Return the media type of a rule that the body of a request is of; None: it has none, or is of another."""
    said = request.header("content-type") if request.body else None
    return None if said is None else best_match(said.partition(";")[0].strip().lower(), rule.content)


def texts_of(parameter: Parameter, operation: Operation, request: Request) -> tuple[str, ...]:
    """Return the texts that a request has for a parameter, as they were sent; none where it has none.

    Args:
        parameter: The parameter.
        operation: Its operation.
        request: The request as sent.
    """
    match parameter.location:
        case "path":
            found = sent_path_value(operation.path, request.target, parameter.name)
            return () if found is MISSING else (str(found),)
        case "query":
            query = request.target.partition("?")[2]
            pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
            return tuple(value for name, value in pairs if _is_of(parameter, name))
        case "header":
            name = parameter.name.lower()
            return tuple(value for header, value in request.headers if header.lower() == name)
        case _:
            return tuple(value for name, value in _cookies(request) if name == parameter.name)


def _is_of(parameter: Parameter, name: str) -> bool:
    """Return whether a name in a query is a parameter's: an object has its members there, or `name[member]`."""
    raw = {} if parameter.schema is None else parameter.schema.raw
    members = raw.get("properties", {}) if _is_structured(parameter) else {}
    return name == parameter.name or name.startswith(f"{parameter.name}[") or name in members


def _cookies(request: Request) -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        if name.lower() == "cookie":
            for part in value.split(";"):
                key, _, text = part.strip().partition("=")
                yield key, text


def _may_be_right(parameter: Parameter, text: str) -> bool:
    """Return whether a text may be a value that the schema of a parameter allows; of lists and objects, each may be."""
    if parameter.schema is None or _is_structured(parameter):
        return True
    return any(parameter.schema.is_valid(value) for value in _readings(text))


def _readings(text: str) -> Iterator[Any]:
    yield text
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return  # it is that text, and nothing else


def _is_structured(parameter: Parameter) -> bool:
    raw = {} if parameter.schema is None else parameter.schema.raw
    kinds = raw.get("type", "string" if raw.keys().isdisjoint(("properties", *REFERENCES)) else "object")
    return bool({"array", "object"}.intersection([kinds] if isinstance(kinds, str) else kinds))


def _is_fixed(parameter: Parameter) -> bool:
    """Return whether there is one value only that a parameter may have."""
    raw = {} if parameter.schema is None else parameter.schema.raw
    return "const" in raw or len(raw.get("enum", ())) == 1


def _is_ignored(parameter: Parameter) -> bool:
    return parameter.location == "header" and parameter.name.lower() in _NOT_PARAMETERS


def _key(operation: Operation, parameter: Parameter) -> Key:
    return operation.id, parameter.location, parameter.name
