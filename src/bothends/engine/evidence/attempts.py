"""Counts the attempts at events whose ingest failed: what was not proven of a promise, and what no promise covers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from bothends.contract.runtime_expressions import Moment
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.laws.attempts import LONGEST_WATCH
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bothends.contract import Contract, EventContract, Operation
    from bothends.engine.events import Event
    from bothends.records import Delivery, Exchange

_MOST = 4096
"""Exchanges that are remembered, as an event may still come for them."""

_T = TypeVar("_T")

_BY_NUMBER = ("_met", "_failures", "_open")

_LINE = "x-delivery: at-least-once, or at-most-once"


class AttemptTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_failed": Counter[tuple[str, str]],
        "_came": Counter[tuple[str, str]],
        "_met": OrderedDict[tuple[int, str], tuple[str, int, bool]],
        "_failures": OrderedDict[tuple[int, str], tuple[int]],
        "_open": OrderedDict[tuple[int, str], tuple[str, float]],
    }

    def __init__(self, contract: Contract) -> None:
        """Open an account for each callback."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._failed: Counter[tuple[str, str]] = Counter()
        self._came: Counter[tuple[str, str]] = Counter()
        self._met: OrderedDict[tuple[int, str], tuple[str, int, bool]] = OrderedDict()
        self._failures: OrderedDict[tuple[int, str], tuple[int]] = OrderedDict()
        self._open: OrderedDict[tuple[int, str], tuple[str, float]] = OrderedDict()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; one that was judged before is looked at for what came late."""
        operation = self._operations[exchange.case.operation]
        single = len(operation.events) == 1
        for event in operation.events:
            deliveries = [one for one in exchange.declared if single or one.callback == event.name]
            self._came[operation.id, event.name] += len(deliveries)
            self._note_failed(operation, event, deliveries)
            self._note_lost(operation, event, exchange, deliveries)
            self._note_open(operation, event, exchange, deliveries)

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted: its exchanges are others, though they may have the same numbers."""
        renumbered = {name: _renumbered(state[name], len(getattr(self, name))) for name in _BY_NUMBER}
        super().join({**state, **renumbered})

    def not_proven(self, *, whole: bool, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
        """Yield what was not proven of promises on attempts.

        Args:
            whole: Whether all cases were played: else what never failed is no omission.
            hopeless: Operations of which no valid request has succeeded: that is said once.
        """
        for name, where in self._contract.unsent.items() if whole else ():
            why = "No operation has it in x-sends, so it was not checked."
            yield NotProven(f"x-sends: {name}", why, str(where), add=f"x-sends: [{name}]", weight=Weight.EVENTS)
        for operation in self._contract.operations:
            for event in operation.events:
                if event.ingest and operation.id not in hopeless:
                    yield from self._of_event(operation, event, whole=whole)

    def notes(self) -> tuple[str, ...]:
        """Return, for a person, what became of events whose ingest failed, where the contract promises nothing."""
        found = []
        for operation in self._contract.operations:
            for event in operation.events:
                met = [one for (_, name), one in self._met.items() if name == f"{operation.id} {event.name}"]
                lost = [status for _, status, is_lost in met if is_lost]
                failures = [
                    status for (_, name), (status,) in self._failures.items() if name == f"{operation.id} {event.name}"
                ]
                if failures and not lost:
                    statuses = " or ".join(map(str, sorted(set(failures))))
                    found.append(
                        f"{len(failures):,} requests were answered {statuses} while the ingest of the callback "
                        f"{event.name} failed, and none succeeded with its event lost; the contract does not say "
                        "whether an answer waits for the event (add x-delivery: acknowledged)"
                    )
                if lost:
                    statuses = " or ".join(map(str, sorted(set(lost))))
                    found.append(
                        f"{len(lost):,} of {len(met):,} events of the callback {event.name} were lost with {statuses} "
                        f"while its ingest failed; the contract does not say whether they may be (add {_LINE})"
                    )
        return tuple(found)

    def _note_failed(self, operation: Operation, event: EventContract, deliveries: list[Delivery]) -> None:
        if any(one.fault is not None and not one.acknowledged for one in deliveries):
            self._failed[operation.id, event.name] += 1

    def _note_lost(
        self, operation: Operation, event: EventContract, exchange: Exchange, deliveries: list[Delivery]
    ) -> None:
        """Note what became of an event whose ingest failed, where nothing is said of it."""
        answer, key = exchange.answer, (exchange.number, f"{operation.id} {event.name}")
        if event.delivery.attempts is not None or event.delivery.answer == "after" or not isinstance(answer, Answer):
            return
        unwell = any(condition.subject == event.ingest for condition in exchange.case.given)
        if not unwell or exchange.case.request.method != operation.method:
            return
        if not answer.success:
            if any(one.fault is not None for one in deliveries):
                _keep(self._failures, key, (answer.status,))
            return
        moment = Moment(operation.path, exchange.sent, answer)
        owed = event.when is not None and event.when.holds(answer.status, moment) and event.when.number(moment)
        failed = any(one.fault is not None for one in deliveries)
        if owed or failed:
            lost = not any(one.stored for one in deliveries)
            _keep(self._met, key, (event.name, answer.status, lost))

    def _note_open(
        self, operation: Operation, event: EventContract, exchange: Exchange, deliveries: list[Delivery]
    ) -> None:
        """Note an event that was not attempted again while that was watched, and that no law calls lost."""
        key = (exchange.number, f"{operation.id} {event.name}")
        if any(one.stored for one in deliveries):
            self._open.pop(key, None)
        elif exchange.well is not None and event.delivery.retries and deliveries and exchange.watched:
            terms = event.delivery
            unsaid = terms.retry_within_ms is None and terms.attempts == "until-acknowledged"
            long = (terms.retry_within_ms or 0) / 1000 >= LONGEST_WATCH
            if unsaid or long:
                _keep(self._open, key, (event.name, exchange.watched - exchange.well))

    def _of_event(self, operation: Operation, event: EventContract, *, whole: bool) -> Iterator[NotProven]:
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
        waited = [seconds for (_, name), (_, seconds) in self._open.items() if name == f"{operation.id} {event.name}"]
        if waited:
            said = "" if terms.retry_within_ms is None else f"; it has {terms.retry_within_ms / 1000:g} s"
            why = (
                f"{len(waited):,} of its events were not attempted again in the {max(waited):.1f} s after the ingest "
                f"worked again{said}."
            )
            add = "x-delivery: {retry_within_ms: …}" if terms.retry_within_ms is None else ""
            yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
        key = (operation.id, event.name)
        if whole and self._came[key] and not self._failed[key]:
            why = "No attempt at it was seen to fail, so its attempts were not tested."
            yield NotProven(label, why, where=where, weight=Weight.EVENTS)


def _renumbered(theirs: Mapping[tuple[int, str], _T], known: int) -> OrderedDict[tuple[int, str], _T]:
    """Return what is known of another part's exchanges by numbers that none here has."""
    return OrderedDict(((-1 - known - place, name), value) for place, ((_, name), value) in enumerate(theirs.items()))


def _keep(known: OrderedDict[tuple[int, str], _T], key: tuple[int, str], value: _T) -> None:
    """Remember something of an exchange; the oldest is forgotten where there is too much."""
    known[key] = value
    if len(known) > _MOST:
        known.popitem(last=False)
