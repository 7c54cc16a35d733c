"""Families of bodies that are to be refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.cases.families import requests as bodies
from bothends.cases.families.boundaries import edges
from bothends.cases.families.family import Family, register
from bothends.cases.families.form_bodies import wrong_forms
from bothends.cases.families.requests import refused_cases, with_more
from bothends.cases.families.values import SAMPLES, property_names
from bothends.contract.messages import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Case, Request


# `malformed-body`: text that is not JSON (RFC 8259), sent as JSON.

MALFORMED_BODY_NAME = "malformed-body"

_PLAIN = {
    "empty": b"",
    "bare-word": b"undefined",
    "white-space-only": b" \r\n\t ",
    "open-brace": b"{",
    "open-list": b"[1, 2",
    "unclosed-text": b'{"a": "b',
    "no-value": b'{"a": }',
    "no-colon": b'{"a" 1}',
    "trailing-comma": b'{"a": 1,}',
    "single-quotes": b"{'a': 1}",
    "bare-key": b"{a: 1}",
    "comment": b'{"a": 1 /* one */}',
    "line-comment": b'{"a": 1 // one\n}',
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": Infinity}',
    "minus-infinity": b'{"a": -Infinity}',
    "plus-sign": b'{"a": +1}',
    "leading-zero": b'{"a": 01}',
    "hexadecimal": b'{"a": 0x1F}',
    "bare-fraction": b'{"a": .5}',
    "python-literals": b'{"a": None, "b": True}',
    "bad-escape": b'{"a": "\\x41"}',
    "raw-line-break": b'{"a": "b\nc"}',
    "raw-nul": b'{"a": "b\x00c"}',
    "raw-tab": b'{"a": "b\tc"}',
    "odd-white-space": b'{"a":\x0c1}',
    "unpaired-escape": b'{"a": "\\u12"}',
    "not-utf-8": b'{"a": "\xff"}',
    "overlong-utf-8": b'{"a": "\xc0\xaf"}',
    "cut-utf-8": b'{"a": "\xe2\x82"}',
    "surrogate-in-utf-8": b'{"a": "\xed\xa0\x80"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "utf-16-le": '{"a": 1}'.encode("utf-16-le"),
    "utf-16-be": '{"a": 1}'.encode("utf-16-be"),
    "form": b"a=1&b=2",
    "markup": b"<a>1</a>",
}


def malformed_body_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield text that is no JSON by itself, and a right body that is cut, doubled or followed by more."""
    del contract
    media_type = bodies.json_media_type(operation)
    if media_type is None:
        return
    name = next(iter(property_names(bodies.json_schema(operation))), "a")
    # With a name that the operation knows, it is the text alone that is wrong.
    texts = {key: text.replace(b'"a"', json_bytes(name)) for key, text in _PLAIN.items()}
    right = next((json_bytes(value) for _, value in bodies.admitted_values(operation)), None)
    if right is not None:
        texts |= {
            "cut-short": right[:-1],
            "doubled": right + right,
            "lines": right + b"\n" + right,
            "trailing-text": right + b" x",
            "trailing-brace": right + b"}",
            "trailing-nul": right + b"\0",
            "list-cut-short": b"[" + right + b",",
        }
    requests = {name: bodies.request(operation, body, media_type) for name, body in texts.items()}
    # A body that does not say how long it is is a body all the same (RFC 9112, section 6.3).
    requests["open-brace-chunked"] = replace(requests["open-brace"], framing="chunked")
    yield from refused_cases(operation, MALFORMED_BODY_NAME, requests.items())


MALFORMED_BODY_FAMILY = register(
    Family(
        MALFORMED_BODY_NAME,
        malformed_body_cases,
        "text that is not JSON (RFC 8259), sent as JSON.",
        after="signed-out",
    )
)


# `invalid-body`: JSON that the schema forbids.

INVALID_BODY_NAME = "invalid-body"


def invalid_body_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield what the schema forbids: wrong types, missing and additional properties; none that it may admit."""
    del contract
    for form_name, form_type, members in bodies.forms(operation):
        yield from refused_cases(operation, INVALID_BODY_NAME, wrong_forms(operation, form_name, form_type, members))
    media_type = bodies.json_media_type(operation)
    if media_type is None:
        return
    sent: set[bytes] = set()
    requests = []
    for name, value in _values(operation):
        body = json_bytes(value)
        if body not in sent:
            sent.add(body)
            requests.append((name, bodies.request(operation, body, media_type)))
    yield from refused_cases(operation, INVALID_BODY_NAME, requests)


def _values(operation: Operation) -> Iterator[tuple[str, Any]]:
    yield from ((f"just-{kind}", sample) for kind, sample in SAMPLES.items())
    base = bodies.right_value(operation)
    yield "list-of-one", [base]
    if not isinstance(base, dict):
        return
    yield from ((f"additional-{name}", value) for name, value in with_more(operation))
    for name in property_names(bodies.json_schema(operation)):
        yield f"without-{name}", {key: value for key, value in base.items() if key != name}
        if name.upper() != name:
            yield f"upper-case-{name}", {name.upper(): base.get(name)}
            yield f"capital-{name}", {**base, name.capitalize(): base.get(name)}
        yield from ((f"{name}-{kind}", {**base, name: sample}) for kind, sample in SAMPLES.items())
    yield from edges(operation)


INVALID_BODY_FAMILY = register(
    Family(
        INVALID_BODY_NAME,
        invalid_body_cases,
        "JSON that the schema forbids.",
        after="body-too-large",
    )
)


# `body-too-large`: a body that is valid except that it is over the declared limit.

BODY_TOO_LARGE_NAME = "body-too-large"


def body_too_large_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield bodies of one byte over the limit, and of twice the limit, by each way to frame them."""
    del contract
    limit = operation.body.max_bytes if operation.body else None
    right = bodies.admitted_request(operation)
    if limit is None or right is None or right.body is None:
        return
    yield from refused_cases(operation, BODY_TOO_LARGE_NAME, _requests(right, right.body, limit))
    # Over the limit in bytes, and under it in characters, in UTF-16 too.
    wide = bodies.filled(operation, limit + limit // 4, "\u20ac")
    if wide is not None:
        requests = [("in-bytes-only", wide), ("in-bytes-only-chunked", replace(wide, framing="chunked"))]
        yield from refused_cases(operation, BODY_TOO_LARGE_NAME, requests)


def _requests(right: Request, body: bytes, limit: int) -> Iterator[tuple[str, Request]]:
    # JSON allows white space at its end (RFC 8259 section 2), so the padded body is right but for its size.
    for name, size in (("one-over", limit + 1), ("twice", 2 * limit + 1)):
        padded = replace(right, body=body.ljust(size))
        yield name, padded
        yield f"{name}-chunked", replace(padded, framing="chunked")


BODY_TOO_LARGE_FAMILY = register(
    Family(
        BODY_TOO_LARGE_NAME,
        body_too_large_cases,
        "a body that is valid except that it is over the declared limit.",
        after="unsupported-media-type",
    )
)


# `unsupported-media-type`: a valid body with a media type that the operation does not accept.

UNSUPPORTED_MEDIA_TYPE_NAME = "unsupported-media-type"

# `text/plain`, forms: what a browser sends across origins without asking first (Fetch, "simple" headers).
_MEDIA_TYPES: dict[str, str | None] = {
    "text": "text/plain",
    "text-utf-8": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=b",
    "bytes": "application/octet-stream",
    "xml": "application/xml",
    "html": "text/html",
    "json-in-text": "text/json",
    "json-prefix": "application/jsonp",
    "json-longer": "application/jsonfoo",
    "json-shorter": "application/js",
    "json-unregistered": "application/x-json",
    "json-5": "application/json5",
    "json-parameter": 'text/plain; x="application/json"',
    "json-linked": "application/ld+json",
    "json-sequence": "application/json-seq",
    "json-lines": "application/x-ndjson",
    "json-patch": "application/merge-patch+json",
    "cloud-event": "application/cloudevents+json",
    "cloud-events": "application/cloudevents-batch+json",
    "none": None,
}


def unsupported_media_type_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right body under each media type that the operation does not take."""
    del contract
    right = bodies.admitted_request(operation)
    if right is None or right.body is None:
        return
    requests = ((name, bodies.request(operation, right.body, media_type)) for name, media_type in _MEDIA_TYPES.items())
    yield from refused_cases(operation, UNSUPPORTED_MEDIA_TYPE_NAME, requests)


UNSUPPORTED_MEDIA_TYPE_FAMILY = register(
    Family(
        UNSUPPORTED_MEDIA_TYPE_NAME,
        unsupported_media_type_cases,
        "a valid body with a media type that the operation does not accept.",
        after="malformed-body",
    )
)
