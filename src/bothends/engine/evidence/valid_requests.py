"""Counts what came of valid requests: where none of an operation ever succeeds, most else that was seen says little.

The request may not be the one that the target waits for: a credential, an id, a value is another one. So what is
answered to all of them with a refusal is no finding: it is said once, with what is known of the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract import admission
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.engine.evidence.likely_reasons import likely_reason
from bothends.laws import outcome_of
from bothends.records import Answer, Exchange, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.events import Event


_MOST_BYTES = 4096
"""What is kept of the answer to a request that did not succeed."""
_MOST_OUTCOMES = 8


class ValidRequests(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_outcomes": Counter[tuple[str, str]],
        "_succeeded": set[str],
        "_shown": dict[tuple[str, str], Exchange],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._succeeded: set[str] = set()
        self._shown: dict[tuple[str, str], Exchange] = {}

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged) and not event.late:
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange."""
        operation = self._operations[exchange.case.operation]
        if operation.id in self._succeeded:
            return
        valid, succeeded = is_valid(operation, exchange), _succeeded(operation, exchange)
        if succeeded and (valid or _is_of_nobody(operation, exchange)):
            self._succeeded.add(operation.id)
            for key in [key for key in self._shown if key[0] == operation.id]:
                del self._shown[key]
        if succeeded or not valid or exchange.case.of_the_world or exchange.excuse:
            return  # a fault, or a busy machine, may be why
        key = (operation.id, outcome_of(exchange.answer))
        self._outcomes[key] += 1
        known = self._shown.get(key)
        if known is not None or sum(name == operation.id for name, _ in self._shown) < _MOST_OUTCOMES:
            self._shown[key] = _simpler(known, exchange.cut(_MOST_BYTES))

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted."""
        shown = dict(self._shown)
        for key, exchange in state["_shown"].items():
            shown[key] = _simpler(shown.get(key), exchange)
        super().join({**state, "_shown": {}})
        self._shown = {key: exchange for key, exchange in shown.items() if key[0] not in self._succeeded}

    def none_succeeded(self, operation: str) -> bool:
        """Return whether valid requests of an operation were sent, and none has succeeded so far."""
        return operation not in self._succeeded and any(name == operation for name, _ in self._outcomes)

    def outcomes(self, operation: str) -> frozenset[str]:
        """Return how valid requests of an operation were answered, none of which has succeeded; else nothing."""
        if operation in self._succeeded:
            return frozenset()
        return frozenset(outcome for name, outcome in self._outcomes if name == operation)

    @property
    def hopeless(self) -> frozenset[str]:
        """The operations of which no valid request has succeeded, though some were sent."""
        return frozenset(name for name, _ in self._outcomes if name not in self._succeeded)

    def not_proven(self, absent: Mapping[str, NotProven]) -> Iterator[NotProven]:
        """Yield that no valid request of an operation succeeded: one line each.

        Args:
            absent: What is known of the ids of operations, where these were answered not to be there.
        """
        for operation in self._contract.operations:
            if operation.id in self.hopeless:
                yield self._of(operation, absent.get(operation.id))

    def _of(self, operation: Operation, absent: NotProven | None) -> NotProven:
        counts = {outcome: n for (name, outcome), n in self._outcomes.items() if name == operation.id}
        usual = max(counts, key=lambda outcome: (counts[outcome], outcome))
        shown = self._shown.get((operation.id, usual))
        status = None if shown is None else _status(shown)
        if absent is not None and status in operation.absent_statuses:
            return replace(absent, shown=shown, weight=Weight.SUCCESS)
        told = ", ".join(f"{_words(outcome)} {_times(counts[outcome])}" for outcome in sorted(counts))
        reason = None if shown is None else likely_reason(operation, shown)
        likely = f" Likely reason: {reason.text}." if reason is not None and reason.text else ""
        where = operation.pointer if reason is None or not reason.where else reason.where
        return NotProven(
            f"success of {operation.id}",
            f"No valid request succeeded: {told}.{likely} What needs a success was not judged.",
            where=str(self._contract.document.location(where)),
            add="" if reason is None else reason.add,
            weight=Weight.SUCCESS,
            shown=shown,
        )


def is_valid(operation: Operation, exchange: Exchange) -> bool:
    """Return whether nothing but a success is right for a request, as far as the contract knows."""
    case, credential = exchange.case, exchange.credential
    expect = case.expect
    if case.request.method != operation.method or case.behaviour or expect.refused or expect.any_answer:
        return False
    if expect.any_refusal or expect.any_redirect or (credential is not None and credential.right is False):
        return False
    right = expect.statuses & operation.success_statuses
    return bool(right) and (right == expect.statuses or bool(case.of_the_world))


def _is_of_nobody(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a request has no credential where none need be shown, and is valid but for that."""
    case, credential = exchange.case, exchange.credential
    if not operation.security.optional or credential is None or credential.schemes or case.expect.refused:
        return False
    verdict = admission(operation, case.request)
    return case.request.method == operation.method and verdict.certain and not verdict.refusals


def _succeeded(operation: Operation, exchange: Exchange) -> bool:
    return exchange.succeeded or _status(exchange) in operation.success_statuses


def _status(exchange: Exchange) -> int:
    return exchange.answer.status if isinstance(exchange.answer, Answer) else 0


def _simpler(known: Exchange | None, other: Exchange) -> Exchange:
    """Return the exchange of two whose request is smaller: it is the same whichever comes first."""
    return other if known is None else min((known, other), key=_size)


def _size(exchange: Exchange) -> tuple[int, str]:
    request = exchange.case.request
    size = len(request.target) + len(request.body or b"") + sum(len(n) + len(v) for n, v in request.headers)
    return size, exchange.case.label


def _words(outcome: str) -> str:
    return outcome if outcome.isdigit() else f"no answer ({outcome})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
