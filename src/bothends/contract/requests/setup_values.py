"""`x-from: setup.NAME` in a request: the value that a valid request has there.

The value is known when the target is ready, and differs from start to start. So a case has a mark in that place, which
its schema takes; when the case is sent, the value replaces the mark. IDs and replays do not depend on the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import RequestPlace
from bothends.contract.requests.marks import LENGTH, filled
from bothends.contract.terms import read_source
from bothends.records import join, split
from bothends.schemas import Schema, located, targets_in, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bothends.contract.terms import Sources
    from bothends.records import Request
    from bothends.schemas import Bundle, Target

X_FROM = "x-from"
_KIND = "setup"
_NO_TEXT = ".json"
"""Stands in the mark of a value that is no text, behind its name, which has no dot."""
_NEVER = ".never"
"""Stands in a mark behind the name of the value that another one is unlike."""
_VALUES = frozenset({"const", "enum", "default", "examples"})


@dataclass(frozen=True, slots=True)
class SetupPlace(RequestPlace):
    """A place in requests that has a value of setup.

    Attributes:
        value: Name of the setup value.
        schema: What the contract says of the place; None: anything.
        is_text: Whether a text may be there; of a place in a body that has another type, a report shows no quotes.
    """

    value: str
    schema: Schema | None = None
    is_text: bool = True

    @property
    def mark(self) -> str:
        """What stands there in a case."""
        return mark_of(self.value, is_text=self.is_text)

    @property
    def never(self) -> str:
        """What stands there in a case about another value, which nobody has."""
        return mark_of(f"{self.value}{_NEVER}", is_text=self.is_text)

    @property
    def title(self) -> str:
        """What a person calls it: the name of the parameter, or of the member of the body."""
        return split(self.name)[-1] if self.part == "body" else self.name

    def is_unlike(self, request: Request) -> bool:
        """Return whether a request has another value there, which nobody has."""
        texts = (request.target, *(value for _, value in request.headers))
        return any(self.never in text for text in texts) or self.never.encode() in (request.body or b"")


def mark_of(name: str, *, is_text: bool = True) -> str:
    """Return the mark of a setup value, for a text or for none: characters that no URL, form or JSON text escapes."""
    return f"~setup.{name}{'' if is_text else _NO_TEXT}~".ljust(LENGTH, "~")


def _takes_text(schema: Schema) -> bool:
    """Return whether a schema may take a text: the type that it gives is no other one."""
    return not any(
        not error.pointer and error.schema_pointer.rpartition("/")[2] == "type" for error in schema.errors("text")
    )


# Reading.


def setup_source(schema: Any) -> str | None:
    """Return the `x-from` of a schema or a parameter, if it names a value of setup."""
    text = schema.get(X_FROM) if isinstance(schema, dict) else None
    return text if isinstance(text, str) and text.startswith(f"{_KIND}.") else None


def read_setup_places(schema: Schema, bundled: Bundle, sources: Sources) -> Iterator[SetupPlace]:
    """Yield the places of a JSON body that have a value of setup.

    Raises:
        ContractError: One is where its place in a body is not certain, or names what setup does not yield.
    """
    found: dict[str, tuple[str, Any]] = {}
    _look(targets_in(schema.raw), schema.raw, "", "", found, frozenset())
    for pointer, part in walk(schema.raw):
        if setup_source(part) is not None and pointer not in found:
            raise bundled.origin(pointer + join(X_FROM)).error(
                "In a request, x-from: setup.… can't stand here.",
                expected="a property of the body or of an object in it, not in a list or under oneOf or anyOf",
            )
    for pointer, (place, part) in found.items():
        source = read_source(bundled.origin(pointer + join(X_FROM)), sources)
        own = _own(part, schema)
        yield SetupPlace("body", place, source.name, own, _takes_text(own))


def _look(  # noqa: PLR0913, PLR0917 -- one step of a walk through two trees at once
    target: Target, part: Any, pointer: str, place: str, found: dict[str, Any], seen: frozenset[str]
) -> None:
    """Note each `x-from` that surely holds of one place: by its pointer in the schema, and that in the body."""
    if not isinstance(part, dict):
        return
    if setup_source(part) is not None:
        found[pointer] = (place, part)
        return
    for at, each in located(part, pointer, target):
        if at not in seen:
            _look(target, each, at, place, found, seen | {at})
    for name, each in part.get("properties", {}).items():
        _look(target, each, pointer + join("properties", name), place + join(name), found, seen)


def _own(part: dict[str, Any], schema: Schema) -> Schema:
    """Return what a schema says of a value of setup, by itself."""
    return Schema({**_bare(part), "$defs": schema.raw.get("$defs", {})})


def _bare(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != X_FROM}


def taking_marks(schema: Schema) -> Schema:
    """Return a schema that takes the mark of a setup value in each place that has one, and else what it takes."""

    def changed(part: Any) -> Any:
        if isinstance(part, list):
            return [changed(each) for each in part]
        if not isinstance(part, dict):
            return part
        text = setup_source(part)
        if text is not None:
            mark = mark_of(text.partition(".")[2], is_text=_takes_text(_own(part, schema)))
            return {"anyOf": [{"const": mark}, _bare(part)]}
        return {key: value if key in _VALUES else changed(value) for key, value in part.items()}

    return schema.like(changed(schema.raw))


def parameter_schema(schema: Schema | None, value: str) -> Schema | None:
    """Return the schema of a parameter that has a value of setup: it takes the mark as well."""
    if schema is None:
        return None
    definitions = schema.raw.get("$defs", {})
    rest = {key: part for key, part in schema.raw.items() if key not in ("$defs", "$schema", X_FROM)}
    return schema.like({"anyOf": [{"const": mark_of(value)}, rest], "$defs": definitions})


# Values in requests.


def filled_by_setup(
    request: Request,
    places: Sequence[SetupPlace],
    values: Mapping[str, Any],
    unlike: Callable[[SetupPlace, Any], Any] | None = None,
) -> Request:
    """Return a request with the value of setup in place of each mark.

    `unlike` returns a value that nobody has, by that of setup; None: nothing asks for one.
    """
    for place in places:
        if place.value in values and unlike is not None and place.is_unlike(request):
            request = filled(request, place.never, unlike(place, values[place.value]))
        if place.value in values:
            request = filled(request, place.mark, values[place.value])
    return request


# Marks in reports.

_NAME = r"~setup\.([A-Za-z_][A-Za-z0-9_-]*)"
_OTHER = rf"({re.escape(_NEVER)})?"
_MARK = re.compile(rf'"{_NAME}{_OTHER}{re.escape(_NO_TEXT)}~+"|{_NAME}{_OTHER}(?:{re.escape(_NO_TEXT)})?~+')


def _named(mark: re.Match[str]) -> str:
    unknown = "unknown-" if mark[2] or mark[4] else ""
    return f"{{{unknown}setup.{mark[1] or mark[3]}}}"


def setup_named(request: Request) -> Request:
    """Return a request in which each mark is `{setup.NAME}`, or `{unknown-setup.NAME}`, for a person to read.

    In JSON, a text keeps its quotes; what is no text has none: what stands there is the value as it is written.
    """

    def named(text: str) -> str:
        return _MARK.sub(_named, text)

    def in_bytes(body: bytes | None) -> bytes | None:
        if body is None or b"~setup." not in body:
            return body
        return named(body.decode("latin-1")).encode("latin-1")

    return replace(
        request,
        target=named(request.target),
        headers=tuple((name, named(value)) for name, value in request.headers),
        body=in_bytes(request.body),
        raw=in_bytes(request.raw),
    )
