"""`upstream-odd`: an upstream that is odd, or slow, and right. The request succeeds.

Slow is at most half of the time that the target has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.faults import fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Expectation

family = "upstream-odd"
quick = (
    "*-answers-as-text",
    "*-answers-in-chunks",
    "*-answers-in-16-kib",
)

_SENTENCES = {
    "answers-as-text": "the {upstream} answers as text/plain",
    "answers-as-octets": "the {upstream} answers as application/octet-stream",
    "answers-as-json": "the {upstream} answers as application/json;charset=UTF-8",
    "answers-in-chunks": "the {upstream} answers in chunks",
    "answers-without-length": "the {upstream} answers without a length",
    "sets-a-cookie": "the {upstream} sets a cookie",
}
_LONG = {"answers-in-16-kib": "the {upstream} answers in 16 KiB"}
_SLOW = {
    "answers-slowly": "the {upstream} answers after {ms} ms",
    "answers-in-drops": "the {upstream} answers over {ms} ms",
}
_PART = 4
"""One part in so many of a target's patience is slow, and in time on a busy machine too."""


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each oddity, for each upstream and for the ingest."""
    ms = str(contract.settings.world.upstream_timeout_ms // _PART)
    slow = {name: sentence.replace("{ms}", ms) for name, sentence in _SLOW.items()}

    def right(operation: Operation, _upstream: str) -> Expectation:
        return expectations.success(operation)

    yield from fault_cases(contract, operation, family, _SENTENCES, right)
    for name in contract.settings.world.upstreams:
        yield from fault_cases(contract, operation, family, _LONG, right, upstream=name)
    yield from fault_cases(contract, operation, family, slow, right, together="the slowness")
