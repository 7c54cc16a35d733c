"""Counts the attempts at events whose ingest failed: what was not proven of a promise, and what no promise covers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from bothends.contract.messages import Moment
from bothends.engine.counts import counted
from bothends.engine.evidence.callbacks import in_words, named
from bothends.laws import LONGEST_WATCH
from bothends.records import Answer, NotProven, Weight, count_of, were

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Contract, EventContract, Operation
    from bothends.engine.counts import Counted, Counts, Key
    from bothends.records import Delivery, Exchange

_FAILED = counted("failed attempts", "operation", "callback")
_CAME = counted("attempts", "operation", "callback")
_LOST = counted("events lost with a success", "operation", "callback", "status")
_NOT_LOST = counted("events not lost with a success", "operation", "callback", "status")
_NO_SUCCESS = counted("events that failed with another answer", "operation", "callback", "status")
_OPEN = counted("events not attempted again", "operation", "callback", "seconds")
_MOST = 4096
"""Exchanges that are remembered, as an event may still come for them."""
_LINE = "x-delivery: at-least-once, or at-most-once"


class AttemptNotes:
    """Counts exchanges; one that was judged before is counted anew, as something came late."""

    def __init__(self, counts: Counts) -> None:
        """Take where it counts."""
        self._counts = counts
        self._known: OrderedDict[tuple[int, str, str, bool], tuple[Counted, Key]] = OrderedDict()

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Count an exchange."""
        single = len(operation.events) == 1
        for event in operation.events:
            deliveries = [one for one in exchange.declared if single or one.callback == event.name]
            self._counts.add(_CAME, operation.id, event.name, times=len(deliveries))
            if any(one.fault is not None and not one.acknowledged for one in deliveries):
                self._counts.add(_FAILED, operation.id, event.name)
            self._note_lost(operation, event, exchange, deliveries)
            self._note_open(operation, event, exchange, deliveries)

    def _note_lost(
        self, operation: Operation, event: EventContract, exchange: Exchange, deliveries: list[Delivery]
    ) -> None:
        """Note what became of an event whose ingest failed, where nothing is said of it."""
        answer = exchange.answer
        if event.delivery.attempts is not None or event.delivery.answer == "after" or not isinstance(answer, Answer):
            return
        unwell = any(condition.subject == event.ingest for condition in exchange.case.given)
        if not unwell or exchange.case.request.method != operation.method:
            return
        failed = any(one.fault is not None for one in deliveries)
        if not answer.success:
            if failed:
                self._keep(exchange, _NO_SUCCESS, operation.id, event.name, str(answer.status))
            return
        moment = Moment(operation.path, exchange.sent, answer)
        # Where what is to be deleted may not have been there, nothing may have been sent.
        when = None if exchange.idle else event.when
        if failed or (when is not None and when.holds(answer.status, moment) and when.number(moment)):
            what = _NOT_LOST if any(one.stored for one in deliveries) else _LOST
            self._keep(exchange, what, operation.id, event.name, str(answer.status))

    def _note_open(
        self, operation: Operation, event: EventContract, exchange: Exchange, deliveries: list[Delivery]
    ) -> None:
        """Note an event that was not attempted again while that was watched, and that no law calls lost."""
        if any(one.stored for one in deliveries):
            self._forget((exchange.number, operation.id, event.name, True))
        elif exchange.well is not None and event.delivery.retries and deliveries and exchange.watched:
            terms = event.delivery
            unsaid = terms.retry_within_ms is None and terms.attempts == "until-acknowledged"
            long = (terms.retry_within_ms or 0) / 1000 >= LONGEST_WATCH
            if unsaid or long:
                seconds = f"{exchange.watched - exchange.well:.1f}"
                self._keep(exchange, _OPEN, operation.id, event.name, seconds)

    def _keep(self, exchange: Exchange, what: Counted, operation: str, callback: str, last: str) -> None:
        """Count something of an exchange, in place of what was counted of it before."""
        name, key = (exchange.number, operation, callback, what is _OPEN), (operation, callback, last)
        self._forget(name)
        self._counts.add(what, *key)
        self._known[name] = (what, key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def _forget(self, name: tuple[int, str, str, bool]) -> None:
        if name in self._known:
            what, key = self._known.pop(name)
            self._counts.add(what, *key, times=-1)


def not_proven(
    counts: Counts, contract: Contract, *, whole: bool, hopeless: Collection[str] = ()
) -> Iterator[NotProven]:
    """Yield what was not proven of promises on attempts; what never failed is an omission of a `whole` run alone."""
    for name, where in contract.unsent.items() if whole else ():
        why = "No operation has it in x-sends, so it was not checked."
        yield NotProven(f"x-sends: {name}", why, str(where), add=f"x-sends: [{name}]", weight=Weight.EVENTS)
    for operation in contract.operations:
        for event in operation.events:
            if event.ingest and operation.id not in hopeless:
                yield from _of_event(counts, operation, event, whole=whole)


def _of_event(counts: Counts, operation: Operation, event: EventContract, *, whole: bool) -> Iterator[NotProven]:
    terms, where, label = event.delivery, str(event.location or ""), f"callback {event.name}"
    if terms.within_ms is not None and terms.within_ms / 1000 >= LONGEST_WATCH:
        why = f"Its within_ms, {terms.within_ms:,}, is longer than bothends waits for an event that is missing."
        yield NotProven(label, why, where=where, weight=Weight.EVENTS)
    if terms.attempts is None:
        return
    if terms.retries and terms.answer == "after":
        why = "A 2xx waits for its acknowledgement, so no later attempt is expected; attempts was not tested."
        yield NotProven(label, why, where=where, weight=Weight.EVENTS)
        return
    waited = counts.under(_OPEN, operation.id, event.name)
    if waited:
        said = "" if terms.retry_within_ms is None else f"; it has {terms.retry_within_ms / 1000:g} s"
        why = (
            f"{(left := sum(waited.values())):,} of its events {were(left)} not attempted again in the "
            f"{max((seconds for (seconds,) in waited), key=float)} s after the ingest worked again{said}."
        )
        add = "x-delivery: {retry_within_ms: …}" if terms.retry_within_ms is None else ""
        yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
    key = (operation.id, event.name)
    if whole and counts.number(_CAME, *key) and not counts.number(_FAILED, *key):
        why = f"No attempt at it was seen to fail after {operation.id}, so its attempts were not tested."
        yield NotProven(label, why, where=where, weight=Weight.EVENTS)


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield, for a person, what became of events whose ingest failed, where the contract promises nothing."""
    for name, events in named(contract).items():

        def of(what: Counted, operations: Iterable[str], name: str = name) -> Counter[Key]:
            found: Counter[Key] = Counter()
            for one in operations:
                found.update(counts.under(what, one, name))
            return found

        losing = [one for one in events if counts.under(_LOST, one, name)]
        failing = [one for one in events if one not in losing and counts.under(_NO_SUCCESS, one, name)]
        if failing:
            failures = of(_NO_SUCCESS, failing)
            failed = failures.total()
            yield (
                f"{count_of(failed, 'request')} {were(failed)} answered {_statuses(failures)} while the ingest of "
                f"{in_words(name, events, failing)} failed, and none succeeded with its event lost; the contract does "
                "not say whether an answer waits for the event (add x-delivery: acknowledged)"
            )
        if losing:
            lost, not_lost = of(_LOST, losing), of(_NOT_LOST, losing)
            gone = lost.total()
            yield (
                f"{gone:,} of {count_of(gone + not_lost.total(), 'event')} of {in_words(name, events, losing)} "
                f"{were(gone)} lost with {_statuses(lost)} while its ingest failed; the contract does not say whether "
                f"they may be (add {_LINE})"
            )


def _statuses(found: Collection[Key]) -> str:
    return " or ".join(sorted(status for (status,) in found))
