"""What the contract alone says of a request: which refusals are right, if any.

The order in which a target looks at a request is its own: where several refusals apply at once, any
of them is right. Where a right target may take a request or refuse it, the verdict is not certain.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bothends.contract.messages import (
    URL_ENCODED,
    best_match,
    is_form,
    is_json,
    may_be_read_otherwise,
    parse_media_type,
    path_value,
    read_form,
    typed,
)
from bothends.contract.terms import BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from bothends.documents import JsonText, read_json_text
from bothends.records import join, resolve, split, with_value
from bothends.schemas import fits_schema, targets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.model import BodyRule, Operation
    from bothends.records import Request
    from bothends.schemas import Schema


# What the contract says of a request's path, query and headers.
#
# No `x-given` family is about them, so a parameter that is missing or wrong makes a verdict uncertain,
# and nothing more.

# OpenAPI reserves these header parameters for itself (3.1.0, section 4.8.12.2).
_RESERVED = frozenset({"accept", "content-type", "authorization"})


def doubts_of_parameters(operation: Operation, request: Request) -> Iterator[str]:
    """Yield why a right target may refuse a request for its parameters; nothing when none does."""
    if not operation.parameters:
        return
    given = _given(operation, request)
    for parameter in operation.parameters:
        where = f"the {parameter.location} parameter '{parameter.name}'"
        if parameter.location == "cookie" or (parameter.location == "header" and parameter.name.lower() in _RESERVED):
            continue
        text = given.get((parameter.location, parameter.name.lower()))
        if text is None:
            if parameter.required:
                yield f"{where} is missing"
        elif text != parameter.mark and not fits_schema(parameter.schema, text):
            yield f"{where} does not match its schema"
        elif text != parameter.mark and "." in text and _is_fraction_of_integer(parameter.schema, text):
            yield f"{where} is {AS_FRACTION}"


def _given(operation: Operation, request: Request) -> dict[tuple[str, str], str]:
    """Return the parameters that a request has, by location and name in lower case."""
    found = {("header", name.lower()): value for name, value in request.headers}
    query = request.target.partition("?")[2]
    for name, values in parse_qs(query, keep_blank_values=True).items():
        found["query", name.lower()] = values[0]
    for parameter in operation.parameters:
        if parameter.location == "path":
            value = path_value(operation.path, request.target, parameter.name)
            if isinstance(value, str):
                found["path", parameter.name.lower()] = value
    return found


_UTF_8 = ("utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class Admission:
    """A verdict on a request.

    Attributes:
        refusals: The families of `x-given` that apply; empty: the request is admitted.
        certain: Whether every right target must follow it.
        doubts: Why it is not certain, for a person to read.
    """

    refusals: frozenset[str]
    certain: bool = True
    doubts: frozenset[str] = frozenset()


_KNOWN = 2048
"""Verdicts that are remembered: families, and what draws from them, ask of the same requests many times."""
_LONGEST_KNOWN = 1 << 12
"""Bytes of a body whose verdict is remembered, and of what is sent in a request's place."""


class _It:
    """An operation that is equal to none but itself."""

    __slots__ = ("operation",)

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def __hash__(self) -> int:
        return id(self.operation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _It) and self.operation is other.operation


def admission(operation: Operation, request: Request) -> Admission:
    """Return what the contract says of a request to an operation, its session and the world left aside.

    Args:
        operation: The operation; the request's method and path are taken to be its own.
        request: What is sent.
    """
    if len(request.body or b"") + len(request.raw or b"") > _LONGEST_KNOWN:
        return _admission(operation, request)
    return _known(_It(operation), request)


@lru_cache(_KNOWN)
def _known(it: _It, request: Request) -> Admission:
    return _admission(it.operation, request)


def _admission(operation: Operation, request: Request) -> Admission:
    doubts = set(doubts_of_parameters(operation, request))
    refusals: set[str] = set()
    rule = operation.body
    if not request.body:
        if rule is not None and rule.required:
            refusals |= {INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE}
        if request.body is not None and request.framing == "chunked":
            doubts.add("an empty body in chunks, which some servers take for a body")
        if rule is not None and _is_of_another_type(rule, request):
            # 415 may be for the type that is said, whatever there is of it (RFC 9110 section 15.5.16).
            doubts.add("a media type of no body, which some servers look at")
    elif rule is None:
        doubts.add("a body that the contract does not declare")
    else:
        if rule.max_bytes is not None and len(request.body) > rule.max_bytes:
            refusals.add(BODY_TOO_LARGE)
        _look_at_body(operation, rule, request, refusals, doubts)
    return Admission(frozenset(refusals), not doubts, frozenset(doubts))


def _look_at_body(operation: Operation, rule: BodyRule, request: Request, refusals: set[str], doubts: set[str]) -> None:
    matched = _media_type(operation, rule, request, refusals, doubts)
    declared = matched if matched is not None else next(filter(is_json, rule.content), None)
    if declared is None:
        return
    if is_form(declared):
        _look_at_form(rule, declared, request, refusals, doubts)
        return
    if not is_json(declared) and not ("*" in declared and _says_json(request)):
        if rule.content[declared] is not None and not refusals:
            doubts.add("a schema for a body that is not JSON")
        return
    text = read_json_text(request.body or b"")
    if not text.well_formed:
        refusals.add(MALFORMED_BODY)
    elif text.readable:
        schema = rule.content[declared]
        if not _fits(schema, text, doubts):
            refusals.add(INVALID_BODY)
        else:
            doubts.update(_doubts_of_readers(schema, request.body or b"", text.value))
    doubts |= text.doubts


def _look_at_form(rule: BodyRule, declared: str, request: Request, refusals: set[str], doubts: set[str]) -> None:
    """Hold a form against its schema, its texts read as that has them."""
    written = read_form(request.body or b"", request.header("content-type") or "")
    if written is None:
        refusals.add(MALFORMED_BODY)
        doubts.add("a form that can't be read, which some servers take for an empty one")
        return
    schema = rule.content[declared]
    if schema is None:
        return
    # A part of a multipart body has a media type, by default that of its value (OpenAPI 3.1.0, section 4.8.14.5).
    encodings = rule.encodings.get(declared, {})
    unclear = (name for name, value in written.items() if isinstance(value, dict | list) and declared == URL_ENCODED)
    for name in unclear:
        known = encodings.get(name)
        if known is None or not known.style:
            doubts.add("a list or an object in a form, of which the contract does not say how it is written")
    value = typed(written, schema.raw, targets_in(schema.raw))
    if schema.is_valid(value):
        doubts.update(_doubts_of_formats(schema, value))
        return
    refusals.add(INVALID_BODY)
    if may_be_read_otherwise(written) or any(isinstance(each, list) for each in written.values()):
        doubts.add("a field that some servers read otherwise: it is empty, comes twice, or is like a number")


def _media_type(
    operation: Operation, rule: BodyRule, request: Request, refusals: set[str], doubts: set[str]
) -> str | None:
    """Return the declared media type that the request's body is of, or None."""
    # Where no `x-given` says what becomes of another media type, right servers differ in what they take for JSON.
    lenient = not operation.statuses_of(UNSUPPORTED_MEDIA_TYPE) and any(map(is_json, rule.content))
    codings = [value for name, value in request.headers if name.lower() == "content-encoding"]
    if any(value.strip().lower() not in ("", "identity") for value in codings):
        refusals.add(UNSUPPORTED_MEDIA_TYPE)
        doubts.add("a content coding, which some servers decode")
    values = [value for name, value in request.headers if name.lower() == "content-type"]
    if not values:
        refusals.add(UNSUPPORTED_MEDIA_TYPE)
        # Catalogue of what is right: with nothing to go by, a target may as well call it malformed.
        refusals.add(MALFORMED_BODY)
        if lenient:
            doubts.add("no media type, which some servers take for the declared one")
        return None
    if len(values) > 1 or "," in values[0]:
        doubts.add("several media types")
    media_type = parse_media_type(values[0])
    if not media_type.well_formed:
        doubts.add("a media type that does not follow RFC 9110")
    matched = best_match(media_type.essence, rule.content)
    if matched is None:
        refusals.add(UNSUPPORTED_MEDIA_TYPE)
        if lenient and is_json(media_type.essence):
            doubts.add("another JSON media type, which some servers accept")
    elif media_type.charset is not None and media_type.charset not in _UTF_8:
        # RFC 8259 gives the parameter no meaning: some refuse it, some don't look at it.
        refusals.add(UNSUPPORTED_MEDIA_TYPE)
        doubts.add("a charset other than UTF-8")
    return matched


def _is_of_another_type(rule: BodyRule, request: Request) -> bool:
    said = request.header("content-type")
    return said is not None and best_match(parse_media_type(said).essence, rule.content) is None


def _says_json(request: Request) -> bool:
    return is_json(request.header("content-type") or "")


def _fits(schema: Schema | None, text: JsonText, doubts: set[str]) -> bool:
    if schema is None:
        return True
    if not schema.is_valid(text.value):
        return False
    doubts.update(_doubts_of_formats(schema, text.value))
    return True


def _doubts_of_formats(schema: Schema, value: Any) -> Iterator[str]:
    """Yield what some servers check in a valid value: `format` is an annotation to others."""
    if not schema.is_valid_with_formats(value):
        yield "a wrong format, which some servers check"
    elif not schema.is_of_the_web(value):
        yield "a URL that is neither of http nor of https, which some servers refuse"


# What is valid, and what some readers of JSON take for something else.

_GUARDED = "a member that JavaScript's prototypes go by, which some parsers refuse"
"""secure-json-parse, as Fastify has it, refuses `__proto__` and `constructor.prototype`; @hapi/bourne, the first."""


def _doubts_of_readers(schema: Schema | None, body: bytes, value: Any) -> Iterator[str]:
    """Yield what some readers refuse in a valid body, whatever the contract says."""
    if (b"proto" in body or b"\\u" in body) and _has_guarded_name(value):
        yield _GUARDED
    if schema is not None and _FRACTION.search(body) and _has_fraction_of_integer(schema, value):
        yield AS_FRACTION


def _has_guarded_name(value: Any) -> bool:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            made_by = each.get("constructor")
            if "__proto__" in each or (isinstance(made_by, dict) and "prototype" in made_by):
                return True
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


# Integers that are written as fractions.

AS_FRACTION = "an integer that is written with a fraction of zero, which some parsers refuse"
"""It is valid (JSON Schema 2020-12, core, section 4.2.3), and Go, serde, Jackson and strict pydantic take none."""
_FRACTION = re.compile(rb"[0-9](\.0|[eE])")
_MOST_FRACTIONS = 16
_NO_CHOICE = 4_503_599_627_370_449
"""An integer that hardly any contract has as a constant: what refuses it says which constants there are."""


def _has_fraction_of_integer(schema: Schema, value: Any) -> bool:
    """Return whether a valid value has a number that is written `1.0`, where its schema asks for an integer."""
    for pointer, number in islice(_whole_fractions(value), _MOST_FRACTIONS):
        keys = split(pointer)

        def is_valid(near: float, keys: list[str] = keys) -> bool:
            return schema.is_valid(with_value(value, keys, near))

        if _is_integer(is_valid, number) and not _is_written_so(schema, value, pointer, number):
            return True
    return False


def _is_written_so(schema: Schema, value: Any, pointer: str, number: float) -> bool:
    """Return whether the contract itself writes a number of a valid value as a fraction, as a constant or a choice.

    Nobody can send it otherwise and be sure that it is the one that is asked for: a right target takes it.
    """
    for error in schema.errors(with_value(value, split(pointer), _NO_CHOICE)):
        keyword = error.schema_pointer.rpartition("/")[2]
        if keyword in ("const", "enum") and f"{pointer}/".startswith(f"{error.pointer}/"):
            stated = resolve(schema.raw, error.schema_pointer)
            inside = pointer.removeprefix(error.pointer)
            written = [resolve(each, inside) for each in (stated if keyword == "enum" else [stated])]
            if any(isinstance(each, float) and each == number for each in written):
                return True
    return False


def _is_fraction_of_integer(schema: Schema | None, text: str) -> bool:
    """Return the same of the text of a parameter that fits its schema."""
    try:
        number = float(text)
    except ValueError:
        return False
    whole = number.is_integer() and not math.nextafter(number, math.inf).is_integer()
    if schema is None or not whole or schema.is_valid(text):
        return False
    return _is_integer(schema.is_valid, number) and not _is_written_so(schema, number, "", number)


def _is_integer(is_valid: Callable[[float], bool], number: float) -> bool:
    """Return whether a number is asked for as an integer: of any other kind of number, one that is near is valid."""
    return not any(is_valid(math.nextafter(number, way)) for way in (-math.inf, math.inf))


def _whole_fractions(value: Any) -> Iterator[tuple[str, float]]:
    """Yield the numbers that are written as fractions and are whole, as far as a number near them is not."""
    pending = [("", value)]
    while pending:
        pointer, each = pending.pop()
        if isinstance(each, float) and each.is_integer() and not math.nextafter(each, math.inf).is_integer():
            yield pointer, each
        elif isinstance(each, dict | list):
            members = each.items() if isinstance(each, dict) else enumerate(each)
            pending += [(pointer + join(key), one) for key, one in members]


# Where an invalid body is invalid.

_OF_MEMBERS = frozenset({"required", "additionalProperties", "unevaluatedProperties", "dependentRequired"})
"""Keywords that stand at an object, and are about one of its members: the error's message names it."""


def broken_keywords(operation: Operation, request: Request) -> frozenset[tuple[str, str]]:
    """Return which keywords of its schema a JSON body breaks: each pointer, with the member that it is about."""
    rule, text = operation.body, None if not request.body else read_json_text(request.body)
    if rule is None or text is None or not (text.well_formed and text.readable):
        return frozenset()
    declared = best_match(parse_media_type(request.header("content-type") or "").essence, rule.content)
    schema = None if declared is None or not is_json(declared) else rule.content[declared]
    errors = [] if schema is None else schema.errors(text.value)
    return frozenset(
        (error.schema_pointer, error.message if error.schema_pointer.rpartition("/")[2] in _OF_MEMBERS else "")
        for error in errors
    )
