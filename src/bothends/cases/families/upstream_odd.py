"""`upstream-odd`: an upstream that is odd, or slow, and right. The request succeeds.

Slow is at most a third of the time that the target has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.faults import fault_cases, upstreams_of
from bothends.records import Case, Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "upstream-odd"

_SENTENCES = {
    "answers-as-text": "the {upstream} answers as text/plain",
    "answers-as-octets": "the {upstream} answers as application/octet-stream",
    "answers-as-json": "the {upstream} answers as application/json;charset=UTF-8",
    "answers-in-chunks": "the {upstream} answers in chunks",
    "answers-without-length": "the {upstream} answers without a length",
}
_SLOW = {
    "answers-slowly": "the {upstream} answers after {ms} ms",
    "answers-in-drops": "the {upstream} answers over {ms} ms",
}
_PART = 3


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each oddity, for each upstream and for the ingest, and one in which all are slow."""
    ms = str(contract.settings.world.upstream_timeout_ms // _PART)
    slow = {name: sentence.replace("{ms}", ms) for name, sentence in _SLOW.items()}

    def right(operation: Operation, _upstream: str) -> Expectation:
        return expectations.success(operation)

    yield from fault_cases(contract, operation, family, _SENTENCES, right)
    yield from fault_cases(contract, operation, family, slow, right, together="the slowness")
    called = upstreams_of(contract, operation)
    request = bodies.admitted_request(operation)
    if len(called) > 1 and request is not None:
        given = tuple(slow["answers-slowly"].replace("{upstream}", name) for name in called)
        yield Case(operation.id, family, "all-answer-slowly", request, given, _in_time_or_not(operation, called))


def _in_time_or_not(operation: Operation, called: list[str]) -> Expectation:
    """Return the expectation of several slow calls: whether their sum is in time is for the target to say."""
    late = [expectations.fault(operation, ["upstream-timeout"], name) for name in called]
    return Expectation(
        statuses=operation.success_statuses.union(*(one.statuses for one in late)),
        server_error=True,
        why=f"{late[0].why}; or a success, as each call is in time",
    )
