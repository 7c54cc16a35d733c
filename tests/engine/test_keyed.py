"""Faults that are for one exchange alone: which batches may be played side by side, and what must be played again."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases.plan import plan
from bothends.conditions import sentence
from bothends.contract import load
from bothends.engine.evidence.beside import beside_not_proven
from bothends.engine.play.batches import Batch, Scope, batches_of, waiting_together
from bothends.engine.play.keyed import AT_MOST, Keyable, grouped, unmet_faults_of_its_own, waiting_beside
from bothends.engine.play.played import Played, Row, Rows
from bothends.engine.run.beside import Keying
from bothends.engine.tie.attribution import Attributed
from bothends.records import Case, Cause, Request
from bothends.world.faults import FAULTS
from tests.correct_targets import without_user
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract
    from bothends.engine.run.beside import Broken

ROOT = Path(__file__).resolve().parents[2]
SETTINGS, WRONG = conditions("the settings hangs", "the ingest answers 500")
(CLOSES,) = conditions("the ingest closes the connection")
STATES = st.sampled_from([(), (SETTINGS,), (WRONG,), (CLOSES,)])
KINDS = st.lists(st.tuples(STATES, st.sampled_from(["pay", "ship"]), st.booleans()), max_size=3 * AT_MOST)


def batch_of(name: str, state: tuple[object, ...], operation: str = "pay") -> Batch:
    """Return a batch of one case."""
    case = Case(operation, "upstream-wrong", name, Request("POST", "/"), state)  # type: ignore[arg-type]
    return Batch(state, (case,))  # type: ignore[arg-type]


def flat(batches: list[Batch]) -> list[Batch]:
    """Return batches with each group's own in its place."""
    return [one for batch in batches for one in (batch.steps if batch.side_by_side else (batch,))]


@given(KINDS)
def test_no_batch_is_lost_or_doubled_and_groups_are_of_one_operation(
    kinds: list[tuple[tuple[object, ...], str, bool]],
) -> None:
    """Those that may not be keyed keep their order, and are in no group."""
    batches = [batch_of(f"{place}", state, operation) for place, (state, operation, _) in enumerate(kinds)]
    keyed = {batch.cases[0].name for batch, (state, _, own) in zip(batches, kinds, strict=True) if own and state}
    made = list(grouped(batches, lambda batch: batch.cases[0].name in keyed))
    assert Counter(one.cases[0].name for one in batches) == Counter(one.cases[0].name for one in flat(made))
    others = [one.cases[0].name for one in batches if one.cases[0].name not in keyed]
    assert others == [one.cases[0].name for one in flat(made) if one.cases[0].name not in keyed]
    for group in (batch for batch in made if batch.side_by_side):
        assert 2 <= len(group.together) <= AT_MOST
        assert 1 == len({one.cases[0].operation for one in group.together})
        assert keyed.issuperset(case.name for case in group.cases)


@given(KINDS)
def test_no_batch_passes_one_of_a_healthy_world(kinds: list[tuple[tuple[object, ...], str, bool]]) -> None:
    """What was planned before a batch without a state is played before it."""
    batches = [batch_of(f"{place}", state, operation) for place, (state, operation, _) in enumerate(kinds)]
    own = {batch.cases[0].name for batch, (state, _, keyed) in zip(batches, kinds, strict=True) if keyed and state}
    order = [int(one.cases[0].name) for one in flat(list(grouped(batches, lambda b: b.cases[0].name in own)))]
    for place, number in enumerate(order):
        if not kinds[number][0]:
            assert max(order[:place], default=-1) < number < min(order[place + 1 :], default=len(order))


def test_of_the_reference_no_fault_at_the_door_is_keyed() -> None:
    """Nor is one that only the target's own limit ends, a crowd, or a client that does not behave."""
    contract = load(ROOT / "bothends.toml")
    plain, *_ = plan(contract, seed=1, max_examples=0).parts()
    may = Keyable(contract).fault
    keyed = [batch for batch in batches_of(plain) if may(batch)]
    kinds = {FAULTS.get(batch.given[0].name) for batch in keyed}
    assert len(keyed) > 60
    assert not any(kind.outlasts or "begin" in vars(kind) for kind in kinds)
    assert {("ingest",), ("settings",)} == {tuple(one.subject for one in batch.given) for batch in keyed}
    assert not any(case.behaviour or case.repeat > 1 for batch in keyed for case in batch.cases)


def test_events_that_do_not_tell_their_caller_are_not_keyed(tmp_path: Path) -> None:
    """Of callers who take turns, or where the event has nothing of them, one fault follows the other."""
    contract = load(without_user.write(tmp_path))
    plain, *_ = plan(contract, seed=1, max_examples=0).parts()
    may = Keyable(contract).fault
    assert not any(may(batch) for batch in batches_of(plain))


def timeouts_of(contract: Contract) -> list[Batch]:
    """Return the batches of a plan that wait for the target's timeout, as they are played."""
    plain, *_ = plan(contract, seed=1, max_examples=0).parts()
    every = waiting_beside(batches_of(plain), Keyable(contract).wait)
    return [batch for batch in every if any(case.family == "upstream-timeout" for case in batch.cases)]


def test_an_ingest_that_hangs_is_waited_for_beside_the_settings() -> None:
    """Those of the ingest come first, each for its own exchange; one that is at the door of the ingest stays behind."""
    beside, door = timeouts_of(load(ROOT / "bothends.toml"))
    assert [True, False] == [
        own for own, _ in itertools.groupby(part.scope is Scope.EXCHANGE for part in beside.together)
    ]
    own = {part.given[0].subject for part in beside.together if part.scope is Scope.EXCHANGE}
    assert ({"ingest"}, {"settings", "ingest"}) == (own, {one.subject for one in beside.given})
    assert ["the ingest ignores connections"] == [sentence(one) for one in door.given]


def test_what_waits_beside_something_is_played_again_as_it_was_planned() -> None:
    """Each part of it is in a state of the world like any other, and so are the two of which it was made."""
    contract = load(ROOT / "bothends.toml")
    beside, _ = timeouts_of(contract)
    assert not any(part.scope is Scope.EXCHANGE for part in beside.steps)
    assert not any(beside.around(case).scope is Scope.EXCHANGE for case in beside.cases)
    assert [{"settings"}, {"ingest"}] == [{one.subject for one in batch.given} for batch in beside.alone]
    assert sorted(case.label for case in beside.cases) == sorted(c.label for b in beside.alone for c in b.cases)
    (single,) = (batch for batch in beside.alone if {"ingest"} == {one.subject for one in batch.given})
    assert (single,) == single.alone


def test_events_that_do_not_tell_their_caller_are_waited_for_alone(tmp_path: Path) -> None:
    """Each of the two services has its own batch."""
    batches = timeouts_of(load(without_user.write(tmp_path)))
    assert [{"settings"}, {"ingest"}] == [{one.subject for one in batch.given} for batch in batches]
    assert not any(part.scope is Scope.EXCHANGE for batch in batches for part in batch.together)


@given(KINDS)
def test_waiting_beside_something_loses_no_batch(kinds: list[tuple[tuple[object, ...], str, bool]]) -> None:
    """Whatever stands next to what: each case is played once, and what does not wait keeps its place."""
    batches = [batch_of(f"{place}", state, operation) for place, (state, operation, _) in enumerate(kinds)]
    waits = [replace(one, together=(one,)) if kind[2] else one for one, kind in zip(batches, kinds, strict=True)]
    made = list(waiting_beside(waits, lambda part: part.given == (WRONG,)))
    assert Counter(one.cases[0].name for one in batches) == Counter(c.name for batch in made for c in batch.cases)
    plain = [one.cases[0].name for one, kind in zip(batches, kinds, strict=True) if not kind[2]]
    assert plain == [batch.cases[0].name for batch in made if not batch.together and batch in batches]


def test_an_exchange_that_has_not_met_its_own_fault_is_noticed() -> None:
    """One of a crowd is enough; where the rest was left out, nobody knows."""
    crowd = replace(batch_of("crowd", (WRONG,)), scope=Scope.EXCHANGE)
    beside = waiting_together((replace(crowd, cases=crowd.cases * 3), batch_of("other", (SETTINGS,))))
    played = Played(beside, Attributed(()), {WRONG: 3, SETTINGS: 0})
    assert not unmet_faults_of_its_own(played)
    assert unmet_faults_of_its_own(replace(played, fired={WRONG: 2, SETTINGS: 1}))
    assert not unmet_faults_of_its_own(replace(played, fired={WRONG: 2}, left_out=1))


def rows(*met: bool) -> Rows:
    """Return what came of faults, each of which was met or not."""
    made = tuple(Row((Played(batch_of(f"{n}", (WRONG,)), Attributed(()), {}),), one) for n, one in enumerate(met))
    return Rows(made, Attributed(()), 0)


def told(**laws: str) -> Callable[[Played], frozenset[Broken]]:
    """Return what tells what each case breaks, by its name: laws with spaces between them."""

    def broken(played: Played) -> frozenset[Broken]:
        return frozenset((law, Cause(law)) for law in laws.get(f"case_{played.batch.cases[0].name}", "").split())

    return broken


@pytest.mark.parametrize(
    ("broken", "met", "suspects"),
    [
        pytest.param({}, (True, True, True), {}, id="all as it should be"),
        pytest.param({"case_1": "recovers"}, (True, True, True), {1: ({"recovers"}, True)}, id="one breaks a law"),
        pytest.param({}, (True, False, True), {1: (set(), False)}, id="one did not meet its fault"),
        pytest.param({"case_0": "recovers"}, (False, False, True), {0: (set(), False), 1: (set(), False)}, id="both"),
    ],
)
def test_what_is_not_as_it_should_be_is_a_suspect(
    broken: dict[str, str], met: tuple[bool, ...], suspects: dict[int, tuple[set[str], bool]]
) -> None:
    """What broke a law need not be played again where that has shown alone; what did not meet its fault must be."""
    found = Keying(4).suspects(rows(*met), told(**broken))
    assert suspects == {place: (set(one.laws), one.known) for place, one in found.items()}


@pytest.mark.parametrize(("again", "untold", "at_once"), [(0, 0, 4), (16, 0, 4), (17, 0, 1), (0, 1, 1)])
def test_where_most_are_played_again_nothing_is_beside_another_from_then_on(
    again: int, untold: int, at_once: int
) -> None:
    """Nor where a delivery is of several exchanges, or of none that it tells."""
    keying = Keying(4)
    keying.played_again(again, replace(rows(*[True] * 32), untold=untold))
    assert at_once == keying.at_once


def test_of_a_busy_machine_nothing_is_held_against_anybody() -> None:
    """A batch that was late, as the machine was busy, is played again, and shows nothing beside others."""
    keying = Keying(4, isolates=True)
    found = keying.suspects(
        rows(*[True] * 3), lambda played: None if played.batch.cases[0].name == "2" else frozenset()
    )
    assert {2: (frozenset(), False)} == {place: (one.laws, one.known) for place, one in found.items()}
    assert ([], []) == (keying.compare(found[2], set()), list(beside_not_proven(keying.told, ())))


def test_what_shows_beside_others_only_is_not_proven_and_an_error_where_it_is_guaranteed() -> None:
    """What shows alone as well is a finding as ever."""
    seen = []
    for isolates in (False, True):
        keying = Keying(4, isolates=isolates)
        found = keying.suspects(rows(*[True] * 3), told(case_1="recovers answered"))
        breaches = keying.compare(found[1], {"answered"})
        seen.append(
            (keying.at_once, [one.law for one in breaches], [one.what for one in beside_not_proven(keying.told, ())])
        )
    assert [(1, [], ["only beside other faults"]), (1, ["isolates-faults"], [])] == seen


def test_what_is_found_anyway_is_no_matter_of_what_was_beside_it() -> None:
    """A case that breaks a law beside others of which there is a finding shows no more than that; others are told."""
    seen = (("a/1", "own-event"), ("a/1", "family-status"), ("b/1", "recovers"))
    why = [[one.why.partition(": broken")[0] for one in beside_not_proven(seen, laws)] for laws in ((), {"own-event"})]
    every = "own-event in a/1, family-status in a/1, recovers in b/1"
    assert [[every], ["recovers in b/1"]] == why
    assert [] == list(beside_not_proven(seen, {"own-event", "recovers"}))
