"""The laws of histories: a breach is one to the oracle too, and each premise keeps what is right from being accused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.histories import LAWS, EventState, Promises, WriteKind, judge
from tests.histories.law_oracles import ORACLES
from tests.histories.law_series import breaks, law_series
from tests.histories.short import create, delete, event, history, read, write

if TYPE_CHECKING:
    from bothends.histories import Event, Read, Write

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
    assert (15, True) == (counts[False, False], counts[True, True] > 10)


@pytest.mark.long
@pytest.mark.parametrize("name", LAWS)
def test_a_breach_is_one_to_the_oracle_of_many(name: str) -> None:
    """Of 5,000 that the oracle finds right, none is accused; of 5,000 that it finds broken, few are missed."""
    counts, wrong = law_series(name, 5_000, seed=22)
    assert [] == wrong
    assert (5_000, True) == (counts[False, False], counts[True, True] > 4_950)


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
}
"""What looks like a breach, and is right under one premise."""


@pytest.mark.parametrize("name", LAWS)
def test_what_breaks_a_law(name: str) -> None:
    """Each kind of breach is found, with its operations; nothing is demanded of an object that others may change."""
    assert LAWS.keys() == BREACHES.keys() == RIGHT.keys()
    for promises, parts in BREACHES[name]:
        seen = history(*parts, there=parts is not CREATED, quiet=50)
        breaches = judge(seen, promises)[name].breaches
        assert breaches, parts
        assert {each.id for each in parts} >= {each for one in breaches for each in one.operations}
        shared = tuple(replace(each, shared=True) for each in seen.objects)
        assert not breaks(name, replace(seen, objects=shared), promises)


@pytest.mark.parametrize(("name", "why"), [(name, why) for name in RIGHT for why, _, _ in RIGHT[name]])
def test_each_premise_keeps_a_right_history_from_being_accused(name: str, why: str) -> None:
    """What differs from a breach in one premise is right."""
    promises, parts = next(each[1:] for each in RIGHT[name] if each[0] == why)
    assert not breaks(name, history(*parts, there=parts[:1] != CREATED[:1], quiet=50), promises)
