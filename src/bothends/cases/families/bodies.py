"""Requests with a body, made from the examples and the schema of an operation.

Nothing here knows any one contract: bodies come from the spec's examples, or are built from what
the schema names, and `admission` says which of them the contract lets in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.cases.families.targets import headers_of, target_of
from bothends.contract.admission import admission
from bothends.contract.media_types import best_match, is_json
from bothends.records import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.model import Operation

CONTENT_TYPE = "Content-Type"

# One or two of each JSON type, RFC 8259 section 3. Numbers stay within what a double holds exactly.
SAMPLES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "negative": -17,
    "fraction": 1.5,
    "large-number": 9_007_199_254_740_991,
    "empty-text": "",
    "text": "text",
    "unicode": "Zürich, 東京, \N{ROCKET}, e\N{COMBINING ACUTE ACCENT}",
    "escapes": '"quoted" \\ / \b\f\n\r\t',
    "markup": "<script>${jndi:ldap://x}</script> {{7*7}} ' OR 1=1 --",
    "empty-list": [],
    "list": [1, "two", None, [True]],
    "empty-object": {},
    "object": {"a": {"b": [1, {"c": None}]}},
    "prototype": {"__proto__": {"admin": True}, "constructor": {"prototype": {}}},
}


def dump(value: Any) -> bytes:
    """Return a value as JSON text, in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode()


def request(operation: Operation, body: bytes | None = None, media_type: str | None = None) -> Request:
    """Return a request of an operation.

    Args:
        operation: The operation; its required parameters are filled from their examples.
        body: The body; None for no body, and then no media type either.
        media_type: The value of `Content-Type`; None for none.
    """
    headers = headers_of(operation)
    if body is not None and media_type is not None:
        headers.append((CONTENT_TYPE, media_type))
    return Request(operation.method, target_of(operation), tuple(headers), body)


def json_media_type(operation: Operation) -> str | None:
    """Return the first JSON media type that the operation takes, or None; `application/json` where it takes a range."""
    if operation.body is None:
        return None
    named = next((name for name in operation.body.content if is_json(name)), None)
    return named or ("application/json" if best_match("application/json", operation.body.content) else None)


def json_properties(operation: Operation) -> list[str]:
    """Return the names of the properties that the schema of a JSON body declares."""
    media_type = json_media_type(operation)
    if operation.body is None or media_type is None:
        return []
    schema = operation.body.content[best_match(media_type, operation.body.content) or media_type]
    return [] if schema is None else property_names(schema.raw)


def examples(operation: Operation) -> Iterator[tuple[str, Request]]:
    """Yield each example of the spec as a request, with its name."""
    for example in operation.examples:
        yield example.name, request(operation, _encode(example.value, example.media_type), example.media_type)


def admitted_values(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield JSON values that the contract certainly admits as a body, named, the spec's examples first."""
    media_type = json_media_type(operation)
    if media_type is None:
        return
    for name, value in _candidates(operation):
        verdict = admission(operation, request(operation, dump(value), media_type))
        if verdict.certain and not verdict.refusals:
            yield name, value


def admitted_request(operation: Operation) -> Request | None:
    """Return a request that the contract certainly admits, with a body if it can; None when none is known."""
    for _, found in examples(operation):
        if not admission(operation, found).refusals:
            return found
    media_type = json_media_type(operation)
    for _, value in admitted_values(operation):
        return request(operation, dump(value), media_type)
    bodiless = request(operation)
    return None if admission(operation, bodiless).refusals else bodiless


def property_names(schema: Any) -> list[str]:
    """Return the names of the properties that a schema declares at its top, through `$ref` and `allOf`.

    Args:
        schema: A self-contained JSON Schema; references lead to its own `$defs`.
    """
    found: dict[str, None] = {}
    pending, seen = [schema], set[str]()
    while pending:
        part = pending.pop(0)
        if not isinstance(part, dict):
            continue
        found.update(dict.fromkeys(part.get("properties", {})))
        pending += [branch for word in ("allOf", "anyOf", "oneOf") for branch in part.get(word, ())]
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            pending.append(_resolved(schema, reference))
    return list(found)


def _resolved(schema: Any, reference: str) -> Any:
    """Return what a local reference leads to, or None."""
    if not reference.startswith("#"):
        return None
    here = schema
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        here = here.get(key) if isinstance(here, dict) else None
    return here


def _candidates(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield values that may be right: the examples, samples, and an example with one property replaced."""
    given = [example for example in operation.examples if is_json(example.media_type)]
    yield from ((example.name, example.value) for example in given)
    yield from SAMPLES.items()
    base = next((example.value for example in given if isinstance(example.value, dict)), {})
    for name in json_properties(operation):
        yield from ((f"{name}-{kind}", {**base, name: sample}) for kind, sample in SAMPLES.items())


def _encode(value: Any, media_type: str) -> bytes:
    return value.encode() if isinstance(value, str) and not is_json(media_type) else dump(value)
