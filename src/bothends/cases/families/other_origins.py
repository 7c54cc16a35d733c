"""`other-origins`: a right request from a page of another site: taken, with its event, or refused before there is one.

Whether other sites may ask is for a contract to say, and HTTP has no rule. A guard that comes too late refuses, and
the event is sent all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "other-origins"

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


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request from each place; where the contract declares such a header, it is left out."""
    del contract
    request = bodies.admitted_request(operation)
    if request is None:
        return
    declared = {parameter.name.lower() for parameter in operation.parameters if parameter.location == "header"}
    expect = expectations.taken_or_refused(operation)
    for name, headers in _FROM.items():
        if not declared.intersection(header.lower() for header, _ in headers):
            asking = replace(request, headers=(*request.headers, *headers))
            yield Case(operation.id, family, name, asking, expect=expect)
