"""The oracles of the laws: from the definitions, all orders tried. They share no code that decides with the laws.

As the oracle of orders, they take histories in which each value is of one write, and what replaces an object names all.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

from bothends.histories import Write
from tests.histories.oracle import ACKNOWLEDGED, IN_DOUBT, REFUSED, applied, end_of, explained, has, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.histories import Event, EventState, History, Promises, Read
    from tests.histories.oracle import State

Run = list[tuple[Write | None, "State"]]
"""Writes in an order that they may have, each with the state after it; first of all, none and the state before."""


def runs(history: History, of: str, *, timed: bool = True, only: Iterable[Write] | None = None) -> Iterator[Run]:
    """Yield the beginnings of all orders of an object's writes: nothing is left that ended before one of them began."""
    thing = next(each for each in history.objects if each.id == of)
    writes = [each for each in history.writes if each.of == of and outcome(each) != REFUSED]
    writes = list(writes if only is None else only)

    def further(left: list[Write], run: Run) -> Iterator[Run]:
        yield run
        for each in left:
            if timed and any(end_of(other) < each.begin for other in left if other is not each):
                continue
            rest = [other for other in left if other is not each]
            yield from further(rest, [*run, (each, applied(run[-1][1], each))])

    yield from further(writes, [(None, None if thing.initial is None else dict(thing.initial))])


def all_runs(history: History, of: str) -> list[Run]:
    """Return them all."""
    return list(runs(history, of))


def writer_of(history: History, member: str, value: Any) -> Write | None:
    """Return the write that set a value; None: it was there."""
    return next((each for each in history.writes if each.sets.get(member) == value), None)


def one_order(history: History, promises: Promises) -> bool:
    """Whether no order of all writes and readings explains what was seen."""
    return promises.consistency == "strong" and not explained(history, "it", preconditions=promises.preconditions)


def read_not_older(history: History, promises: Promises) -> bool:
    """Whether a reading shows of a member what in no order is there after all writes that it must show."""
    if promises.consistency is None:
        return False
    slack = promises.within_ms / 1000 if promises.consistency == "within" else 0
    for read in history.reads:
        for member, value in ({} if read.absent else read.shows).items():
            writer = writer_of(history, member, value)
            if writer is not None and outcome(writer) == REFUSED:
                continue
            must = {
                each.id
                for each in history.writes
                if outcome(each) == ACKNOWLEDGED
                and member in each.sets
                and end_of(each) + slack < read.begin
                and (promises.consistency != "own-writes" or each.caller == read.caller)
            }
            setting = [each for each in history.writes if member in each.sets and outcome(each) != REFUSED]
            if not any(
                run[-1][0] == writer and must <= {each.id for each, _ in run if each is not None}
                for run in runs(history, "it", only=setting)
            ):
                return True
    return False


def gone_stays_gone(history: History, promises: Promises) -> bool:
    """Whether in each order the object is gone where it is read, or where a write is of which an event is."""
    if promises.consistency != "strong":
        return False
    removals = [each for each in history.writes if each.kind == "delete" and outcome(each) == ACKNOWLEDGED]
    making = [
        each
        for each in history.writes
        if outcome(each) != REFUSED and (each.kind == "delete" or each.makes or each.kind in ("create", "put"))
    ]
    every = [{each.id: state for each, state in run if each is not None} for run in runs(history, "it", only=making)]

    def always_gone(begin: float, end: float) -> bool:
        before = {each.id for each in removals if end_of(each) < begin}
        later = {each.id for each in making if each.begin > end}
        return bool(before) and all(
            list(run.values())[-1] is None for run in every if before <= run.keys() and not later & run.keys()
        )

    if any(not read.absent and always_gone(read.begin, read.end) for read in history.reads):
        return True
    if promises.event is None or not promises.event.order:
        return False
    for event in history.events:
        for write in history.writes:
            of_it = event.write == write.id or any(event.shows.get(key) == value for key, value in write.sets.items())
            patches = write.kind == "patch" and not write.makes and outcome(write) != REFUSED
            if of_it and patches and always_gone(write.begin, min(end_of(write), event.attempts[0].begin)):
                return True
    return False


def no_lost_update(history: History, promises: Promises) -> bool:
    """Whether two writes under one strong tag, or two creations, succeed in no order, on a target that keeps the rules.

    On such a target, a tag is that of one state; a success under it is in that state, or asks for what is there.
    """
    if not promises.preconditions:
        return False
    seen: dict[str, list[dict[str, Any]]] = {}
    for read in history.reads:
        if read.tag and not read.tag.startswith("W/") and not read.absent:
            seen.setdefault(read.tag, []).append(dict(read.shows))
    # Without what they show in common, two readings do not differ.
    clear = {
        tag: {key: value for each in shows for key, value in each.items()}
        for tag, shows in seen.items()
        if not any(a[key] != b[key] for a, b in combinations(shows, 2) for key in a.keys() & b.keys())
    }
    writes = [each for each in history.writes if outcome(each) != REFUSED]
    every: list[Run] = []
    for one, other in combinations([each for each in writes if outcome(each) == ACKNOWLEDGED], 2):
        tag = one.if_match
        if tag is not None and tag == other.if_match and tag in clear and "delete" not in (one.kind, other.kind):
            differs = any(
                tag != known and any(shows.get(key, value) != value for key, value in clear[tag].items() if key in both)
                for known, shows in clear.items()
                for both in [one.sets.keys() | other.sets.keys()]
            )
            if differs and one.sets and other.sets:
                every = every or list(runs(history, "it", timed=False))
                if not any(_both_succeed(run, one, other) for run in every):
                    return True
        if one.if_absent and other.if_absent and one.status == other.status == 201:
            removing = [each for each in writes if each.kind == "delete"]
            if "patch" not in (one.kind, other.kind) and not any(
                _made_twice(order, one, other) for order in _timed_orders([one, other], removing)
            ):
                return True
    return False


def _both_succeed(run: Run, one: Write, other: Write) -> bool:
    before = {each.id: run[place][1] for place, (each, _) in enumerate(run[1:]) if each is not None}
    if not {one.id, other.id} <= before.keys():
        return False
    first, second = before[one.id], before[other.id]
    reflected = [has_all(state, each) for state, each in ((first, one), (second, other))]
    return any(
        all(done or state == tagged for done, state in zip(reflected, (first, second), strict=True))
        for tagged in [state for _, state in run if state is not None]
    )


def has_all(state: State, write: Write) -> bool:
    """Whether a state has all that a write asks for."""
    return state is not None and all(state.get(key) == value for key, value in write.sets.items())


def _timed_orders(makers: list[Write], removals: list[Write]) -> Iterator[tuple[Write, ...]]:
    """Yield the orders that some writes may have, with some removals among them."""
    for count in range(len(removals) + 1):
        for some in combinations(removals, count):
            for order in permutations([*makers, *some]):
                if not any(end_of(later) < sooner.begin for sooner, later in combinations(order, 2)):
                    yield order


def _made_twice(order: tuple[Write, ...], one: Write, other: Write) -> bool:
    first, second = sorted((order.index(one), order.index(other)))
    return any(each.kind == "delete" for each in order[first:second])


def no_event_of_refused_write(history: History, promises: Promises) -> bool:
    """Whether an event shows what is in no state of any order, and a refused write asked for."""
    if promises.event is None or not promises.event.shows or promises.refusals_owe:
        return False
    refused = [each for each in history.writes if outcome(each) == REFUSED]
    states = [state for run in runs(history, "it") for _, state in run if state is not None]
    return any(
        any(write.sets.get(key) == value for write in refused) and not any(state.get(key) == value for state in states)
        for event in history.events
        for key, value in event.shows.items()
    )


def may_show(run: Run, event: Event, promised: EventState, history: History) -> bool:
    """Whether an event may show the state after a beginning of an order."""
    writes = [each for each, _ in run if each is not None]
    arrived = event.attempts[0].begin
    if not has(run[-1][1], dict(event.shows)) or any(each.begin > arrived for each in writes):
        return False
    tied = next((each for each in history.writes if each.id == event.write), None)
    if tied is None or outcome(tied) == REFUSED:
        return True
    return writes[-1:] == [tied] if promised.shown_as == "of-write" else tied in writes


def event_of_one_write(history: History, promises: Promises) -> bool:
    """Whether an event shows a state that the object has in no order."""
    promised = promises.event
    if promised is None or not promised.shows or promised.shown_as == "change":
        return False
    every = all_runs(history, "it")
    for event in history.events:
        values = [writer_of(history, key, value) for key, value in event.shows.items()]
        tied = next((each for each in history.writes if each.id == event.write), None)
        if event.ends or not values or (tied is not None and tied.kind == "delete"):
            continue
        if any(each is not None and outcome(each) == REFUSED for each in values):
            continue
        if not any(may_show(run, event, promised, history) for run in every):
            return True
    return False


def lost_by_kill(history: History, promises: Promises) -> float:
    """Return when the target was back from the last kill of which nothing is promised."""
    lost = -math.inf
    for kill in history.kills:
        if promises.survives is None or (promises.survives == "stop" and not kill.mercy):
            lost = max(lost, math.inf if kill.back is None else kill.back)
    return lost


def write_has_event(history: History, promises: Promises) -> bool:  # noqa: C901 -- one definition
    """Whether there is no way to give each write its events."""
    promised = promises.event
    if not promises.owes or not promises.attempts or promised is None or history.quiet is None:
        return False
    lost = lost_by_kill(history, promises)
    owing = [
        each
        for each in history.writes
        if outcome(each) == ACKNOWLEDGED and each.owes and each.begin > lost and each.kind != "delete"
    ]
    every = all_runs(history, "it") if owing else []

    def may_be_of(event: Event, write: Write) -> bool:
        for run in every:
            writes = [each for each, _ in run if each is not None]
            if write not in writes or any(each.begin > event.attempts[0].begin for each in writes):
                continue
            if event.shows and not has(run[-1][1], dict(event.shows)):
                continue
            own = next((each for each in writes if each.id == event.write), None)
            if promised.coalesces:
                of_write = promised.shown_as == "of-write"
                if event.write is None or (own is not None and (not of_write or writes[-1] == own)):
                    return True
                continue
            if event.write not in (None, write.id):
                continue
            if promised.shown_as == "of-write" and writes[-1] != write:
                continue
            if promised.shown_as == "change" and event.shows and event.shows.keys() != write.sets.keys():
                continue
            return True
        return False

    possible = {each.id: [event.id for event in history.events if may_be_of(event, each)] for each in owing}
    if promised.coalesces:
        return not all(possible.values())
    slots = [each.id for each in owing for _ in range(each.owes)]

    def given(left: list[str], used: frozenset[str]) -> bool:
        return not left or any(given(left[1:], used | {event}) for event in possible[left[0]] if event not in used)

    return not given(slots, frozenset())


def is_of_the_last_state(read: Read, history: History, promises: Promises) -> bool:
    """Whether it is promised that a reading shows nothing older than what is there when all is quiet."""
    callers = {each.caller for each in history.writes if outcome(each) != REFUSED}
    quiet = math.inf if history.quiet is None else history.quiet
    waited = {None: math.inf, "within": promises.within_ms / 1000}.get(promises.consistency, 0.0)
    return read.begin > quiet + waited and (promises.consistency != "own-writes" or callers == {read.caller})


def state_equals_events(history: History, promises: Promises) -> bool:
    """Whether no last state has both what is read and what the last event shows."""
    promised = promises.event
    if promised is None or not promises.every_write_owes or history.quiet is None or not history.events:
        return False
    writes = [each for each in history.writes if outcome(each) != REFUSED]
    if not writes or any(outcome(each) == IN_DOUBT or each.kind == "delete" for each in writes):
        return False
    if any(each.begin <= lost_by_kill(history, promises) for each in writes):
        return False
    last = [run[-1][1] for run in runs(history, "it") if len(run) == len(writes) + 1]
    for read in history.reads:
        # A reading of what is in no last state of a member is an old one. One that mixes two last states is no excuse.
        shown = [(key, value) for key, value in read.shows.items() if not read.absent]
        possible = all(any(has(state, {key: value}) for state in last) for key, value in shown)
        if not is_of_the_last_state(read, history, promises) or not shown or not possible:
            continue
        keys = [[key] for key in read.shows] if promised.shown_as == "change" else [list(read.shows)]
        for some in keys:
            states = [state for state in last if has(state, {key: read.shows[key] for key in some})]
            events = [each for each in history.events if any(key in each.shows for key in some)]
            if promised.version:
                top = max((each.version or 0 for each in events), default=0)
                events = [each for each in events if each.version == top]
            values = [(key, value) for each in events for key, value in each.shows.items()]
            if any((w := writer_of(history, *each)) is not None and outcome(w) == REFUSED for each in values):
                continue
            parts = [{key: value for key, value in each.shows.items() if key in some} for each in events]
            if parts and not any(has(state, part) for state in states for part in parts):
                return True
    return False


def events_in_order(history: History, promises: Promises) -> bool:
    """Whether two events can be those of writes in an order, but not in that in which they were sent."""
    promised = promises.event
    if promised is None or not promised.order or promised.shown_as != "of-write":
        return False
    events = list(history.events)
    for one, other in permutations(events, 2):
        accepted = [each.end for each in one.attempts if each.stored and each.end is not None]
        if not accepted or min(accepted) >= min(each.begin for each in other.attempts):
            continue
        if promised.version and one.version is not None and other.version is not None:
            if one.version > other.version:
                return True
            if one.version < other.version or one.shows == other.shows:
                continue
        # Without versions that differ: the two as states of one order, each that just after a write.
        together, in_order = False, False
        for run in runs(history, "it"):
            places = [_places(run, event, history) for event in (one, other)]
            together |= bool(places[0] and places[1])
            in_order |= bool(places[0] and places[1]) and min(places[0]) <= max(places[1])
            if in_order:
                break
        if together and not in_order:
            return True
    return False


def _places(run: Run, event: Event, history: History) -> list[int]:
    """Return the places of an order where an event may be made: of a write of its own, just after it."""
    tied = next((each for each in history.writes if each.id == event.write), None)
    return [
        place
        for place, (write, state) in enumerate(run)
        if write is not None and has(state, dict(event.shows)) and tied in (None, write)
    ]


def event_then_read(history: History, promises: Promises) -> bool:
    """Whether in no order a reading is at the state that an event shows, or after it."""
    promised = promises.event
    if promised is None or not promised.readable or not promised.shows:
        return False
    every: list[Run] = []
    for event in history.events:
        if event.ends or not event.shows:
            continue
        for read in history.reads:
            if not any(
                each.begin < read.begin and (each.end is None or read.begin < each.end) for each in event.attempts
            ):
                continue
            if any(event.attempts[0].begin <= kill.at <= read.end for kill in history.kills):
                continue
            every = every or all_runs(history, "it")
            found = set()
            for run in every:
                shown = [place for place, (_, state) in enumerate(run) if has(state, dict(event.shows))]
                seen = [
                    place
                    for place, (_, state) in enumerate(run)
                    if (state is None if read.absent else has(state, dict(read.shows)))
                ]
                if any(each is not None and each.begin > read.end for each, _ in run):
                    continue
                found |= {"event"} if shown else set()
                found |= {"read"} if seen else set()
                found |= {"both"} if shown and seen and min(shown) <= max(seen) else set()
            if {"event", "read"} <= found and "both" not in found:
                return True
    return False


def write_survives(history: History, promises: Promises) -> bool:
    """Whether a reading after a kill shows of a member what is there in no order of all that must have been kept."""
    if promises.keeps_state is None or history.quiet is None:
        return False
    lost = lost_by_kill(history, replace(promises, survives=promises.keeps_state))
    writes = [each for each in history.writes if outcome(each) != REFUSED]
    coming = [each for each in writes if each.kind in ("create", "put", "delete") or each.makes]
    for read in history.reads:
        kills = [kill.at for kill in history.kills if kill.back is not None and kill.back < read.begin]
        if read.begin <= history.quiet or not kills:
            continue
        kept = {
            each.id
            for each in writes
            if outcome(each) == ACKNOWLEDGED and end_of(each) < max(kills) and each.begin > lost
        }
        if read.absent:
            making = [each for each in coming if each.id in kept and each.kind != "delete"]
            ends = [run for run in runs(history, "it", only=coming) if {each.id for each in making} <= _names(run)]
            if making and all(run[-1][1] is not None for run in ends):
                return True
        for member, value in ({} if read.absent else read.shows).items():
            writer = writer_of(history, member, value)
            if writer is not None and outcome(writer) == REFUSED:
                continue
            setting = [each for each in writes if member in each.sets]
            must = {each.id for each in setting} & kept
            ends = [run for run in runs(history, "it", only=setting) if must <= _names(run)]
            if not any(run[-1][0] == writer for run in ends):
                return True
    return False


def _names(run: Run) -> set[str]:
    return {each.id for each, _ in run if each is not None}


ORACLES: dict[str, Callable[[History, Promises], bool]] = {
    "one-order": one_order,
    "read-not-older": read_not_older,
    "no-lost-update": no_lost_update,
    "event-of-one-write": event_of_one_write,
    "gone-stays-gone": gone_stays_gone,
    "no-event-of-refused-write": no_event_of_refused_write,
    "write-has-event": write_has_event,
    "state-equals-events": state_equals_events,
    "events-in-order": events_in_order,
    "event-then-read": event_then_read,
    "write-survives": write_survives,
}
