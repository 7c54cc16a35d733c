"""Has the event come: the table of states, and what holds whatever comes, in whatever order, on whatever machine."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields, replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.terms import DeliveryTerms
from bothends.engine.play.pending import LIMITS, MOST, TRANSITIONS, Limits, Pending, Signal, State, WaitBudget
from bothends.engine.testbed.machine import Measurements, Sample
from bothends.engine.tie.attribution import Attributed
from bothends.laws import law_of
from tests.in_words import conditions
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.laws.law import LawContext
    from bothends.records import Exchange

SECONDS = 10.0
NONE = kept.exchange(deliveries=())
UNWELL = replace(NONE, case=replace(NONE.case, given=conditions("the ingest hangs")))
ENDED = NONE.ended


def law_context(answer: str | None = None) -> dict[str, LawContext]:
    """Return what the laws judge by, with what `x-delivery` says of the answer."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms(answer=answer)) for event in operation.events)  # type: ignore[arg-type]  # a word of the schema
    return {operation.id: replace(kept.law_context(), operation=replace(operation, events=events))}


def pending(answer: str | None = None) -> Pending[str]:
    """Return one that holds nothing."""
    return Pending(law_context(answer), SECONDS)


def late(after: float, number: int = 1) -> Attributed:
    """Return an exchange whose event came so long after its answer."""
    came = replace(kept.delivery(number), received=kept.exchange(number).ended + after)
    return Attributed((), late=(kept.exchange(number, deliveries=(came,)),))


@pytest.mark.parametrize(
    ("exchange", "answer", "held"),
    [
        pytest.param(NONE, None, True, id="nothing is said of the order"),
        pytest.param(NONE, "any", True, id="any order"),
        pytest.param(NONE, "after", False, id="the answer waits for it"),
        pytest.param(kept.exchange(), "any", False, id="it is there"),
        pytest.param(replace(NONE, answer=kept.answer(422)), "any", False, id="none is owed"),
        pytest.param(
            replace(NONE, case=replace(NONE.case, given=conditions("the ingest hangs"))), "any", False, id="unwell"
        ),
    ],
)
def test_what_is_held(exchange: Exchange, answer: str | None, held: bool) -> None:  # noqa: FBT001 -- a column
    """An exchange is held while an event may still come of it; all others are judged with their batch."""
    waits = pending(answer)
    ready, _ = waits.take(Attributed((exchange,)), "here")
    assert (int(held), () if held else (exchange,)) == (len(waits), ready.exchanges)


def test_it_is_judged_when_its_event_is_there() -> None:
    """As an exchange of its own batch, and where it was seen; whoever is not held is judged once more."""
    waits = pending()
    waits.take(Attributed((NONE,)), "first batch")
    ready, seen = waits.take(replace(late(5), late=(*late(5).late, *late(5, 2).late)), "second batch")
    assert ([1], [2], {1: "first batch"}, 0) == (
        [e.number for e in ready.exchanges],
        [e.number for e in ready.late],
        seen,
        len(waits),
    )
    assert late(5).late[0].deliveries == ready.exchanges[0].deliveries


def test_what_had_its_time_is_lost() -> None:
    """Nothing has come, and nothing was in its way."""
    waits = pending()
    waits.take(Attributed((NONE,)), "here")
    assert ENDED + SECONDS == waits.due(ENDED)
    (exchange,), seen = waits.rest(ENDED + SECONDS, ())
    assert (False, {1: "here"}, 0) == (exchange.unheard, seen, len(waits))
    assert law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])


@pytest.mark.parametrize(
    ("now", "fault", "unheard"),
    [
        pytest.param(SECONDS - 1, None, True, id="too early"),
        pytest.param(SECONDS + 1, 5.0, True, id="an ingest was out of order meanwhile"),
        pytest.param(SECONDS + 1, -1.0, False, id="before"),
        pytest.param(SECONDS + 2, SECONDS + 1, False, id="after"),
    ],
)
def test_who_is_accused_of_a_loss(now: float, fault: float | None, unheard: bool) -> None:  # noqa: FBT001 -- a column
    """Nobody whose event may have been sent while nobody could see it, or may still be."""
    waits = pending()
    waits.take(Attributed((NONE,)), "here")
    (exchange,), _ = waits.rest(ENDED + now, [] if fault is None else [ENDED + fault])
    broken = law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])
    assert (unheard, not unheard) == (exchange.unheard, bool(broken))


@pytest.mark.parametrize(
    ("now", "unheard", "kept_waiting"),
    [
        pytest.param(SECONDS - 1, True, False, id="too early on any machine"),
        pytest.param(SECONDS + 1, True, True, id="in time on a machine with less to do"),
        pytest.param(4 * SECONDS - 1, True, True, id="a quarter of it was its own"),
        pytest.param(4 * SECONDS + 1, False, False, id="it had its time"),
    ],
)
def test_what_the_machine_took_is_no_time_of_an_event(now: float, unheard: bool, kept_waiting: bool) -> None:  # noqa: FBT001
    """A target that waited for a processor for three quarters of the time has four times as long."""
    waits = Pending[str](law_context(), SECONDS, waits=lambda began, ended: 0.75 * (ended - began))
    waits.take(Attributed((NONE,)), "here")
    assert min(ENDED + LIMITS.pending, ENDED + 4 * SECONDS) == waits.due(ENDED + 5 * SECONDS)
    (exchange,), _ = waits.rest(ENDED + now, ())
    assert (unheard, kept_waiting) == (exchange.unheard, waits.kept_waiting == (NONE.case.label,))


@pytest.mark.parametrize(("part", "lost"), [(0.0, True), (0.02, True), (0.9, False)])
def test_what_has_the_longest_time_is_lost_after_it(part: float, lost: bool) -> None:  # noqa: FBT001 -- a column
    """Where others came so late that each has the most there is, a machine that takes a moment of it is no reason."""
    waits = Pending[str](law_context(), SECONDS, waits=lambda began, ended: part * (ended - began))
    waits.take(Attributed((NONE, replace(NONE, number=2))), "here")
    waits.take(late(LIMITS.pending, 2), "here")
    now = ENDED
    while now < (due := waits.due(now)):
        now = due
    (exchange,), _ = waits.rest(now, ())
    broken = law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])
    assert (lost, not lost) == (bool(broken), waits.kept_waiting == (NONE.case.label,))


@pytest.mark.parametrize(("kept_waiting", "lost"), [(0.4, True), (0.6, False)])
def test_an_attempt_that_nobody_could_take_in_time_is_not_lost(kept_waiting: float, lost: bool) -> None:  # noqa: FBT001
    """A target that waits a second for its receiver may give up where the machine took most of that second."""
    waits = Pending[str](law_context(), SECONDS, waits=lambda _began, _ended: kept_waiting, attempt=1.0)
    waits.take(Attributed((NONE,)), "here")
    (exchange,), _ = waits.rest(ENDED + SECONDS + 1, ())
    broken = law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])
    assert (lost, not lost) == (bool(broken), waits.kept_waiting == (NONE.case.label,))


@pytest.mark.parametrize(("part", "excused"), [(0.1, False), (0.9, True)])
def test_what_the_machine_kept_waiting_is_not_too_late(part: float, excused: bool) -> None:  # noqa: FBT001 -- a column
    """An event that comes later than promised, as the target had no processor, accuses nobody; and it is told."""
    operation = kept.operation()
    terms = DeliveryTerms(answer="any", within_ms=1000)
    operation = replace(operation, events=tuple(replace(event, delivery=terms) for event in operation.events))
    contexts = {operation.id: replace(kept.law_context(), operation=operation)}
    waits = Pending[str](contexts, SECONDS, waits=lambda began, ended: part * (ended - began))
    waits.take(Attributed((NONE,)), "here")
    ready, _ = waits.take(late(4), "here")
    waits.rest(ENDED + SECONDS, ())
    (exchange,) = ready.exchanges
    broken = law_of("first-attempt-in-time").breaches(exchange, contexts[operation.id])
    assert (excused, not excused) == (waits.kept_waiting == (NONE.case.label,), bool(broken))


@pytest.mark.parametrize(("after", "seconds"), [(2.0, SECONDS), (8.0, 16.0), (40.0, LIMITS.pending)])
def test_the_time_that_an_event_has_is_learned(after: float, seconds: float) -> None:
    """What came late has the next one wait for twice as long; there is an end to it."""
    waits = pending()
    waits.take(Attributed((NONE,)), "here")
    waits.take(late(after), "here")
    assert seconds == waits.seconds


def test_no_more_than_so_many_are_held() -> None:
    """The oldest go first, and are accused of nothing."""
    waits = pending()
    many = tuple(replace(NONE, number=number) for number in range(1, MOST + 3))
    ready, seen = waits.take(Attributed(many), "here")
    assert (MOST, [1, 2], [True, True], [1, 2]) == (
        len(waits),
        [e.number for e in ready.exchanges],
        [e.unheard for e in ready.exchanges],
        list(seen),
    )


def test_no_more_than_so_much_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are kept whole, as what was cut can't be judged."""
    monkeypatch.setattr("bothends.engine.play.pending.MOST_BYTES", 1000)
    waits = pending()
    long = tuple(replace(NONE, number=n, answer=kept.answer(body=b"x" * 400)) for n in (1, 2, 3))
    ready, _ = waits.take(Attributed(long), "here")
    assert ([1], 2) == ([e.number for e in ready.exchanges], len(waits))
    (second, third), _ = waits.rest(ENDED, ())
    assert [long[1].answer, long[2].answer] == [second.answer, third.answer]
    ready, _ = waits.take(Attributed(long[:2]), "here")
    assert () == ready.exchanges


OPEN = {state for state, _ in TRANSITIONS}
FINAL = set(State) - OPEN


def reached(state: State) -> set[State]:
    """Return all states that may come after one."""
    after = {there for (here, _), there in TRANSITIONS.items() if here is state} - {state}
    return after.union(*map(reached, after))


def test_no_state_is_left_without_an_end() -> None:
    """From each state that is not final, the end of a run leads to one that is; and no way leads back."""
    assert {State.COMPLETE, State.LOST, State.UNHEARD} == FINAL
    assert dict.fromkeys(OPEN, State.UNHEARD) == {state: TRANSITIONS[state, Signal.END] for state in OPEN}
    assert all(state not in reached(state) for state in State)


def test_only_time_in_which_all_was_well_accuses() -> None:
    """Nothing else leads to what is lost; a busy machine leaves things as they are."""
    assert [(State.PENDING, Signal.TIME)] == [step for step, after in TRANSITIONS.items() if after is State.LOST]
    assert State.PENDING is TRANSITIONS[State.PENDING, Signal.BUSY]
    assert {State.UNHEARD} == {TRANSITIONS[State.PENDING, one] for one in (Signal.FAILED, Signal.CROWD, Signal.END)}


def test_each_state_and_each_signal_is_of_use() -> None:
    """Each state is reached from the first, and each signal changes or keeps one."""
    assert set(State) == {State.OPEN} | reached(State.OPEN)
    assert set(Signal) == {signal for _, signal in TRANSITIONS}


def test_each_limit_has_its_reason() -> None:
    """A number of seconds without one is a number that nobody dares to change."""
    body = ast.parse(inspect.getsource(Limits)).body[0].body  # type: ignore[attr-defined]  # it is a class
    said = {
        one.target.id
        for one, reason in pairwise(body)
        if isinstance(one, ast.AnnAssign) and isinstance(reason, ast.Expr) and isinstance(one.target, ast.Name)
    }
    assert {field.name for field in fields(Limits)} == said


def test_a_request_has_its_states_in_turn() -> None:
    """From its start to its end, as a soak sees it."""
    waits, seen = pending(), []
    for step in (
        lambda: waits.begin(1),
        lambda: waits.answer(NONE),
        lambda: waits.take(Attributed((NONE,)), "here"),
        lambda: waits.take(late(1), "later"),
    ):
        step()
        seen.append((waits.state(1), waits.under_way, len(waits.answered), len(waits)))
    assert [(State.OPEN, 1, 0, 0), (State.ANSWERED, 0, 1, 0), (State.PENDING, 0, 0, 1), (None, 0, 0, 0)] == seen


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_what_is_forgotten_is_waited_for_no_more(steps: int) -> None:
    """In whatever state it is; to forget it once more does nothing."""
    waits = pending()
    for step in (lambda: waits.begin(1), lambda: waits.answer(NONE), lambda: waits.take(Attributed((NONE,)), ""))[
        : steps + 1
    ]:
        step()
    waits.forget(1)
    waits.forget(1)
    assert (None, 0, 0, 0, ()) == (
        waits.state(1),
        waits.under_way,
        len(waits.answered),
        len(waits),
        waits.rest(ENDED + 100, ())[0],
    )


def test_what_had_its_time_is_let_go_without_the_others() -> None:
    """A soak asks so each time: what came later has its time as well, and nothing has it on a busy machine."""
    waits = pending()
    waits.take(Attributed((NONE, kept.exchange(2, deliveries=()))), "here")
    second = kept.exchange(2).ended
    assert [[], [1], [], [2]] == [
        [exchange.number for exchange in waits.over(now)[0]]
        for now in (ENDED + SECONDS - 1, ENDED + SECONDS, second + SECONDS - 0.01, second + SECONDS)
    ]
    busy = Pending[str](law_context(), SECONDS, waits=lambda began, ended: ended - began)
    busy.take(Attributed((NONE,)), "here")
    assert ((), 1) == (busy.over(ENDED + 1000)[0], len(busy))


def test_what_an_answer_had_to_wait_for_is_pending_where_nobody_has_waited() -> None:
    """As long as a target takes to try once more, whatever the time limit is: its answer accuses it on any machine."""
    waits = Pending[str](law_context("after"), SECONDS, awaited=True, waits=lambda began, ended: ended - began)
    waits.take(Attributed((NONE,)), "here")
    times = (ENDED + LIMITS.awaited - 0.1, ENDED + LIMITS.awaited)
    assert [0, 1] == [len(waits.over(now)[0]) for now in times]


def test_a_wait_that_holds_something_up_is_shorter_after_one_in_vain() -> None:
    """By as much as its budget says; nothing is waited for where nothing is pending."""
    waits, budget = pending(), WaitBudget(shorter=4)
    assert 0.0 == waits.due(ENDED, began=ENDED, budget=budget)
    waits.take(Attributed((NONE,)), "here")
    assert ENDED + SECONDS == waits.due(ENDED, began=ENDED + 5, budget=budget)
    budget.over(5.0, vain=True)
    assert ENDED + 5 + SECONDS / 4 == waits.due(ENDED + 5, began=ENDED + 5, budget=budget)


@pytest.mark.parametrize(("within", "seconds"), [(None, 10.0), (4000, 10.0), (15_000, 16.0)])
def test_an_event_of_a_run_has_as_long_as_an_answer_or_as_it_is_given(within: int | None, seconds: float) -> None:
    """And a moment longer than promised, as what is sent in time may come a moment later."""
    (operation,) = kept.contract().operations
    terms = DeliveryTerms(within_ms=within)
    events = tuple(replace(event, delivery=terms) for event in operation.events)
    contract = replace(kept.contract(), operations=(replace(operation, events=events),))
    waits = Pending[str].of_run(contract, law_context(), Measurements(Sample(ENDED, 0.0, 0.0)))
    assert (10.0, seconds) == (contract.settings.judged_time_limit_ms / 1000, waits.seconds)


NUMBERS = (1, 2, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tied"), st.sampled_from(NUMBERS)),
        st.tuples(st.just("came"), st.sampled_from(NUMBERS)),
        st.tuples(st.just("passed"), st.integers(1, 60)),
        st.tuples(st.just("failed"), st.just(0)),
        st.tuples(st.just("barrier"), st.integers(0, 1)),
    ),
    max_size=14,
)


class World:
    """Exchanges and their events as they come, on a machine that takes a share of all time."""

    def __init__(self, share: float) -> None:
        """Begin when the last exchange is answered."""
        self.now = kept.exchange(NUMBERS[-1]).ended
        self.waits = Pending[str](law_context(), SECONDS, waits=lambda began, ended: share * (ended - began))
        self.came: dict[int, float] = {}
        self.tied: set[int] = set()
        self.faults: list[float] = []
        self.over: dict[int, list[Exchange]] = {number: [] for number in NUMBERS}
        self.after: dict[int, float] = {}
        self.hung: set[int] = set()

    def play(self, steps: Sequence[tuple[str, int]]) -> None:
        """Take steps, and a last barrier."""
        for what, number in (*steps, ("barrier", 0)):
            getattr(self, f"_{what}")(number)

    def _exchange(self, number: int) -> Exchange:
        came = self.came.get(number)
        deliveries = () if came is None else (replace(kept.delivery(number), received=came),)
        return kept.exchange(number, deliveries=deliveries)

    def _take(self, attributed: Attributed) -> None:
        self._note(self.waits.take(attributed, "here")[0].exchanges)

    def _note(self, exchanges: Sequence[Exchange]) -> None:
        for exchange in exchanges:
            self.over[exchange.number].append(exchange)
            self.after[exchange.number] = self.now

    def _tied(self, number: int) -> None:
        if number not in self.tied:
            self.tied.add(number)
            self._take(Attributed((self._exchange(number),)))

    def _came(self, number: int) -> None:
        self.came.setdefault(number, self.now)
        if number in self.tied:
            self._take(Attributed((), late=(self._exchange(number),)))

    def _passed(self, seconds: int) -> None:
        self.now += seconds

    def _failed(self, _: int) -> None:
        self.faults.append(self.now)

    def _barrier(self, hangs: int) -> None:
        exchanges, _ = self.waits.rest(self.now, self.faults, hangs=bool(hangs))
        self.hung |= {exchange.number for exchange in exchanges if hangs}
        self._note(exchanges)

    def accused(self) -> list[Exchange]:
        """Return those that are said to have lost their events."""
        ones = [one for each in self.over.values() for one in each]
        return [one for one in ones if law_of("event-for-success").breaches(one, law_context()[one.case.operation])]


@given(STEPS, st.sampled_from([0.0, 0.5, 1.0]))
def test_each_exchange_comes_to_one_end_with_all_that_came_before(steps: list[tuple[str, int]], share: float) -> None:
    """Each that was tied is handed back once, with its event where that was there by then; nothing is left."""
    world = World(share)
    world.play(steps)
    assert {number: int(number in world.tied) for number in NUMBERS} == {n: len(e) for n, e in world.over.items()}
    assert (0, 0) == (len(world.waits), world.waits.under_way)
    for number in world.tied:
        (exchange,) = world.over[number]
        came = world.came.get(number)
        # What comes at the same time as the barrier may be on either side of it.
        if came is not None and came < world.after[number]:
            assert exchange.deliveries
        assert not (exchange.unheard and exchange.deliveries)


@given(STEPS)
def test_time_alone_accuses_nobody_while_the_machine_is_busy(steps: list[tuple[str, int]]) -> None:
    """However long it takes: the target had no processor to send anything with."""
    world = World(1.0)
    world.play(steps)
    assert [] == world.accused()


@given(STEPS, st.sampled_from([0.0, 0.5, 0.9]))
def test_who_is_accused_had_the_whole_time_and_nothing_in_the_way(steps: list[tuple[str, int]], share: float) -> None:
    """As long as the target has, of time that this machine left it, in which no ingest failed or let anything hang."""
    world = World(share)
    world.play(steps)
    for exchange in world.accused():
        over = world.after[exchange.number]
        assert exchange.number not in world.hung
        assert (over - exchange.ended) * (1 - share) >= SECONDS - 0.1
        assert not any(exchange.ended <= fault < exchange.ended + SECONDS for fault in world.faults)


@pytest.mark.parametrize("hangs", [True, False])
def test_what_may_wait_behind_a_delivery_that_hangs_is_not_proven(hangs: bool) -> None:  # noqa: FBT001 -- a column
    """It is named, and accuses nobody."""
    waits = pending()
    waits.take(Attributed((NONE,)), "here")
    (exchange,), _ = waits.rest(ENDED + 1000, (), hangs=hangs)
    named = [one.why.startswith(f"{NONE.case.label}: no event came in time") for one in waits.not_proven()]
    assert (hangs, [True] * hangs) == (exchange.unheard, named)


def two_callbacks() -> dict[str, LawContext]:
    """Return what the laws judge by where an answer owes two events."""
    (context,) = law_context().values()
    events = (*context.operation.events, *(replace(one, name="other") for one in context.operation.events))
    return {context.operation.id: replace(context, operation=replace(context.operation, events=events))}


def test_the_order_of_deliveries_does_not_matter() -> None:
    """Of two exchanges that lack two events each, the same is handed back, with as much learned, in each order."""
    contexts = two_callbacks()
    names = [event.name for event in contexts[kept.operation().id].operation.events]
    ones = {
        (number, name): replace(kept.delivery(number), callback=name, identity=name, received=ENDED + 6 + number)
        for number in (1, 2)
        for name in names
    }
    ends = set()
    for order in permutations(ones):
        waits, there = Pending[str](contexts, SECONDS), dict[int, list[str]]()
        waits.take(Attributed((NONE, kept.exchange(2, deliveries=()))), "here")
        over: dict[int, frozenset[str]] = {}
        for number, name in order:
            there.setdefault(number, []).append(name)
            came = tuple(ones[number, each] for each in there[number])
            ready, _ = waits.take(Attributed((), late=(kept.exchange(number, deliveries=came),)), "here")
            over |= {one.number: frozenset(d.callback for d in one.deliveries) for one in ready.exchanges}
        ends.add((frozenset(over.items()), waits.seconds, len(waits)))
    assert [(frozenset({(1, frozenset(names)), (2, frozenset(names))}), 0)] == [(one[0], one[2]) for one in ends]


@pytest.mark.parametrize(
    ("budget", "vain", "waited", "seconds"),
    [
        (WaitBudget(), 9, 99.0, 8.0),
        (WaitBudget(shorter=4), 1, 0.0, 2.0),
        (WaitBudget(shorter=4), 2, 0.0, 0.5),
        (WaitBudget(most=2), 1, 0.0, 8.0),
        (WaitBudget(most=2), 2, 0.0, 0.0),
        (WaitBudget(most=2, then=0.5), 3, 0.0, 0.5),
        (WaitBudget(in_all=10.0), 0, 7.0, 3.0),
        (WaitBudget(in_all=10.0), 0, 11.0, 0.0),
    ],
)
def test_how_long_a_wait_may_take(budget: WaitBudget, vain: int, waited: float, seconds: float) -> None:
    """Of eight seconds at most: less after waits in vain, and no more than is left in all."""
    for _ in range(vain):
        budget.over(0.0, vain=True)
    budget.waited = waited
    assert seconds == budget.of(8.0)


def test_what_came_is_worth_waiting_again() -> None:
    """Only waits in a row count; what was waited in all stays."""
    budget = WaitBudget(most=1, in_all=10.0)
    budget.over(3.0, vain=True)
    assert 0.0 == budget.of(8.0)
    budget.renew()
    assert 7.0 == budget.of(8.0)
    budget.over(1.0, vain=True)
    budget.over(1.0, vain=False)
    assert 5.0 == budget.of(8.0)
