"""The oracle: all orders, tried one after the other, from the definitions. It shares no code that decides.

It takes histories whose members are all judged: each value is of one write, and what replaces an object names all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bothends.histories import Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.histories import History, Read

State = dict[str, Any] | None
ACKNOWLEDGED, REFUSED, IN_DOUBT = "acknowledged", "refused", "in doubt"


def outcome(write: Write) -> str:
    """Return what the premises say of a write."""
    if write.end is None or write.status is None:
        return IN_DOUBT
    if 200 <= write.status <= 299 and write.status not in (202, 207):
        return ACKNOWLEDGED
    if 400 <= write.status <= 499 and write.status not in (408, 425, 429, 499):
        return REFUSED
    return IN_DOUBT


def end_of(operation: Write | Read) -> float:
    """Return the last moment at which an operation may take effect."""
    if isinstance(operation, Write) and outcome(operation) == IN_DOUBT:
        return math.inf
    assert operation.end is not None
    return operation.end


def applied(state: State, write: Write) -> State:
    """Return the state after a write."""
    makes = write.makes if write.makes is not None else write.kind in ("create", "put")
    if write.kind == "delete":
        return None
    if state is None:
        return dict(write.sets) if makes else None
    return dict(write.sets) if write.kind in ("create", "put") else {**state, **write.sets}


def has(state: State, shows: dict[str, Any]) -> bool:
    """Whether a state has the members that are shown."""
    return state is not None and all(state[member] == value for member, value in shows.items())


def tagged(history: History, of: str) -> dict[str, dict[str, Any]]:
    """Return which members each strong tag was seen with, where that never differed."""
    seen: dict[str, list[dict[str, Any]]] = {}
    for read in history.reads:
        if read.of == of and read.tag and not read.tag.startswith("W/") and not read.absent:
            seen.setdefault(read.tag, []).append(dict(read.shows))
    return {tag: all_shown[0] for tag, all_shown in seen.items() if all(each == all_shown[0] for each in all_shown)}


def may_succeed(state: State, write: Write, tags: dict[str, dict[str, Any]]) -> bool:
    """Whether the preconditions of a write hold in a state."""
    # What is gone already, and what is there already, may be answered with success (RFC 9110 section 13.1.1).
    if write.if_match is not None and write.if_match in tags and write.kind != "delete" and write.sets:
        return has(state, tags[write.if_match])
    return not write.if_absent or state is None


def orders(history: History, of: str, *, preconditions: bool = False) -> Iterator[list[tuple[Write | Read, State]]]:
    """Yield each order that explains all that was seen: the operations, each with the state after it."""
    thing = next(each for each in history.objects if each.id == of)
    writes = [each for each in history.writes if each.of == of and outcome(each) != REFUSED]
    reads = [each for each in history.reads if each.of == of]
    tags = tagged(history, of) if preconditions else {}
    everything: list[Write | Read] = [*writes, *reads]
    ends = {each.id: end_of(each) for each in everything}
    doubtful = {each.id for each in writes if outcome(each) == IN_DOUBT}

    def further(
        left: list[Write | Read], state: State, order: list[tuple[Write | Read, State]]
    ) -> Iterator[list[tuple[Write | Read, State]]]:
        if all(each.id in doubtful for each in left):
            yield list(order)
        for each in left:
            if any(ends[other.id] < each.begin for other in left if other is not each):
                continue
            after = state
            if isinstance(each, Write):
                if preconditions and not may_succeed(state, each, tags):
                    continue
                after = applied(state, each)
            elif each.absent != (state is None) or (state is not None and not has(state, dict(each.shows))):
                continue
            order.append((each, after))
            yield from further([other for other in left if other is not each], after, order)
            order.pop()

    start = None if thing.initial is None else dict(thing.initial)
    yield from further(everything, start, [])


def explained(history: History, of: str, *, preconditions: bool = False) -> bool:
    """Whether some order explains all that was seen of an object."""
    return next(orders(history, of, preconditions=preconditions), None) is not None
