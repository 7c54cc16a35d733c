"""The laws of histories: what several requests have done to one object, and what events and readings show of it.

`bothends.histories` decides each of them, of the record and of what is promised of it; here they are laws like others.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from bothends.histories import Event, Read, WriteKind, history_from_json, promises_from_json
from bothends.histories import judge as judge_history
from bothends.laws.law import Explanation, Law, LawContext, Scope, Violation, register
from bothends.laws.wording import format_value
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.histories import Breach, History, HistoryVerdict, Promises, Write
    from bothends.records import Exchange, Recorded

_STATE = "the contract: x-state of the callback"
_CONSISTENCY = "the contract: x-consistency of the operation that reads"
_LOST = Explanation("event-for-success", in_each=False)


@cache
def _judged(history: str, promises: str) -> tuple[History, Mapping[str, HistoryVerdict]]:
    read = history_from_json(json.loads(history))
    return read, judge_history(read, promises_from_json(json.loads(promises)))


def _verdict(recorded: Recorded, law: str) -> tuple[History, HistoryVerdict]:
    history, verdicts = _judged(json.dumps(recorded.history), json.dumps(recorded.promises))
    return history, verdicts[law]


def _law(  # noqa: PLR0913 -- what tells the laws apart
    name: str,
    demands: str,
    source: str,
    words: str,
    *,
    needs: Callable[[Promises, History], bool],
    yields_to: tuple[str, ...] = (),
    explained_by: tuple[Explanation, ...] = (),
) -> Law:
    """Return a law of a record that is judged as a whole."""

    def judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
        recorded = exchange.recorded
        if recorded is None or exchange.excuse:
            return None
        history, verdict = _verdict(recorded, name)
        if not needs(promises_from_json(recorded.promises), history):
            return None
        if not verdict.breaches and verdict.undecided:
            return None
        return [_violation(each, history, context, demands) for each in verdict.breaches[:1]]

    return register(
        Law(
            name=name,
            demands=demands,
            source=source,
            judge=judge,
            scope=Scope.EXCHANGE,
            words={"history": words},
            yields_to=yields_to,
            explained_by=explained_by,
        )
    )


def _violation(breach: Breach, history: History, context: LawContext, demands: str) -> Violation:
    every: list[Write | Read | Event] = [*history.writes, *history.reads, *history.events]
    named = [one for one in every if one.id in breach.operations]
    zero = min(map(_begin, every))
    told = "; ".join(_told(one, zero) for one in sorted(named, key=_begin))
    for kill in history.kills:
        back = "" if kill.back is None else f", and was ready again at {_ms(kill.back, zero)}"
        told += f"; the target was killed by {_ms(kill.at, zero)}{back}"
    return Violation(
        cause=Cause("history", about=breach.why),
        summary=f"Of an object that {context.operation.id} reads, {breach.why}.",
        expected=demands,
        actual=told,
    )


def _begin(one: Write | Read | Event) -> float:
    return one.arrived if isinstance(one, Event) else one.begin


def _told(one: Write | Read | Event, zero: float) -> str:
    """Return a request or an event of a history for a person to read, with its time in milliseconds from its start."""
    if isinstance(one, Event):
        what = "says that it is gone" if one.ends else f"shows {_values(one.shows)}"
        return f"at {_ms(one.arrived, zero)} an event {what}"
    end = "no answer" if one.end is None else _ms(one.end, zero)
    when = f"from {_ms(one.begin, zero)} to {end}"
    if isinstance(one, Read):
        return f"{when} {one.id} reads {'that it is not there' if one.absent else _values(one.shows)}"
    what = one.kind.value.upper() + (f" of {_values(one.sets)}" if one.sets else "")
    return f"{when} {one.id}, a {what}, is answered {one.status}"


def _ms(at: float, zero: float) -> str:
    return f"{(at - zero) * 1000:.0f} ms"


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {format_value(value)}" for name, value in values.items()) or "nothing of it"


ONE_ORDER = _law(
    "one-order",
    "Some order of all requests about an object, one at a time, explains what all of them were answered.",
    _CONSISTENCY,
    "no order of requests",
    needs=lambda promises, _: promises.consistency == "strong",
    yields_to=("read-not-older", "gone-stays-gone", "write-survives"),
)
READ_NOT_OLDER = _law(
    "read-not-older",
    "A reading shows nothing that a write has replaced which was acknowledged before it, as far as that is promised.",
    _CONSISTENCY,
    "an old value",
    needs=lambda promises, _: promises.consistency is not None,
    yields_to=("write-survives",),
)
WRITE_SURVIVES = _law(
    "write-survives",
    "What was acknowledged before the target was killed is read after it was started again.",
    "the settings: keeps_state in [target]; the contract: x-consistency of the operation that reads",
    "lost by a kill",
    needs=lambda promises, history: (
        promises.keeps_state == "kill" and promises.consistency is not None and bool(history.kills)
    ),
)
GONE_STAYS_GONE = _law(
    "gone-stays-gone",
    "What was removed, and acknowledged as removed, is not read again.",
    _CONSISTENCY,
    "read after its removal",
    needs=lambda promises, history: (
        promises.consistency == "strong" and any(write.kind is WriteKind.DELETE for write in history.writes)
    ),
)
NO_LOST_UPDATE = _law(
    "no-lost-update",
    "Of two writes that send the same strong tag in If-Match, and change the object, one is refused.",
    "RFC 9110 section 13.1.1",
    "two writes with one tag",
    needs=lambda promises, history: promises.preconditions and any(write.if_match for write in history.writes),
)
EVENT_OF_ONE_WRITE = _law(
    "event-of-one-write",
    "An event shows a state that its object had: some order of the writes leads to it.",
    _STATE,
    "a state that it never had",
    needs=lambda promises, history: _shows(promises) and bool(history.events),
)
NO_EVENT_OF_REFUSED_WRITE = _law(
    "no-event-of-refused-write",
    "No event shows what only a refused write had.",
    _STATE,
    "what was refused",
    needs=lambda promises, history: _shows(promises) and bool(history.events) and not promises.refusals_owe,
)
WRITE_HAS_EVENT = _law(
    "write-has-event",
    "Each acknowledged write that changes an object, and owes an event, has one that shows it, or what came later.",
    "the contract: x-when and x-state of the callback",
    "none that shows the write",
    needs=lambda promises, _: _shows(promises) and promises.owes,
    yields_to=("event-of-one-write",),
    explained_by=(_LOST,),
)
STATE_EQUALS_EVENTS = _law(
    "state-equals-events",
    "When all is quiet, the last event of an object shows what is read of it.",
    f"{_STATE}; x-consistency of the operation that reads",
    "another state than is read",
    needs=lambda promises, history: (
        _shows(promises) and promises.every_write_owes and promises.consistency is not None and bool(history.events)
    ),
    yields_to=("write-has-event", "read-not-older", "write-survives"),
    explained_by=(_LOST,),
)


def _shows(promises: Promises) -> bool:
    return promises.event is not None and promises.event.shows
