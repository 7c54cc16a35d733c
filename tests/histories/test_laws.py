"""The laws of histories: a breach is one to the oracle too, and each premise keeps what is right from being accused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.histories import LAWS, Attempt, Event, EventState, Kill, Promises, Read, Write, WriteKind, judge
from tests.histories.law_oracles import ORACLES
from tests.histories.law_series import breaks, law_series
from tests.histories.short import create, delete, event, history, read, write

Parts = tuple[Write | Read | Event, ...]


STRONG, CURRENT, OF_WRITE = Promises(consistency="strong"), EventState(), EventState(shown_as="of-write")


def test_each_law_has_an_oracle() -> None:
    """And no oracle is left over."""
    assert LAWS.keys() == ORACLES.keys()


@pytest.mark.parametrize("name", LAWS)
def test_a_breach_is_one_to_the_oracle(name: str) -> None:
    """Of a small series; nothing that the oracle finds right is accused."""
    counts, wrong = law_series(name, 15, seed=21)
    assert [] == wrong
    assert (15, True) == (counts[False, False], counts[True, True] > 7)


@pytest.mark.long
@pytest.mark.parametrize("name", LAWS)
def test_a_breach_is_one_to_the_oracle_of_many(name: str) -> None:
    """Of 5,000 that the oracle finds right, none is accused; of 5,000 that it finds broken, most are found."""
    counts, wrong = law_series(name, 5_000, seed=22)
    assert [] == wrong
    assert (5_000, True) == (counts[False, False], counts[True, True] > 3_500)


TAGGED = (
    read("r", 0, 1, tag='"1"', a="a-first", b="b-first"),
    replace(write("w", 2, 3, a=1), if_match='"1"'),
    replace(write("x", 2, 3, a=2), if_match='"1"'),
    read("s", 4, 5, tag='"2"', a=2, b="b-first"),
)
CREATED = (
    replace(create("c", 0, 1, a=1, b=1), if_absent=True),
    replace(create("d", 2, 3, a=2, b=2), if_absent=True),
)
OLD = (write("w", 0, 1, a=1), read("r", 2, 3, a="a-first"))
GONE = (delete("d", 0, 1), read("r", 2, 3, a="a-first", b="b-first"))
LATE = (delete("d", 0, 1), write("w", 2, 3, a=1), event("e", 4, 5, a=1))
ORDERED = Promises(consistency="strong", event=EventState(order=True))
REFUSED = (write("w", 0, 1, 409, a=1), event("e", 2, 3, a=1))
TORN = (write("w", 0, 1, a=1, b=1), event("e", 2, 3, a=1, b="b-first"))
TIED = (write("w", 0, 1, a=1), write("x", 2, 3, a=2), replace(event("e", 4, 5, a=2), write="w"))

OWES = Promises(owes=True, every_write_owes=True, attempts=True, survives="kill", event=CURRENT)
LAST = replace(OWES, consistency="strong")
VERSIONED = replace(LAST, event=EventState(version=True))
LOST = (replace(write("w", 0, 1, a=1), owes=1), event("e", 2, 3, a="a-first"))
TWO: Parts = (
    *(replace(write(name, 0, 9, a=value), owes=1) for name, value in (("w", 1), ("x", 2))),
    event("e", 2, 3, a=2),
)
OTHER = (write("w", 0, 9, a=1), write("x", 0, 9, a=2), event("e", 2, 3, 7, a=1), read("r", 60, 61, a=2))
SENT = EventState(shown_as="of-write", order=True, version=True)
WRONG = (write("w", 0, 1, a=1), write("x", 2, 3, a=2), event("e", 4, 5, 2, a=2), event("f", 6, 7, 1, a=1))
EARLY = (write("w", 2, 9, a=1), event("e", 3, 5, a=1), read("r", 4, 6, a="a-first"))
READABLE = Promises(event=EventState(readable=True))
ABSENT = (create("c", 2, 9, a=1, b=1), event("e", 3, 5, a=1, b=1), read("r", 4, 6))
KEEPS = Promises(keeps_state="kill")
KEPT = (write("w", 0, 1, a=1), read("r", 60, 61, a="a-first"))
MADE = (create("c", 0, 1, a=1, b=1), read("r", 60, 61))
KILLED = (Kill(10, 11),)


def of_event(promises: Promises, **changes: object) -> Promises:
    """Return the same with another promise of the event."""
    assert promises.event is not None
    return replace(promises, event=replace(promises.event, **changes))  # type: ignore[arg-type]


def with_(parts: Parts, place: int, **changes: object) -> Parts:
    """Return the same with one part changed."""
    return (*parts[:place], replace(parts[place], **changes), *parts[place + 1 :])  # type: ignore[arg-type]


def set_of(parts: Parts, place: int, **sets: object) -> Parts:
    """Return the same with a write that sets something else."""
    return with_(parts, place, sets=sets)


BREACHES: dict[str, list[tuple[Promises, Parts]]] = {
    "one-order": [(STRONG, OLD)],
    "read-not-older": [
        (STRONG, OLD),
        (Promises(consistency="own-writes"), with_(OLD, 1, caller="ann")),
        (Promises(consistency="within", within_ms=900), OLD),
    ],
    "no-lost-update": [(Promises(preconditions=True), TAGGED), (Promises(preconditions=True), CREATED)],
    "gone-stays-gone": [(STRONG, GONE), (ORDERED, LATE)],
    "no-event-of-refused-write": [(Promises(event=CURRENT), REFUSED)],
    "event-of-one-write": [(Promises(event=CURRENT), TORN), (Promises(event=OF_WRITE), TIED)],
    "write-has-event": [
        (OWES, LOST),
        (OWES, LOST[:1]),
        (OWES, TWO),
        (of_event(OWES, coalesces=True), LOST),
        (of_event(OWES, shown_as="of-write"), LOST),
        (of_event(OWES, shown_as="change"), (LOST[0], event("e", 2, 3, b="b-first"), write("x", 0, 1, b=2))),
        (OWES, (LOST[0], replace(event("e", 2, 3), write="x"), write("x", 0, 1, b=2))),
        (OWES, (LOST[0], event("e", -2, -1))),
    ],
    "state-equals-events": [
        (VERSIONED, OTHER),
        (LAST, OTHER),
        (replace(VERSIONED, consistency="own-writes"), with_(OTHER, 3, caller="ann")),
        (replace(VERSIONED, consistency="within", within_ms=9_000), OTHER),
        (of_event(VERSIONED, shown_as="change"), OTHER),
        (VERSIONED, (*OTHER, event("f", 2, 3, 6, a=2))),
    ],
    "events-in-order": [
        (Promises(event=SENT), WRONG),
        (Promises(event=replace(SENT, version=False)), WRONG),
        (
            Promises(event=replace(SENT, version=False)),
            (*WRONG[:2], *(replace(each, write=of, shows={}) for each, of in zip(WRONG[2:], "xw", strict=True))),
        ),
    ],
    "event-then-read": [(READABLE, EARLY), (READABLE, ABSENT)],
    "write-survives": [(KEEPS, KEPT), (KEEPS, MADE)],
}
"""What breaks each law."""

RIGHT: dict[str, list[tuple[str, Promises, Parts]]] = {
    "one-order": [("nothing is promised", Promises(), OLD), ("in doubt", STRONG, with_(OLD, 0, status=504))],
    "read-not-older": [
        ("nothing is promised", Promises(), OLD),
        ("of another caller", Promises(consistency="own-writes"), OLD),
        ("not that old", Promises(consistency="within", within_ms=1500), OLD),
        ("refused", STRONG, with_(OLD, 0, status=422)),
        ("in doubt", STRONG, with_(OLD, 0, status=202)),
        ("overlaps", STRONG, with_(OLD, 1, begin=1)),
        ("the other write overlaps", STRONG, (write("v", 0, 1, a=0), write("w", 1, 1.5, a=1), read("r", 2, 3, a=0))),
    ],
    "no-lost-update": [
        ("nothing is promised", Promises(), TAGGED),
        ("one is refused", Promises(preconditions=True), with_(TAGGED, 2, status=412)),
        ("one is in doubt", Promises(preconditions=True), with_(TAGGED, 2, status=500)),
        ("one is a removal", Promises(preconditions=True), with_(TAGGED, 2, kind=WriteKind.DELETE, sets={})),
        ("equal effects", Promises(preconditions=True), set_of(TAGGED[:3], 2, a=1)),
        ("it sets what is not shown", Promises(preconditions=True), with_(set_of(TAGGED, 2, c=7), 3, shows={"a": 1})),
        ("other tags", Promises(preconditions=True), with_(TAGGED, 2, if_match='"2"')),
        (
            "weak tags",
            Promises(preconditions=True),
            tuple(
                replace(each, **{key: "W/" + getattr(each, key)})  # type: ignore[type-var, misc]
                for each, key in zip(TAGGED, ("tag", "if_match", "if_match", "tag"), strict=True)
            ),
        ),
        ("the tag is not seen to differ", Promises(preconditions=True), with_(TAGGED, 3, tag='"1"')),
        ("no other state is seen", Promises(preconditions=True), TAGGED[:3]),
        ("creations, nothing is promised", Promises(), CREATED),
        ("one creation is refused", Promises(preconditions=True), with_(CREATED, 1, status=412)),
        ("one is no creation", Promises(preconditions=True), with_(CREATED, 1, status=200)),
        ("one has no condition", Promises(preconditions=True), with_(CREATED, 1, if_absent=False)),
        ("removed in between", Promises(preconditions=True), (*CREATED, delete("x", 1, 2, 504))),
    ],
    "gone-stays-gone": [
        ("nothing is promised", Promises(), GONE),
        ("only accepted", STRONG, with_(GONE, 0, status=202)),
        ("the removal overlaps", STRONG, with_(GONE, 1, begin=1)),
        ("made anew", STRONG, (*GONE, create("c", 1.5, 1.6, 500, a=1, b=1))),
        ("the creation overlaps", STRONG, (*GONE, create("c", -1, 0, a=1, b=1))),
        ("no order is promised", Promises(consistency="strong", event=CURRENT), LATE),
        ("the write overlaps", ORDERED, with_(LATE, 1, begin=1)),
        ("refused, which owes an event", ORDERED, with_(LATE, 1, status=404)),
        ("made anew, with events", ORDERED, (*LATE, create("c", 1.2, 1.3, a=3, b=3))),
    ],
    "no-event-of-refused-write": [
        ("nothing is promised", Promises(), REFUSED),
        ("what it shows is not known", Promises(event=EventState(shows=False)), REFUSED),
        ("refused answers owe events", Promises(event=CURRENT, refusals_owe=True), REFUSED),
        ("in doubt", Promises(event=CURRENT), with_(REFUSED, 0, status=429)),
        ("another write has it too", Promises(event=CURRENT), (*REFUSED, write("x", 0, 1, a=1))),
    ],
    "event-of-one-write": [
        ("nothing is promised", Promises(), TORN),
        ("what it shows is not known", Promises(event=EventState(shows=False)), TORN),
        ("it shows changed members", Promises(event=EventState(shown_as="change")), TORN),
        ("disjoint PATCHes mix", Promises(event=CURRENT), set_of(TORN, 0, a=1)),
        ("a later state", Promises(event=CURRENT), TIED),
        ("not tied", Promises(event=OF_WRITE), with_(TIED, 2, write=None)),
        (
            "the writes overlap",
            Promises(event=OF_WRITE),
            (write("w", 0, 3, b=1), write("x", 2, 3, a=2), replace(event("e", 4, 5, a=2, b=1), write="w")),
        ),
        ("the object is gone", Promises(event=OF_WRITE), with_(TIED, 2, ends=True)),
        (
            "the write in between is in doubt",
            Promises(event=CURRENT),
            (write("w", 0, 1, a=1), write("x", 2, 3, 504, a=2), write("y", 4, 5, b=1), event("e", 6, 7, a=1, b=1)),
        ),
        ("a refused request is shown", Promises(event=CURRENT), with_(TORN, 0, status=409)),
    ],
    "write-has-event": [
        ("nothing is owed", replace(OWES, owes=False), LOST),
        ("events may get lost", replace(OWES, attempts=False), LOST),
        ("the answer owes none", OWES, with_(LOST, 0, owes=0)),
        ("in doubt", OWES, with_(LOST, 0, status=500)),
        ("equal values", OWES, set_of(LOST, 0, a="a-first")),
        ("what it shows is not known", of_event(OWES, shows=False), LOST),
        ("a later one will do", of_event(OWES, coalesces=True), TWO),
        ("a later state is shown", OWES, (*TWO, event("f", 4, 5, a=2))),
        ("it is tied", OWES, (LOST[0], replace(event("e", 2, 3), write="w"))),
        ("it was under way", OWES, (LOST[0], event("e", 0, 0.5, a=1))),
    ],
    "state-equals-events": [
        ("nothing is promised", replace(VERSIONED, event=None), OTHER),
        ("not each write owes one", replace(VERSIONED, every_write_owes=False), OTHER),
        ("events may get lost", replace(VERSIONED, attempts=False), OTHER),
        ("what it shows is not known", of_event(VERSIONED, shows=False), OTHER),
        ("a write is in doubt", VERSIONED, with_(OTHER, 1, status=500)),
        ("it is not quiet", VERSIONED, with_(OTHER, 3, begin=49)),
        ("no reading is promised to be new", replace(VERSIONED, consistency=None), OTHER),
        ("others may read old ones", replace(VERSIONED, consistency="own-writes"), OTHER),
        ("readings may be old", replace(VERSIONED, consistency="within", within_ms=11_000), OTHER),
        ("the reading is an old one", VERSIONED, with_(OTHER, 3, shows={"a": "a-first"})),
        ("a higher version shows it", VERSIONED, (*OTHER, event("f", 2, 3, 8, a=2))),
        ("equal versions", VERSIONED, (*OTHER, event("f", 2, 3, 7, a=2))),
        ("some event shows it", LAST, (*OTHER, event("f", 2, 3, 6, a=2))),
        ("it was removed", VERSIONED, (*OTHER, delete("d", 0, 1))),
        (
            "each member has its own",
            of_event(VERSIONED, shown_as="change"),
            (
                *with_(OTHER, 3, shows={"a": 2, "b": 3})[1:],
                *(write("y", 0, 9, b=3), event("f", 2, 3, 8, b=3), event("g", 2, 3, 7.5, a=2)),
            ),
        ),
    ],
    "events-in-order": [
        ("nothing is promised", Promises(event=replace(SENT, order=False)), WRONG),
        ("a later state may be shown", Promises(event=replace(SENT, shown_as="current")), WRONG),
        ("not accepted before", Promises(event=SENT), with_(WRONG, 2, attempts=(Attempt(4, 6),))),
        ("not stored", Promises(event=SENT), with_(WRONG, 2, attempts=(Attempt(4, 5, stored=False),))),
        ("sent before, and again", Promises(event=SENT), with_(WRONG, 3, attempts=(Attempt(3, 3.5), Attempt(6, 7)))),
        ("equal versions and contents", Promises(event=SENT), with_(with_(WRONG, 2, version=1), 3, shows={"a": 2})),
        ("versions say so", Promises(event=SENT), with_(WRONG, 3, version=3)),
        ("the writes overlap", Promises(event=replace(SENT, version=False)), with_(WRONG, 1, begin=1)),
        ("in doubt", Promises(event=replace(SENT, version=False)), with_(WRONG, 0, status=500)),
        (
            "each is older than the other in something",
            Promises(event=replace(SENT, version=False)),
            (
                *WRONG[:2],
                write("y", 0, 1, b=1),
                *with_(with_(WRONG, 2, shows={"a": 2, "b": "b-first"}), 3, shows={"a": 1, "b": 1})[2:],
            ),
        ),
    ],
    "event-then-read": [
        ("nothing is promised", Promises(event=CURRENT), EARLY),
        ("what it shows is not known", of_event(READABLE, shows=False), EARLY),
        ("it is answered", READABLE, with_(EARLY, 2, begin=5)),
        ("the reading began before", READABLE, with_(EARLY, 2, begin=3)),
        ("it is gone after it", READABLE, with_(EARLY, 1, ends=True)),
        ("the writes overlap", READABLE, (write("v", 0, 9, a=0), *with_(EARLY, 2, shows={"a": 0}))),
        ("refused", READABLE, with_(EARLY, 0, status=409)),
        ("removed", READABLE, (*ABSENT, delete("d", 5, 7, 500))),
    ],
    "write-survives": [
        ("nothing is promised", Promises(), KEPT),
        ("only a stop is survived", Promises(keeps_state="stop"), KEPT),
        ("in doubt", KEEPS, with_(KEPT, 0, status=500)),
        ("refused", KEEPS, with_(KEPT, 0, status=409)),
        ("done after the kill", KEEPS, with_(KEPT, 0, end=12)),
        ("it is not quiet", KEEPS, with_(KEPT, 1, begin=49)),
        ("a later write is read", KEEPS, (*with_(KEPT, 1, shows={"a": 2}), write("x", 0, 1, a=2))),
        ("removed", KEEPS, (*MADE, delete("d", 0, 1, 500))),
    ],
}
"""What looks like a breach, and is right under one premise."""


@pytest.mark.parametrize("name", LAWS)
def test_what_breaks_a_law(name: str) -> None:
    """Each kind of breach is found, with its operations; nothing is demanded of an object that others may change."""
    assert LAWS.keys() == BREACHES.keys() == RIGHT.keys()
    for promises, parts in BREACHES[name]:
        seen = history(*parts, there=parts not in (CREATED, ABSENT), quiet=50)
        seen = replace(seen, kills=KILLED if name == "write-survives" else ())
        breaches = judge(seen, promises)[name].breaches
        assert breaches, parts
        assert {each.id for each in parts} >= {each for one in breaches for each in one.operations}
        shared = tuple(replace(each, shared=True) for each in seen.objects)
        assert not breaks(name, replace(seen, objects=shared), promises)


@pytest.mark.parametrize(("name", "why"), [(name, why) for name in RIGHT for why, _, _ in RIGHT[name]])
def test_each_premise_keeps_a_right_history_from_being_accused(name: str, why: str) -> None:
    """What differs from a breach in one premise is right."""
    promises, parts = next(each[1:] for each in RIGHT[name] if each[0] == why)
    seen = history(*parts, there=parts[0] not in (CREATED[0], ABSENT[0]), quiet=50)
    assert not breaks(name, replace(seen, kills=KILLED if name == "write-survives" else ()), promises)


@pytest.mark.parametrize(
    ("survives", "kill", "is_lost"),
    [
        ("kill", Kill(1.5, 2), False),
        ("all", Kill(1.5, 2), False),
        ("stop", Kill(1.5, 2, mercy=True), False),
        ("stop", Kill(1.5, 2), True),
        (None, Kill(1.5, 2, mercy=True), True),
        (None, Kill(1.5), True),
    ],
)
def test_what_a_kill_may_lose_is_not_demanded(survives: Any, kill: Kill, is_lost: bool) -> None:  # noqa: FBT001
    """Of what was done before it, unless that is promised; what is done later is."""
    for name, promises, parts in (("write-has-event", OWES, LOST), ("state-equals-events", VERSIONED, OTHER)):
        promised = replace(promises, survives=survives)
        assert is_lost != breaks(name, replace(history(*parts, quiet=50), kills=(kill,)), promised)
    later = replace(history(with_(LOST, 0, begin=3, end=4)[0], quiet=50), kills=(kill,))
    assert (kill.back is not None or not is_lost) == breaks("write-has-event", later, replace(OWES, survives=survives))


def test_a_kill_ends_what_is_readable() -> None:
    """What was held in memory is gone."""
    assert not breaks("event-then-read", replace(history(*EARLY), kills=(Kill(3.5, 3.6),)), READABLE)


def test_without_quiet_nothing_is_decided() -> None:
    """And that is said."""
    verdicts = judge(history(*LOST), OWES)
    assert ((), 1) == (verdicts["write-has-event"].breaches, len(verdicts["write-has-event"].undecided))
    assert ((), 1) == (verdicts["state-equals-events"].breaches, len(verdicts["state-equals-events"].undecided))
