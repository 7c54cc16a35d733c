"""`odd-media-types`: headers about the form of bodies that a target may refuse, or pass over.

Many of these are dealt with before the operation is, so any 4xx will do. What must not be is a server
error, or an event that does not go with the answer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.contract.admission import admission
from bothends.contract.promises import UTF8_ONLY
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Request

family = "odd-media-types"

# Answers of other forms than JSON: 406 comes before the event, or not at all (RFC 9110 section 12.5.1).
_WANTED = {
    "accept-html": "text/html",
    "accept-xml": "application/xml;q=0.9",
    "accept-no-json": "application/json;q=0, text/plain",
    "accept-nothing": "",
    "accept-malformed": ";;q=x,,/",
}
# Where no `x-given` says what becomes of them, some servers take them for JSON (RFC 6839 section 3.1).
_JSON_TYPES: dict[str, str | None] = {
    "json-linked": "application/ld+json",
    "json-in-text": "text/json",
    "json-patch": "application/merge-patch+json",
    "cloud-event": "application/cloudevents+json",
    "none": None,
}
# RFC 8259 section 11 defines no `charset`.
_CHARSETS = {"utf-16": "utf-16-le", "iso-8859-1": "latin-1"}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with odd headers about its form, or the form of its answer."""
    del contract
    request = bodies.admitted_request(operation)
    if request is None:
        return
    expect = expectations.taken_or_refused(operation)
    for name, wanted in _WANTED.items():
        asking = replace(request, headers=(*request.headers, ("Accept", wanted)))
        yield Case(operation.id, family, name, asking, expect=expect)
    media_type = bodies.json_media_type(operation)
    if request.body is None or media_type is None:
        return
    no_utf8 = expectations.refused_where_promised(expect, UTF8_ONLY)
    for name, other in _JSON_TYPES.items():
        odd = bodies.request(operation, request.body, other)
        if not admission(operation, odd).certain:
            yield Case(operation.id, family, name, odd, expect=expect)
    for name, odd in _bodies(operation, request, request.body, media_type):
        yield Case(operation.id, family, name, odd, expect=expect if _is_json(odd.body) else no_utf8)


def _is_json(body: bytes | None) -> bool:
    """Whether a body is JSON in UTF-8, whatever its media type says: ASCII is, in most charsets."""
    try:
        json.loads((body or b"").decode())
    except ValueError:
        return False
    return True


def _bodies(operation: Operation, right: Request, body: bytes, media_type: str) -> Iterator[tuple[str, Request]]:
    for charset, encoding in _CHARSETS.items():
        named = f"{media_type}; charset={charset}"
        yield f"charset-{charset}", bodies.request(operation, body, named)
        text = body.decode().encode(encoding, "backslashreplace")
        yield f"encoded-in-{charset}", bodies.request(operation, text, named)
    yield "charset-unknown", bodies.request(operation, body, f"{media_type}; charset=x-none")
    yield "charset-twice", bodies.request(operation, body, f"{media_type}; charset=utf-8; charset=utf-16")
    yield "parameter-malformed", bodies.request(operation, body, f"{media_type}; charset")
    yield "two-headers", replace(right, headers=(*right.headers, (bodies.CONTENT_TYPE, "text/plain")))
    yield "two-in-one", bodies.request(operation, body, f"{media_type}, text/plain")
    yield "empty", bodies.request(operation, body, "")
    yield "no-media-type", bodies.request(operation, body, "json")
