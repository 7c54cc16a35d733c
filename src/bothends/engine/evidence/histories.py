"""Says which promises of several requests about one object no run has looked at: `x-state` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases import events_about
from bothends.contract.openapi import X_CONSISTENCY, X_IDEMPOTENCY, X_PAGES, X_STATE
from bothends.contract.terms import X_DELIVERY
from bothends.engine.play import (
    AFTER_A_KILL,
    JUDGED,
    KILLED,
    NO_OBJECT,
    NOT_LAUNCHED,
    NOTHING_SHOWN,
    REACHED,
    RECORDED,
    SENT_AFTER,
    SENT_AGAIN,
)
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Contract, EventContract, Operation
    from bothends.engine.counts import Counts

_READS = frozenset({"GET", "HEAD"})
_NOT_PLAYED = "No history was played: what several requests about one object show, and its events, was not compared."
_WHY = {
    NO_OBJECT: "No object was made that several requests could be about.",
    NOTHING_SHOWN: "No member of what was read showed what was sent, and nothing else, so no order could be told.",
    SENT_AGAIN: "A request was sent once more, as this machine was too busy to judge it, so no order could be told.",
}
_NO_KILL = "The target was not killed, so what is there after its restart was not read."
_NOT_OURS = "bothends has not launched the target, so it was not killed: what is there after that was not read."
_KILLED_ELSEWHERE = "The target was killed at requests of other operations, and at none that owes this event."
_NONE_LEFT = "No event came after a kill that had not come before it, so nothing shows that one outlives the target."
_NOT_STOPPED = "The target was not asked to stop while events were still to be sent, so none was waited for after that."
_IN_DOUBT = "The target was not killed while a request was under way, so what is left of one in doubt was not read."
_NO_ORDER = "When the first byte of an event arrives is not measured, so the order of events was not compared."
_NOT_HELD = "No event was held while its object was read."


def histories_not_proven(counts: Counts, contract: Contract, *, whole: bool) -> Iterator[NotProven]:
    """Yield what is promised of histories, and was not looked at.

    Args:
        counts: What was counted.
        contract: The contract.
        whole: Whether all was played: else only what was played in vain is told.
    """
    judged: set[str] = set()
    for operation in contract.operations:
        events = [*events_about(contract, operation)] if operation.method in _READS else []
        judged |= {event.pointer for event in events if counts.number(RECORDED, operation.id, JUDGED)}
    for operation in contract.operations:
        own = {event.pointer: event for event in operation.events if event.state is not None}
        readers = [each for each in contract.operations if each.method in _READS and _reads(contract, each, own)]
        if operation.consistency is not None and (why := _why(counts, [operation], whole=whole)):
            where = str(operation.consistency.location or "")
            yield NotProven(f"{X_CONSISTENCY} of {operation.id}", why, where=where, weight=Weight.ANSWERS)
        for event in own.values():
            why = "" if event.pointer in judged else _why(counts, readers, whole=whole)
            yield from _of_state(event, why, whole=whole)
        if whole:
            yield from _of_kills(operation, counts)
    if whole and contract.settings.target.keeps_state is not None and not _after_a_kill(counts):
        where = f"{contract.settings.file} target.keeps_state"
        yield NotProven("[target] keeps_state", _no_kill(counts), where=where, weight=Weight.RUN)


def _after_a_kill(counts: Counts) -> bool:
    """Whether it was judged what is read after a kill."""
    return any(key[-1] == AFTER_A_KILL for key in counts.under(RECORDED))


def _no_kill(counts: Counts) -> str:
    return _NOT_OURS if any(key[-1] == NOT_LAUNCHED for key in counts.under(RECORDED)) else _NO_KILL


def _reads(contract: Contract, reader: Operation, events: Mapping[str, EventContract]) -> bool:
    return any(event.pointer in events for event in events_about(contract, reader))


def _why(counts: Counts, readers: Sequence[Operation], *, whole: bool) -> str:
    """Return why nothing was judged of what some operations read; empty: something was, or that is not known."""
    if any(counts.number(RECORDED, each.id, JUDGED) for each in readers):
        return ""
    told = (why for outcome, why in _WHY.items() for each in readers if counts.number(RECORDED, each.id, outcome))
    return next(told, _NOT_PLAYED if whole else "")


def _of_state(event: EventContract, why: str, *, whole: bool) -> Iterator[NotProven]:
    state = event.state
    if state is None:
        return
    where = str(state.location or "")
    if why:
        yield NotProven(f"{X_STATE} of {event.name}", why, where=where, weight=Weight.EVENTS)
    elif whole and state.order:
        yield NotProven(f"{X_STATE} of {event.name}: order", _NO_ORDER, where=where, weight=Weight.EVENTS)
    if whole and not why and state.readable:
        yield NotProven(f"{X_STATE} of {event.name}: readable", _NOT_HELD, where=where, weight=Weight.EVENTS)


def _of_kills(operation: Operation, counts: Counts) -> Iterator[NotProven]:
    outcomes = {key[-1] for key in counts.under(KILLED, operation.id)} if _after_a_kill(counts) else set()
    killed = REACHED in outcomes
    for event in operation.events:
        survives = event.delivery.survives
        if survives is not None and not (survives == "kill" and SENT_AFTER in outcomes):
            why = _NONE_LEFT if killed else _no_kill(counts)
            why = _IN_DOUBT if SENT_AFTER in outcomes and survives == "all" else why
            why = _KILLED_ELSEWHERE if not killed and _after_a_kill(counts) else why
            why = _NOT_STOPPED if survives == "stop" else why
            what, where = f"{X_DELIVERY}.survives of {event.name}", str(event.location or "")
            yield NotProven(what, why, where=where, weight=Weight.EVENTS)


def notes_on_histories(contract: Contract) -> Iterator[str]:
    """Yield what is promised and read, and what no law judges yet."""
    for operation in contract.operations:
        if operation.pages is not None:
            yield f"{X_PAGES} of {operation.id} is not looked at: no law judges it yet."
        key = operation.idempotency
        if key is not None and key.survives is not None:
            yield f"{X_IDEMPOTENCY}.survives of {operation.id} is not looked at: no law judges it yet."
