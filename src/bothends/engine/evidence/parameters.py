"""Counts which values the parameters of requests had, and which media types their bodies.

A parameter that no request varied was not looked at, nor was a media type that no body had.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

from bothends.contract.media_types import best_match
from bothends.contract.runtime_expressions import sent_path_value
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined, told_apart
from bothends.records import MISSING, NotProven, Weight
from bothends.schemas import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.contract.model import BodyRule, Parameter
    from bothends.engine.events import Event
    from bothends.records import Exchange, Request

_ENOUGH = 2
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2.1)."""


@dataclass(slots=True)
class _Seen:
    """What was seen of a parameter.

    Attributes:
        values: What tells apart the texts that it had, up to as many as are enough.
        is_right: Whether its schema takes one of them.
    """

    values: set[str] = field(default_factory=set)
    is_right: bool = False

    @property
    def is_enough(self) -> bool:
        return self.is_right and len(self.values) >= _ENOUGH


class ParameterTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_seen": dict[tuple[str, str, str], _Seen],
        "_asked": set[str],
        "_bodies": set[tuple[str, str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with no value seen."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._seen: dict[tuple[str, str, str], _Seen] = {}
        self._asked: set[str] = set()
        self._bodies: set[tuple[str, str]] = set()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take the values of an exchange's request."""
        operation = self._operations[exchange.case.operation]
        if exchange.case.request.method != operation.method:
            return
        self._asked.add(operation.id)
        media_type = None if operation.body is None else _media_type(operation.body, exchange.sent)
        if media_type is not None:
            self._bodies.add((operation.id, media_type))
        for parameter in operation.parameters:
            seen = self._seen.setdefault(_key(operation, parameter), _Seen())
            texts = () if seen.is_enough else texts_of(parameter, operation, exchange.sent)
            for text in texts:
                if len(seen.values) < _ENOUGH:
                    seen.values.add(told_apart(text))
                seen.is_right = seen.is_right or _may_be_right(parameter, text)

    def not_proven(self, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
        """Yield the parameters that a whole run did not vary, and the media types that no body had.

        Those of the operations that it asked.

        Args:
            hopeless: Operations of which no valid request has succeeded: that is said once.
        """
        for operation in self._contract.operations:
            of_setup = {(place.part, place.name) for place in operation.setup_places}
            # That nobody can sign in is told of the scheme, and says why nothing behind it was looked at.
            is_asked = operation.id in self._asked and not operation.security.unplayable
            is_asked = is_asked and operation.id not in hopeless
            if is_asked and operation.body is not None:
                yield from self._unsent(operation, operation.body)
            for parameter in operation.parameters if is_asked else ():
                if _is_ignored(parameter) or (parameter.location, parameter.name) in of_setup:
                    continue
                why, add = self._lack(operation, parameter)
                if why:
                    yield NotProven(
                        f"parameter {parameter.name} of {operation.id}",
                        why,
                        where=str(self._contract.document.location(parameter.pointer)),
                        add=add,
                        weight=Weight.ANSWERS,
                    )

    def _unsent(self, operation: Operation, rule: BodyRule) -> Iterator[NotProven]:
        for name in rule.content:
            if (operation.id, name) not in self._bodies:
                yield NotProven(
                    f"media type {name} of {operation.id}",
                    "No request had a body of it: bothends makes none.",
                    where=str(self._contract.document.location(f"{operation.pointer}/requestBody")),
                    weight=Weight.ANSWERS,
                )

    def _lack(self, operation: Operation, parameter: Parameter) -> tuple[str, str]:
        """Return what no request had of a parameter, and the line to add; empty: nothing is missing."""
        seen = self._seen.get(_key(operation, parameter), _Seen())
        if not seen.values:
            return "No request had it.", "example: a value that its schema allows"
        if not seen.is_right:
            return "No request had a value that its schema allows.", "example: a value that its schema allows"
        if not seen.is_enough and not _is_fixed(parameter):
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


def _key(operation: Operation, parameter: Parameter) -> tuple[str, str, str]:
    return operation.id, parameter.location, parameter.name
