"""`odd-headers`: headers that are harmless or meant to mislead, and change nothing: a success and one event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations, signed_out
from bothends.cases.families.sessions import SIGNED_OUT
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "odd-headers"

# 2026-01-01 in milliseconds, and ten bytes: in a form that an ingest would take for an identity.
_SEED = "1767225600000,AAECAwQFBgcICQ=="

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


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with each set of headers; those that the contract declares are left out."""
    right = bodies.admitted_request(operation)
    if right is None:
        return
    declared = {parameter.name.lower() for parameter in operation.parameters if parameter.location == "header"}
    plain = Case(operation.id, family, "", right, expect=expectations.success(operation))
    refused = next(signed_out.cases(contract, operation), None)
    for name, headers in (*_HEADERS.items(), *_of_the_ingest(contract)):
        if not declared.intersection(header.lower() for header, _ in headers):
            request = replace(right, headers=(*right.headers, *headers))
            yield replace(plain, name=name, request=request)
            if name in _PAST_THE_SESSION and refused is not None:
                yield replace(refused, family=family, name=f"signed-out-{name}", request=request, given=(SIGNED_OUT,))


def _of_the_ingest(contract: Contract) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield headers that would mean something to the ingest if the target passed them on."""
    kind = next((ingest.kind for ingest in contract.settings.world.ingests.values()), None)
    if kind is not None:
        own = f"x-{kind}"
        yield "identity", ((f"{own}-event-id-seed", _SEED),)
        yield (
            "of-the-ingest",
            ((f"{own}-env", "branch"), (f"{own}-signature", "t=1&s=0"), (f"{own}-server-kind", "dev")),
        )
