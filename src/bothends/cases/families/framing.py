"""`framing`: messages whose end two readers could see in two places, and messages that break off.

What is broken is refused, or the connection is closed; it is never executed, and no part of it ever
becomes a request of its own. What HTTP leaves to the server is executed once, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.framing_chunks import chunk_texts
from bothends.cases.families.framing_heads import head_texts, host_texts, version_texts
from bothends.cases.families.framing_lengths import cut_texts, length_texts
from bothends.cases.families.framing_smuggled import following_texts, smuggled_texts
from bothends.cases.families.raw_text import HALF_CLOSES, OWN_CONNECTION, PATIENT, raw_case, right_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.families.raw_text import Text
    from bothends.contract.model import Contract, Operation
    from bothends.contract.security import Requirement
    from bothends.records import Case

family = "framing"
# Not those of half a line break, which a server may take, refuse, or wait for the rest of.
quick = ("[!cl]*", "c[!h]*", "chunks-*", "chunk-[!l]*", "chunk-lo*", "length*", "line-b*")


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases, for an operation that takes a body."""
    del contract
    right = right_request(operation)
    if right is None:
        return
    signed_in = operation.security.demanded and not _in_query(operation.security.usual)
    texts: list[Text] = [
        *host_texts(right),
        *version_texts(right),
        *length_texts(right),
        *head_texts(right, signed_in=signed_in),
        *chunk_texts(right, signed_in=signed_in),
        *cut_texts(right),
        *smuggled_texts(right),
        *following_texts(right, tuple(operation.success_statuses), signed_in=signed_in),
    ]
    for text in texts:
        expect = expectations.never if text.never else expectations.odd
        manner = HALF_CLOSES if text.half_closed else PATIENT if text.patient else OWN_CONNECTION
        yield raw_case(
            operation,
            family,
            text.name,
            right,
            text.raw,
            expect(text.why, text.statuses),
            manner=manner,
            following=text.following,
        )


def _in_query(requirement: Requirement | None) -> bool:
    """Whether a part of the credential stands in the request line, where no header can lack it."""
    return requirement is not None and any(member.scheme.location == "query" for member in requirement.members)
