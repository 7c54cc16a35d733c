"""`preconditions`: requests about an object as nobody has seen it (RFC 9110, section 13.1), if a contract has such.

Drawn requests have made-up preconditions by chance alone, and most of them about objects that are not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation

NAME = "preconditions"

# By the header: the name of a case, and a value. Of the tags and dates that an object may have, none is among them.
_VALUES = {
    "if-match": {"another-tag": '"bothends"', "any-tag": "*"},
    "if-unmodified-since": {"long-ago": "Sun, 06 Nov 1994 08:49:37 GMT"},
}


def preconditions_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with each precondition that the operation declares."""
    del contract
    right = requests.admitted_request(operation)
    if right is None:
        return
    expect = expectations.anything_declared(operation)
    for parameter in operation.parameters:
        declared = parameter.name.lower() if parameter.location == "header" else ""
        for name, value in _VALUES.get(declared, {}).items():
            others = tuple(pair for pair in right.headers if pair[0].lower() != declared)
            request = replace(right, headers=(*others, (parameter.name, value)))
            yield Case(operation.id, NAME, f"{declared}-{name}", request, expect=expect)


PRECONDITIONS = register(
    Family(
        NAME,
        preconditions_cases,
        "`If-Match` and `If-Unmodified-Since`, where the contract has them, about an object as nobody has seen it.\n\n"
        "A target refuses them, mostly with 412, or goes by what its schema says of their values; it answers as "
        "declared, and the event matches the answer.",
        # Behind all others, whose batches so stay as they are.
        after="tracing-headers",
        quick=("*",),
    )
)
