"""`success`: valid requests while all services work.

The examples of the spec come first, then a request without a body where one is not required, and odd bodies that are
valid.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from bothends.cases.families import expectations, requests, values
from bothends.cases.families.boundaries import edges
from bothends.cases.families.family import Family, register
from bothends.cases.families.form_bodies import right_forms
from bothends.cases.families.permissions import shared_cases
from bothends.cases.families.requests import with_more
from bothends.cases.families.variants import variants
from bothends.contract import admission
from bothends.contract.messages import json_bytes
from bothends.records import Case, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation


SUCCESS_NAME = "success"
USUAL_NAME = "usual"
"""What the usual request of an operation is called, whatever its case is."""


def success_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases, each alone in its world, so that what it makes the target call is its own."""
    del contract
    expect = expectations.success(operation)
    given = dict(requests.examples(operation))
    names: set[str] = set()
    sent: set[Request] = set()
    for name, request in chain(given.items(), _requests(operation)):
        verdict = admission(operation, request)
        # That an example is right is the spec's word; of the rest, the contract must be certain.
        right = not verdict.refusals and (verdict.certain or given.get(name) is request)
        if right and name not in names and request not in sent:
            names.add(name)
            sent.add(request)
            yield Case(operation.id, SUCCESS_NAME, name, request, expect=expect, exclusive=True)
    media_type = requests.json_media_type(operation)
    for name, value in variants(operation):
        request = requests.request(operation, json_bytes(value), media_type)
        if name not in names and request not in sent:
            sent.add(request)
            yield Case(operation.id, SUCCESS_NAME, name, request, expect=expect)


def _requests(operation: Operation) -> Iterator[tuple[str, Request]]:
    yield "no-body", requests.request(operation)
    media_type = requests.json_media_type(operation)
    if media_type is not None:
        yield from _of_json(operation, media_type)
    for name, form_type, members in requests.forms(operation):
        yield from right_forms(operation, name, form_type, members)


def _of_json(operation: Operation, media_type: str) -> Iterator[tuple[str, Request]]:
    yield "empty-body", requests.request(operation, b"")
    yield "empty-body-as-json", requests.request(operation, b"", media_type)
    base: bytes | None = None
    for name, value in requests.admitted_values(operation):
        body = json_bytes(value)
        base = body if base is None else base
        yield name, requests.request(operation, body, media_type)
    for name, body in _odd_bodies(operation, base):
        yield name, requests.request(operation, body, media_type)
    if base is not None:
        yield from _wrappings(operation, base, media_type)


def _odd_bodies(operation: Operation, base: bytes | None) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that are written oddly, or are at a bound, or have more in them than is looked at."""
    for name, text in values.RIGHT.items():
        body = requests.fitting(operation, text)
        if body is not None:
            yield name, body
    if base is not None and base.startswith(b'{"'):
        yield "escaped-name", b'{"\\u%04x' % base[2] + base[3:]
    yield from ((f"{name}-absent", json_bytes(value)) for name, value in _shorter(operation))
    yield from ((name, json_bytes(value)) for name, value in edges(operation))
    yield from ((f"additional-{name}", json_bytes(value)) for name, value in with_more(operation))


def _shorter(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield the first right object without one of its properties, each by its name."""
    values_of = (value for _, value in requests.admitted_values(operation))
    whole = next((value for value in values_of if isinstance(value, dict)), {})
    for name in whole:
        yield name, {other: value for other, value in whole.items() if other != name}


def _wrappings(operation: Operation, base: bytes, media_type: str) -> Iterator[tuple[str, Request]]:
    """Yield one right body in the forms that it may as well take."""
    plain = requests.request(operation, base, media_type)
    yield "charset-utf-8", requests.request(operation, base, f"{media_type}; charset=utf-8")
    yield "media-type-upper-case", requests.request(operation, base, media_type.upper())
    yield "media-type-parameter", requests.request(operation, base, f"{media_type} ; q=1")
    yield "white-space-around", replace(plain, body=b" \r\n\t" + base + b"\n")
    yield "chunked", replace(plain, framing="chunked")
    limit = operation.body.max_bytes if operation.body else None
    if limit is not None and len(base) <= limit:
        full = replace(plain, body=base.ljust(limit))
        yield "at-the-limit", full
        yield "at-the-limit-chunked", replace(full, framing="chunked")


SUCCESS_FAMILY = register(
    Family(
        SUCCESS_NAME,
        lambda contract, operation: chain(success_cases(contract, operation), shared_cases(contract, operation)),
        "valid requests while all services work.\n\nThe examples of the spec come first, then a request without a "
        "body where one is not required, and odd bodies that are valid. Where an object is there for all callers "
        "(`x-shared`), one asks for what another has made.",
    )
)
