"""`sizes`: bodies as large as the contract allows, bodies that are announced as larger, and very long heads.

A body over the limit that is sent in full is in `body-too-large`; here it is announced and never sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.raw_text import COOKIE_2, OWN_CONNECTION, raw_case, raw_text, right_request
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Request

family = "sizes"

_TEN_GIB = 10 << 30
# What a body may become when it is written with escapes, and an ingest's usual limit for an event.
_GROWTH, _LARGEST_EVENT = 6, 3 << 20
_BUFFERED = 256 << 10
_LONG_HEAD = "a very long head: refused with any status, or accepted (RFC 9110 section 5.4, RFC 9112 section 3)"
_TELLS = "100-continue"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield bodies at the limit, announcements over it, questions whether to go on, and long heads."""
    del contract
    right = right_request(operation)
    if right is None:
        return
    limit = operation.body.max_bytes if operation.body else None
    if limit is not None:
        yield from _at_the_limit(operation, right, limit)
        yield from _announced(operation, right, limit)
    yield from _late_bodies(operation, right)
    asking = replace(right, headers=(*right.headers, ("Expect", _TELLS)))
    success = expectations.success(operation)
    yield Case(
        operation.id, family, "told-to-go-on", asking, expect=success, behaviour="the client waits to be told to go on"
    )
    foreign = replace(right, headers=(*right.headers, ("Expect", "x-unknown")))
    why = "an unknown expectation: 417, or ignored (RFC 9110 section 10.1.1)"
    yield Case(
        operation.id, family, "unknown-expectation", foreign, expect=expectations.odd(why), behaviour=OWN_CONNECTION
    )
    yield from _long_heads(operation, right)


def _at_the_limit(operation: Operation, right: Request, limit: int) -> Iterator[Case]:
    success = expectations.success(operation)
    full = replace(right, body=(right.body or b"").ljust(limit))
    asking = replace(full, headers=(*right.headers, ("Expect", _TELLS)))
    plain = Case(operation.id, family, "", full, expect=success)
    yield replace(plain, name="limit-told-to-go-on", request=asking, behaviour="the client waits to be told to go on")
    if limit * _GROWTH > _LARGEST_EVENT:
        return
    for name, character in (("not-ascii", "é"), ("escapes", '"'), ("control-characters", "\x01"), ("emoji", "😀")):
        filled = requests.filled(operation, limit, character)
        if filled is not None:
            # It is the event's size that counts at the ingest, should any of the body be in it.
            yield replace(plain, name=f"grows-{name}", request=filled)


def _announced(operation: Operation, right: Request, limit: int) -> Iterator[Case]:
    """Yield lengths over the limit of which not a byte follows."""
    asking = f"Expect: {_TELLS}".encode()
    for name, size, more in (
        ("ten-gib-announced", _TEN_GIB, ()),
        ("one-over-announced", limit + 1, ()),
        ("over-and-asks", limit + 1, (asking,)),
        ("ten-gib-and-asks", _TEN_GIB, (asking,)),
    ):
        raw = raw_text(right, framing=(b"Content-Length: %d" % size,), more=more, body=b"")
        expect = expectations.never("a body that never arrives")
        yield raw_case(operation, family, name, right, raw, expect)


def _long_heads(operation: Operation, right: Request) -> Iterator[Case]:
    expect = expectations.odd(_LONG_HEAD)
    mark = "&" if "?" in right.target else "?"
    plain = Case(operation.id, family, "", right, expect=expect, behaviour=OWN_CONNECTION)
    for name, size in (("9-kib", 9 << 10), ("64-kib", 64 << 10)):
        yield replace(
            plain, name=f"target-of-{name}", request=replace(right, target=f"{right.target}{mark}x={'x' * size}")
        )
    heads: dict[str, tuple[tuple[str, str], ...]] = {
        "header-of-17-kib": (("X-Long", "x" * (17 << 10)),),
        "header-of-100-kib": (("X-Long", "x" * (100 << 10)),),
        "500-headers": tuple((f"X-Header-{number}", "x") for number in range(500)),
        "cookie-of-17-kib": (("Cookie", f"other={'x' * (17 << 10)}"),),
        "header-name-of-9-kib": (("X-" + "x" * (9 << 10), "x"),),
    }
    for name, headers in heads.items():
        yield replace(plain, name=name, request=replace(right, headers=(*right.headers, *headers)))


def _late_bodies(operation: Operation, right: Request) -> Iterator[Case]:
    """Yield refused requests whose body comes after the answer, and a right one after that on the same connection."""
    limit = operation.body.max_bytes if operation.body else None
    signed_out = operation.security.demanded
    second = raw_text(right, cookie=COOKIE_2)
    first: list[tuple[str, bytes, str]] = []
    if signed_out:
        # More than a server that does not read it on keeps in its buffers, where the contract lets it be so much.
        long = (right.body or b"").ljust(_BUFFERED if limit is None else min(_BUFFERED, limit))
        first.append(("signed-out", raw_text(right, cookie=b"", body=long), "signed-out"))
    if limit is not None:
        first.append(("too-large", raw_text(right, body=(right.body or b"").ljust(limit + 1)), "body-too-large"))
    for name, raw, refusal in first:
        yield raw_case(
            operation,
            family,
            f"late-body-{name}",
            right,
            raw + second,
            # Where the contract names no limit, the body may be beyond the target's own, which it may refuse first.
            replace(expectations.no_sign_in(operation), any_refusal=limit is None)
            if refusal == "signed-out"
            else expectations.refusal(operation, [refusal]),
            behaviour="the rest comes after the answer",
            following=expectations.success(operation),
        )


FAMILY = register(
    Family(
        family,
        cases,
        "bodies as large as the contract allows, bodies that are announced as larger, and very long heads.\n\nA body "
        "over the limit that is sent in full is in `body-too-large`; here it is announced and never sent.",
        after="other-origins",
    )
)
