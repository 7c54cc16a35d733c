"""Crowds: many exchanges of one case at once, alone or with the crowds that belong to it."""

from __future__ import annotations

from collections import Counter

from bothends.engine.play.batches import batches_of
from bothends.records import Case, Condition, Request
from tests.in_words import conditions

REQUEST = Request("POST", "/")


def case(name: str, repeat: int = 1, group: str = "", given: tuple[str, ...] = ()) -> Case:
    """Return a case of a crowd."""
    return Case("op", "crowd", name, REQUEST, given=conditions(*given), repeat=repeat, group=group)


def batches(*cases: Case) -> list[tuple[tuple[Condition, ...], Counter[str], int | None]]:
    """Return each batch's state, how many copies it has of each case, and how many are under way at once."""
    found = batches_of(cases)
    return [(batch.given, Counter(c.name for c in batch.cases), batch.concurrency) for batch in found]


def test_crowd_is_a_batch_of_copies_all_at_once() -> None:
    """However large it is, it is not cut into batches."""
    assert [((), Counter(a=200), 200)] == batches(case("a", 200))


def test_crowds_that_belong_together_are_one_batch() -> None:
    """Those that must be refused stand among the others, evenly spread."""
    (found,) = list(batches_of([case("good", 18, "x"), case("bad", 2, "x", ("signed out",))]))
    names = [c.name for c in found.cases]
    assert Counter(good=18, bad=2) == Counter(names)
    assert all("bad" in half for half in (names[:10], names[10:]))
    assert {(1, "")} == {(c.repeat, c.group) for c in found.cases}


def test_crowds_of_another_name_or_of_none_are_waves_of_their_own() -> None:
    """Two crowds share a batch only when both say so."""
    found = batches(case("a", 3, "x"), case("b", 3, "y"), case("c", 3), case("d", 3))
    assert [Counter(a=3), Counter(b=3), Counter(c=3), Counter(d=3)] == [names for _, names, _ in found]


def test_plain_cases_around_a_crowd_keep_their_waves() -> None:
    """A crowd comes between, with its own state of the world."""
    found = batches(case("before"), case("a", 3, given=("the ingest hangs",)), case("after"))
    assert [Counter(a=3), Counter(before=1, after=1)] == [names for _, names, _ in found]
    assert conditions("the ingest hangs") == found[0][0]
