"""`tracing-headers`: what proxies and tracers add to a request, at the extremes that their standards allow.

Sources: Trace Context (W3C) sections 3.2, 3.3 and 4.3; Baggage (W3C) section 3.3.1; RFC 7239 (Forwarded); RFC 9110
section 7.6.3 (Via).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, Operation

NAME = "tracing-headers"
_Headers = tuple[tuple[str, str], ...]

_TRACE = "0af7651916cd43dd8448eb211c80319c"
_SPAN = "b7ad6b7169203331"
_SOUND = f"00-{_TRACE}-{_SPAN}-01"


def _members(count: int, size: int) -> str:
    """Return a list of members, `k0=vvv,k1=vvv`, of so many characters in all."""
    names = [f"k{number}=" for number in range(count)]
    room, more = divmod(size - len(",".join(names)), count)
    return ",".join(name + "v" * (room + (index < more)) for index, name in enumerate(names))


# Of no effect on what a request means.
_HARMLESS: Mapping[str, _Headers] = {
    "traceparent-of-a-later-version": (("traceparent", f"01-{_TRACE}-{_SPAN}-01-what-comes-later"),),
    "traceparent-all-flags": (("traceparent", f"00-{_TRACE}-{_SPAN}-ff"),),
    "traceparent-not-sampled": (("traceparent", f"00-{_TRACE}-{_SPAN}-00"),),
    "traceparent-of-zeros": (("traceparent", f"00-{'0' * 32}-{'0' * 16}-01"),),
    "traceparent-upper-case": (("traceparent", _SOUND.upper()),),
    "traceparent-of-no-version": (("traceparent", f"ff-{_TRACE}-{_SPAN}-01"),),
    "traceparent-too-short": (("traceparent", _SOUND[:-1]),),
    "traceparent-twice": (("traceparent", _SOUND), ("traceparent", f"00-{_SPAN * 2}-{_SPAN}-01")),
    "traceparent-empty": (("traceparent", ""),),
    "tracestate-of-512-characters": (("traceparent", _SOUND), ("tracestate", _members(32, 512))),
    "tracestate-in-two-lines": (("traceparent", _SOUND), ("tracestate", "a=1,,"), ("tracestate", "t@v=2 , b=3")),
    "tracestate-alone": (("tracestate", "vendor=value"),),
    "baggage": (("baggage", "user=Am%C3%A9lie;p=1;q, flag=,session=%7B%7D"),),
    "baggage-of-64-members": (("baggage", _members(64, 1024)),),
    "other-tracers": (
        ("X-B3-TraceId", _TRACE),
        ("X-B3-SpanId", _SPAN),
        ("X-B3-Sampled", "1"),
        ("b3", f"{_TRACE}-{_SPAN}-d"),
        ("uber-trace-id", f"{_TRACE}:{_SPAN}:0:1"),
        ("X-Amzn-Trace-Id", f"Root=1-{_TRACE[:8]}-{_TRACE[8:]};Sampled=1"),
        ("X-Cloud-Trace-Context", f"{_TRACE}/1;o=1"),
    ),
    "request-id": (("X-Request-Id", _TRACE), ("X-Correlation-Id", _TRACE)),
    "request-id-of-200-characters": (("X-Request-Id", "a-" * 100),),
    "via": (("Via", '1.0 fred, 1.1 p.example.net (Apache "1.1"), HTTP/2.0 [2001:db8::1]:8080'),),
    "forwarded-for-20-hops": (("X-Forwarded-For", ", ".join(f"203.0.113.{number}" for number in range(20))),),
    "forwarded-for-of-version-6": (("X-Forwarded-For", '"[2001:db8::1]:4711", unknown, _hidden'),),
}

# Many servers take no more than 8 KiB of headers; what a proxy may send they may refuse.
_LARGE: Mapping[str, _Headers] = {
    "baggage-of-8192-bytes": (("baggage", _members(64, 8192)),),
    "baggage-of-180-members": (("baggage", _members(180, 4096)),),
}

# By these, a target may rightly redirect, or write other absolute URLs into its answer.
_OF_THE_OUTSIDE: Mapping[str, _Headers] = {
    "forwarded-of-several-hops": (
        ("Forwarded", 'for="[2001:db8:cafe::17]:4711";proto=http;by=203.0.113.43, for=_hidden;host="shop.example"'),
    ),
    "forwarded-proto-http": (("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "80")),
    "forwarded-host-twice": (("X-Forwarded-Host", "shop.example, proxy.example:8443"),),
    "forwarded-prefix": (("X-Forwarded-Prefix", "/shop"), ("X-Forwarded-Path", "/shop/orders")),
}
_WHY = "a target may go by what a proxy says of the outside: it redirects, or writes other URLs"


def tracing_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with each set of headers; those that the contract declares are left out."""
    del contract
    right = requests.admitted_request(operation)
    if right is None:
        return
    declared = {parameter.name.lower() for parameter in operation.parameters if parameter.location == "header"}
    for sets, expect in (
        (_HARMLESS, expectations.success(operation)),
        (_LARGE, expectations.taken_or_refused(operation)),
        (_OF_THE_OUTSIDE, expectations.odd(_WHY)),
    ):
        for name, headers in sets.items():
            if not declared.intersection(header.lower() for header, _ in headers):
                request = replace(right, headers=(*right.headers, *headers))
                yield Case(operation.id, NAME, name, request, expect=expect)


TRACING_HEADERS = register(
    Family(
        NAME,
        tracing_cases,
        "headers that proxies and tracers add, at the extremes that their standards allow: they change neither answer "
        "nor event. What a proxy says of the outside may change URLs in the answer.",
        # Behind all others, whose batches so stay as they are.
        after="crowd",
        quick=("traceparent-of-a-later-version", "baggage-of-64-members"),
    )
)
