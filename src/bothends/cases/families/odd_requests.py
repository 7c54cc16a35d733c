"""Families of odd bodies, media types, codings and headers."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests, sessions
from bothends.cases.families.boundaries import edges
from bothends.cases.families.family import Family, register
from bothends.cases.families.form_bodies import odd_forms
from bothends.cases.families.sessions import NO_SESSION
from bothends.cases.families.values import DOUBTFUL, many_keys
from bothends.contract import admission
from bothends.contract.messages import json_bytes
from bothends.contract.settings import UTF8_ONLY
from bothends.contract.tables import INGESTS
from bothends.contract.terms import BODY_TOO_LARGE, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from bothends.records import Case, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation


# `odd-body`: JSON that a correct target may accept or refuse: it is beyond what a parser must support, or its
# validity is unclear.
#
# In both cases the answer is a declared one and not a server error, and the event matches the answer.

ODD_BODY_NAME = "odd-body"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def odd_body_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield odd texts in a place where the operation takes anything, if it has one; else where it takes something."""
    del contract
    media_type = requests.json_media_type(operation)
    expect = expectations.anything_declared(operation)
    for form_name, form_type, members in requests.forms(operation):
        for name, request in odd_forms(operation, form_name, form_type, members):
            yield Case(operation.id, ODD_BODY_NAME, name, request, expect=expect)
    if operation.body is None or media_type is None:
        return
    for name, body in _bodies(operation):
        request = requests.request(operation, body, media_type)
        yield Case(operation.id, ODD_BODY_NAME, name, request, expect=expect)
    empty = requests.request(operation, b"", media_type)
    yield Case(
        operation.id,
        ODD_BODY_NAME,
        "empty-in-chunks",
        Request(empty.method, empty.target, empty.headers, b"", "chunked"),
        expect=expect,
    )
    more = ((f"additional-{name}", value) for name, value in requests.with_more(operation))
    for name, value in chain(edges(operation), more):
        request = requests.request(operation, json_bytes(value), media_type)
        if not admission(operation, request).certain:
            yield Case(operation.id, ODD_BODY_NAME, name, request, expect=expect)


def _bodies(operation: Operation) -> Iterator[tuple[str, bytes]]:
    limit = operation.body.max_bytes if operation.body else None
    for name, text in (*DOUBTFUL.items(), *many_keys(limit)):
        yield name, requests.around(operation, text)
    right = next((json_bytes(value) for _, value in requests.admitted_values(operation)), b"{}")
    yield "byte-order-mark", _BYTE_ORDER_MARK + right
    if right.startswith(b'{"'):
        yield "member-twice", right[:-1] + b"," + right[1:]


ODD_BODY_FAMILY = register(
    Family(
        ODD_BODY_NAME,
        odd_body_cases,
        "JSON that a correct target may accept or refuse: it is beyond what a parser must support, or its validity "
        "is unclear.\n\nIn both cases the answer is a declared one and not a server error, and the event matches the "
        "answer.",
        after="invalid-body",
    )
)


# `odd-media-types`: headers about the format of bodies that a target may refuse or ignore.
#
# Many servers handle them before the operation runs, so any 4xx is right. A server error is wrong, and so is
# an event that does not match the answer.

ODD_MEDIA_TYPES_NAME = "odd-media-types"

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


def odd_media_types_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with odd headers about its form, or the form of its answer."""
    del contract
    request = requests.admitted_request(operation)
    if request is None:
        return
    expect = expectations.taken_or_refused(operation)
    for name, wanted in _WANTED.items():
        others = (pair for pair in request.headers if pair[0] != "Accept")
        asking = replace(request, headers=(*others, ("Accept", wanted)))
        yield Case(operation.id, ODD_MEDIA_TYPES_NAME, name, asking, expect=expect)
    media_type = requests.json_media_type(operation)
    if media_type is None:
        return
    if not admission(operation, requests.request(operation, b"")).refusals:
        # There is nothing that could be of that type: some servers look at what is said, and others at what is there.
        text = requests.request(operation, b"", "text/plain")
        yield Case(operation.id, ODD_MEDIA_TYPES_NAME, "empty-body-as-text", text, expect=expect)
    if request.body is None:
        return
    no_utf8 = expectations.refused_where_promised(expect, UTF8_ONLY)
    for name, other in _JSON_TYPES.items():
        odd = requests.request(operation, request.body, other)
        if not admission(operation, odd).certain:
            yield Case(operation.id, ODD_MEDIA_TYPES_NAME, name, odd, expect=expect)
    for name, odd in _media_type_bodies(operation, request, request.body, media_type):
        yield Case(operation.id, ODD_MEDIA_TYPES_NAME, name, odd, expect=expect if _is_json(odd.body) else no_utf8)


def _is_json(body: bytes | None) -> bool:
    """Whether a body is JSON in UTF-8, whatever its media type says: ASCII is, in most charsets."""
    try:
        json.loads((body or b"").decode())
    except ValueError:
        return False
    return True


def _media_type_bodies(
    operation: Operation, right: Request, body: bytes, media_type: str
) -> Iterator[tuple[str, Request]]:
    for charset, encoding in _CHARSETS.items():
        named = f"{media_type}; charset={charset}"
        yield f"charset-{charset}", requests.request(operation, body, named)
        text = body.decode().encode(encoding, "backslashreplace")
        yield f"encoded-in-{charset}", requests.request(operation, text, named)
    yield "charset-unknown", requests.request(operation, body, f"{media_type}; charset=x-none")
    yield "charset-twice", requests.request(operation, body, f"{media_type}; charset=utf-8; charset=utf-16")
    yield "parameter-malformed", requests.request(operation, body, f"{media_type}; charset")
    yield "two-headers", replace(right, headers=(*right.headers, (requests.CONTENT_TYPE, "text/plain")))
    yield "two-in-one", requests.request(operation, body, f"{media_type}, text/plain")
    yield "empty", requests.request(operation, body, "")
    yield "no-media-type", requests.request(operation, body, "json")


ODD_MEDIA_TYPES_FAMILY = register(
    Family(
        ODD_MEDIA_TYPES_NAME,
        odd_media_types_cases,
        "headers about the format of bodies that a target may refuse or ignore.\n\nMany servers handle them before "
        "the operation runs, so any 4xx is right. A server error is wrong, and so is an event that does not match "
        "the answer.",
        after="odd-body",
    )
)


# `content-codings`: compressed bodies (RFC 9110 section 8.4), which the contract does not mention.
#
# A target may decode the body, or refuse it with any 4xx. It refuses a decompression bomb before it unpacks
# it.

CONTENT_CODINGS_NAME = "content-codings"

_BLOCK = 1 << 20
_BLOCKS = 48  # of 1 MiB, which gzip makes to about 1 KiB each
_REFUSALS = (BODY_TOO_LARGE, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE)
_GZIP = 31  # zlib's window bits for the gzip format


def content_codings_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right body in several codings, some of which it is not in."""
    del contract
    right = requests.admitted_request(operation)
    if right is None or not right.body:
        return
    expect = expectations.taken_or_refused(operation)
    for name, coding, body in _codings(right.body):
        yield Case(operation.id, CONTENT_CODINGS_NAME, name, _coded(right, coding, body), expect=expect)
    limit = operation.body.max_bytes if operation.body else None
    if limit is None or limit >= _BLOCK * _BLOCKS:
        return
    refused = expectations.refused_somehow(operation, _REFUSALS)
    around, _, after = requests.around(operation, b'"\0"').partition(b"\0")
    packed = bomb(around, after)
    yield Case(operation.id, CONTENT_CODINGS_NAME, "gzip-bomb", _coded(right, "gzip", packed), expect=refused)
    twice = _coded(right, "gzip, gzip", gzip.compress(packed, mtime=0))
    yield Case(operation.id, CONTENT_CODINGS_NAME, "gzip-bomb-twice", twice, expect=refused)


def _codings(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    packed = gzip.compress(body, mtime=0)
    yield "gzip", "gzip", packed
    yield "deflate", "deflate", zlib.compress(body)
    yield "gzip-twice", "gzip, gzip", gzip.compress(packed, mtime=0)
    yield "gzip-truncated", "gzip", packed[:-10]
    yield "gzip-over-plain", "gzip", body
    yield "deflate-over-plain", "deflate", body
    yield "brotli-over-plain", "br", body
    yield "unknown-coding", "x-none", body


def _coded(request: Request, coding: str, body: bytes) -> Request:
    return replace(request, headers=(*request.headers, ("Content-Encoding", coding)), body=body)


@lru_cache(maxsize=4)
def bomb(before: bytes, after: bytes) -> bytes:
    """Return a gzip member of some 48 KiB that unpacks to 48 MiB.

    After a full flush a deflate stream starts anew (RFC 1951), so one block of zeros serves for all.
    """
    zeros = b"0" * _BLOCK
    packer = zlib.compressobj(9, wbits=_GZIP)
    head = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    raw = zlib.compressobj(9, wbits=-15)
    block = raw.compress(zeros) + raw.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15)
    tail = end.compress(after) + end.flush()
    checksum = zlib.crc32(before)
    for _ in range(_BLOCKS):
        checksum = zlib.crc32(zeros, checksum)
    checksum = zlib.crc32(after, checksum)
    size = len(before) + _BLOCK * _BLOCKS + len(after)
    return head + block * _BLOCKS + tail + checksum.to_bytes(4, "little") + size.to_bytes(4, "little")


CONTENT_CODINGS_FAMILY = register(
    Family(
        CONTENT_CODINGS_NAME,
        content_codings_cases,
        "compressed bodies (RFC 9110 section 8.4), which the contract does not mention.\n\nA target may decode the "
        "body, or refuse it with any 4xx. It refuses a decompression bomb before it unpacks it.",
        after="odd-media-types",
    )
)


# `odd-headers`: headers that are harmless or misleading, and change nothing: a success and one event.

ODD_HEADERS_NAME = "odd-headers"

_HEADERS: dict[str, tuple[tuple[str, str], ...]] = {
    "forwarded-host": (("X-Forwarded-Host", "example.org"),),
    "forwarded-proto": (("X-Forwarded-Proto", "https"),),
    "forwarded-for": (("X-Forwarded-For", "127.0.0.1, 10.0.0.1"), ("X-Real-IP", "127.0.0.1")),
    "forwarded": (("Forwarded", "for=127.0.0.1;host=example.org;proto=https"),),
    "original-url": (("X-Original-URL", "/healthz"), ("X-Rewrite-URL", "/healthz")),
    "user-id": (("X-User-ID", "1"), ("X-User", "admin"), ("X-User-Email", "admin@example.org")),
    "traceparent": (
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "vendor=value"),
    ),
    "middleware-subrequest": (("x-middleware-subrequest", "middleware:middleware:middleware:middleware:middleware"),),
    "no-cache": (("Cache-Control", "no-cache"), ("Pragma", "no-cache")),
    "range": (("Range", "bytes=0-0"),),
    "te": (("TE", "trailers, deflate;q=0.5"),),
    "accept-encoding": (("Accept-Encoding", "identity, *;q=0"),),
    "accept-language": (("Accept-Language", "de, en;q=0.8, *;q=0.1"),),
    "empty-value": (("X-Empty", ""),),
    "not-ascii": (("X-Text", "caf\xe9"),),
    "same-name-often": tuple(("X-Many", str(number)) for number in range(20)),
    "many": tuple((f"X-Header-{number}", "value") for number in range(40)),
    "of-2-kib": (("X-Long", "x" * 2048),),
    "connection-close": (("Connection", "close"),),
    "connection-names": (("Connection", "keep-alive, X-Hop"), ("X-Hop", "1")),
    "idempotency-key": (("Idempotency-Key", "00000000-0000-4000-8000-000000000000"),),
    "request-id": (("X-Request-ID", "00000000-0000-4000-8000-000000000001"),),
}

# With these a caller without a session would like to be let in.
_PAST_THE_SESSION = ("user-id", "original-url", "middleware-subrequest", "forwarded-for")


def odd_headers_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with each set of headers; those that the contract declares are left out."""
    right = requests.admitted_request(operation)
    if right is None:
        return
    declared = {parameter.name.lower() for parameter in operation.parameters if parameter.location == "header"}
    plain = Case(operation.id, ODD_HEADERS_NAME, "", right, expect=expectations.success(operation))
    refused = next(sessions.signed_out_cases(contract, operation), None)
    for name, headers in (*_HEADERS.items(), *_of_the_ingest(contract)):
        if not declared.intersection(header.lower() for header, _ in headers):
            request = replace(right, headers=(*right.headers, *headers))
            yield replace(plain, name=name, request=request)
            if name in _PAST_THE_SESSION and refused is not None:
                yield replace(
                    refused, family=ODD_HEADERS_NAME, name=f"signed-out-{name}", request=request, given=(NO_SESSION,)
                )


def _of_the_ingest(contract: Contract) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield headers that would mean something to the ingest if the target passed them on."""
    kind = next((ingest.kind for ingest in contract.settings.world.ingests.values()), None)
    if kind is not None:
        yield from INGESTS.get(kind).spoofed_headers.items()


ODD_HEADERS_FAMILY = register(
    Family(
        ODD_HEADERS_NAME,
        odd_headers_cases,
        "headers that are harmless or misleading, and change nothing: a success and one event.",
        after="precedence",
    )
)


# `other-origins`: a valid request from a page of another site: accepted, with its event, or refused before an event
# is sent.
#
# The contract decides whether other sites may send requests; HTTP has no rule. A check that runs too late
# refuses the request although the event is already sent.

OTHER_ORIGINS_NAME = "other-origins"

# What browsers tell of where a request comes from: RFC 6454, and Fetch Metadata.
_FROM: dict[str, tuple[tuple[str, str], ...]] = {
    "another-site": (("Origin", "https://elsewhere.invalid"), ("Referer", "https://elsewhere.invalid/page")),
    "null": (("Origin", "null"),),
    "cross-site": (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "empty")),
    "same-site": (("Origin", "http://other.localhost"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")),
    # Names that begin, or end, as the target's own may.
    "name-that-goes-on": (("Origin", "http://127.0.0.1.elsewhere.invalid"),),
    "name-at-the-end": (("Origin", "http://example-localhost"),),
    "another-scheme": (("Origin", "https://127.0.0.1"),),
    "another-port": (("Origin", "http://127.0.0.1:1"),),
    "malformed": (("Origin", "http://["),),
}


def other_origins_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request from each place; where the contract declares such a header, it is left out."""
    del contract
    request = requests.admitted_request(operation)
    if request is None:
        return
    declared = {parameter.name.lower() for parameter in operation.parameters if parameter.location == "header"}
    expect = expectations.taken_or_refused(operation)
    for name, headers in _FROM.items():
        if not declared.intersection(header.lower() for header, _ in headers):
            asking = replace(request, headers=(*request.headers, *headers))
            yield Case(operation.id, OTHER_ORIGINS_NAME, name, asking, expect=expect)


OTHER_ORIGINS_FAMILY = register(
    Family(
        OTHER_ORIGINS_NAME,
        other_origins_cases,
        "a valid request from a page of another site: accepted, with its event, or refused before an event is "
        "sent.\n\nThe contract decides whether other sites may send requests; HTTP has no rule. A check that runs "
        "too late refuses the request although the event is already sent.",
        after="odd-headers",
    )
)
