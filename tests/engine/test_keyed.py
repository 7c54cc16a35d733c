"""Faults that are for one exchange alone: which batches may be played side by side, and what must be played again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases.plan import plan
from bothends.contract import load
from bothends.engine.attribution.tie import Attributed
from bothends.engine.exchanges.batches import Batch, batches_of
from bothends.engine.exchanges.keyed import AT_MOST, Keying, grouped, may_be_keyed
from bothends.engine.exchanges.played import Played, Row, Rows
from bothends.records import Case, Cause, Request
from bothends.world.faults import FAULTS
from tests.correct_targets import without_user
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.engine.exchanges.keyed import Broken

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
    return [one for batch in batches for one in batch.keyed or (batch,)]


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
    for group in (batch for batch in made if batch.keyed):
        assert 2 <= len(group.keyed) <= AT_MOST
        assert 1 == len({one.cases[0].operation for one in group.keyed})
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
    plain, _ = plan(contract, seed=1, max_examples=0).parts()
    may = may_be_keyed(contract)
    keyed = [batch for batch in batches_of(plain) if may(batch)]
    kinds = {FAULTS.get(batch.given[0].name) for batch in keyed}
    assert len(keyed) > 60
    assert not any(kind.outlasts or "begin" in vars(kind) for kind in kinds)
    assert {("ingest",)} == {tuple(one.subject for one in batch.given) for batch in keyed}
    assert not any(case.behaviour or case.repeat > 1 for batch in keyed for case in batch.cases)


def test_events_that_do_not_tell_their_caller_are_not_keyed(tmp_path: Path) -> None:
    """Of callers who take turns, or where the event has nothing of them, one fault follows the other."""
    contract = load(without_user.write(tmp_path))
    plain, _ = plan(contract, seed=1, max_examples=0).parts()
    may = may_be_keyed(contract)
    assert not any(may(batch) for batch in batches_of(plain))


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
    assert ([], []) == (keying.compare(found[2], set()), list(keying.not_proven()))


def test_what_shows_beside_others_only_is_not_proven_and_an_error_where_it_is_guaranteed() -> None:
    """What shows alone as well is a finding as ever."""
    seen = []
    for isolates in (False, True):
        keying = Keying(4, isolates=isolates)
        found = keying.suspects(rows(*[True] * 3), told(case_1="recovers answered"))
        breaches = keying.compare(found[1], {"answered"})
        seen.append((keying.at_once, [one.law for one in breaches], [one.what for one in keying.not_proven()]))
    assert [(1, [], ["only beside other faults"]), (1, ["isolates-faults"], [])] == seen
