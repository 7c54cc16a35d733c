"""How sure it is which request an event is of: what several could have sent accuses all of them, or none."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms, Provenance, Source
from bothends.engine.judge.judge import Judge
from bothends.engine.tie.attribution import Attribution
from bothends.engine.tie.certainty import MOST_LOOKED_AT
from bothends.engine.tie.matching import Matching, Traits
from bothends.engine.tie.past import LEAST_QUIET
from bothends.laws import LawContext
from bothends.records import Claim, Condition, NoAnswer, Request, Tie, TiedBy
from tests.engine.test_attribution import bare
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.records import Breach, Delivery, Exchange


def behind() -> Operation:
    """Return an operation whose success owes an event that may come behind its answer, and has nothing of its own."""
    operation = kept.operation()
    (event,) = operation.events
    return replace(operation, events=(replace(event, delivery=DeliveryTerms()),))


def alike(number: int, received: float, **changes: Any) -> Delivery:
    """Return an event that is like all others."""
    changes = {"identity": f"content 1 #{number}", **changes}
    return kept.delivery(
        number, event={"name": "app/route.requested", "v": "1"}, received=received, settled=received + 0.01, **changes
    )


def refused(number: int, answer: Any = None, **changes: Any) -> Exchange:
    """Return a request that is refused."""
    return bare(number, answer=answer or kept.answer(401), statuses={401}, **changes)


def judged(
    exchanges: list[Exchange],
    *deliveries: Delivery,
    earlier: list[Exchange] | None = None,
    lag: float = 0.01,
    windows: Sequence[tuple[float, float]] = (),
    laws: frozenset[str] | set[str] = frozenset({"event-for-success", "no-event-without-success", "one-event"}),
) -> list[Breach]:
    """Return what is broken of exchanges, with how sure each breach is.

    Args:
        exchanges: They are judged.
        deliveries: Their events.
        earlier: Exchanges before them, with an event each.
        lag: How long after its answer that came, seconds.
        windows: When the target was prepared.
        laws: Which laws are looked at.
    """
    operation = behind()
    attribution = Attribution(kept.SEED, [operation], windows=windows)
    for one in earlier or []:
        attribution.tie([one], [alike(90 + one.number, one.ended + lag)], [])
    attributed = attribution.tie(exchanges, list(deliveries), [])
    contexts = {operation.id: LawContext(operation, kept.SEED)}
    judge = Judge(contexts, lambda _: ())
    judge.certainty = attribution.certainty
    broken = [breach for one in judge.batch(attributed, {}) for breach in one.breaches]
    return [breach for breach in broken if breach.law in laws]


def ties(breaches: list[Breach]) -> dict[str, Tie | None]:
    """Return how sure breaches are, by their laws."""
    return {breach.law: breach.tie for breach in breaches}


def row(*numbers: int) -> list[Exchange]:
    """Return exchanges that are all under way from the beginning of the first one on."""
    return [bare(n, began=kept.BEGAN, ended=kept.BEGAN + n / 100) for n in numbers]


def test_a_class_that_lacks_an_event_is_accused_with_its_count() -> None:
    """Of three requests that owe an event each, two events came: one is lost, whichever it is."""
    exchanges = row(1, 2, 3)
    found = judged(exchanges, *(alike(n, kept.BEGAN + 0.05) for n in (1, 2)))
    tie = ties(found)["event-for-success"]
    assert tie is not None
    assert (TiedBy.CLASS, 3, 2) == (tie.by, tie.requests, tie.sent)


def test_an_event_that_a_refused_request_has_may_fill_the_gap() -> None:
    """Then it is unknown whether one is lost, and whether the refused one has sent any: both are guesses."""
    past = kept.BEGAN + 0.02
    exchanges = [*row(1), refused(2, began=past, ended=past + 0.01)]
    found = judged([replace(one, guessed=False) for one in exchanges], alike(1, past + 0.001, acknowledged=False))
    assert {True} == {tie.is_guess for tie in ties(found).values() if tie is not None}


@pytest.mark.parametrize(("given", "by"), [(True, TiedBy.GUESS), (False, TiedBy.CLASS)], ids=["fault", "well"])
def test_what_was_sent_to_an_ingest_with_a_fault_is_not_missed(given: bool, by: TiedBy) -> None:  # noqa: FBT001 -- a column
    """Its event may have been lost on the way, and the one that came be the next one's; else one of the two is lost."""
    (event,) = behind().events
    unwell = (Condition("unreachable", event.ingest),) if given else ()
    (one,) = row(1)
    one = replace(one, case=replace(one.case, given=unwell))
    following = bare(2, began=one.ended + 0.1, ended=one.ended + 0.2)
    tie = ties(judged([following], earlier=[one], lag=0.15))["event-for-success"]
    assert tie is not None
    assert by is tie.by


@pytest.mark.parametrize(("given", "swapped"), [(True, {}), (False, {1: (2,), 2: (1,)})], ids=["fault", "well"])
def test_what_an_ingest_with_a_fault_may_not_have_heard_is_not_swapped(
    given: bool,  # noqa: FBT001 -- a column
    swapped: dict[int, tuple[int, ...]],
) -> None:
    """One caller has two events and another none: where it may have been lost, nobody has another's."""
    operation = behind()
    unwell = (Condition("unreachable", operation.events[0].ingest),) if given else ()
    exchanges = [replace(one, case=replace(one.case, given=unwell)) for one in row(1, 2)]
    twice = [kept.delivery(n, event=kept.event(1, id=f"{n}"), identity=f"id {n}") for n in (1, 2)]
    assert swapped == Attribution(kept.SEED, [operation]).tie(exchanges, twice, []).swapped


@pytest.mark.parametrize(
    ("received", "by"), [(0.01, TiedBy.ONLY), (0.405, TiedBy.GUESS)], ids=["before it began", "while it was under way"]
)
def test_what_came_before_a_request_began_does_not_fill_its_gap(received: float, by: TiedBy) -> None:
    """One that was given up may have sent what comes while the next one is under way, or not; not the other way."""
    gone = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02, answer=NoAnswer("closed", "the client went away"))
    asked_again = bare(2, began=kept.BEGAN + 0.4, ended=kept.BEGAN + 0.41)
    found = judged([gone, asked_again], alike(1, kept.BEGAN + received, acknowledged=False))
    tie = ties(found)["event-for-success"]
    assert tie is not None
    assert by is tie.by


def test_what_came_before_may_fill_the_gap_of_one_whose_event_fills_this_one() -> None:
    """The given up one has sent nothing, the second one what came first, the third one what came then."""
    gone = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02, answer=NoAnswer("closed", "the client went away"))
    second = bare(2, began=kept.BEGAN, ended=kept.BEGAN + 0.5)
    third = bare(3, began=kept.BEGAN + 0.4, ended=kept.BEGAN + 0.6)
    events = alike(1, kept.BEGAN + 0.01, acknowledged=False), alike(2, kept.BEGAN + 0.45)
    tie = ties(judged([gone, second, third], *events))["event-for-success"]
    assert tie is not None
    assert tie.is_guess


def test_what_was_seen_often_is_looked_at_again_when_it_is_repeated() -> None:
    """Beyond some breaches of one law and cause nothing is looked at any more; a repeat is a play of its own."""
    operation = behind()
    attribution = Attribution(kept.SEED, [operation])
    judge = Judge({operation.id: LawContext(operation, kept.SEED)}, lambda _: ())
    certainty = judge.certainty = attribution.certainty

    def seen(number: int) -> bool:
        began = kept.BEGAN + 20 * number
        alone = attribution.tie([bare(number, began=began, ended=began + 0.01)], [], [])
        breaches = [breach for one in judge.batch(alone, {}) for breach in one.breaches]
        (tie,) = [breach.tie for breach in breaches if breach.law == "event-for-success"]
        assert tie is not None
        return not tie.is_guess

    assert [True] * MOST_LOOKED_AT + [False] == [seen(number) for number in range(1, MOST_LOOKED_AT + 2)]
    certainty.look_again()
    assert seen(MOST_LOOKED_AT + 2)


@pytest.mark.parametrize(
    ("seconds", "by"), [(0.5, TiedBy.GUESS), (LEAST_QUIET + 0.2, TiedBy.ONLY)], ids=["soon", "when it is over"]
)
def test_a_success_that_is_not_over_may_have_sent_the_event_of_a_refused_one(seconds: float, by: TiedBy) -> None:
    """An event that comes with a refusal may be another one of a success just before; not of one that is over."""
    first = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.01)
    began = first.ended + 0.02 + seconds
    found = judged([refused(2, began=began, ended=began + 0.05)], alike(2, began + 0.01), earlier=[first])
    tie = ties(found)["no-event-without-success"]
    assert tie is not None
    assert by is tie.by


def test_an_event_is_wrong_whichever_of_the_refused_has_sent_it() -> None:
    """All that could have sent it must be refused: they are accused together."""
    exchanges = [refused(n, began=kept.BEGAN, ended=kept.BEGAN + n / 100) for n in (1, 2)]
    tie = ties(judged(exchanges, alike(1, kept.BEGAN + 0.005)))["no-event-without-success"]
    assert tie is not None
    assert (TiedBy.CLASS, 2) == (tie.by, tie.requests)


def test_a_finding_that_is_true_of_several_cases_names_them() -> None:
    """One of them is shown, and may be the wrong one."""
    own, other, third = (refused(n, began=kept.BEGAN, ended=kept.BEGAN + n / 100) for n in (1, 2, 3))
    other, third = (replace(e, case=replace(e.case, name=f"case-{e.number}")) for e in (other, third))
    found = judged([own, other, third], alike(1, kept.BEGAN + 0.005))
    (breach,) = (one for one in found if one.law == "no-event-without-success")
    names = f"{third.case.label} or {other.case.label}"
    assert breach.summary.endswith(f" It may have been {names} instead."), breach.summary


def test_what_failed_is_not_accused_for_what_succeeded() -> None:
    """Of broken requests, one got no answer, and another one was executed: its event may be either's, which says so."""

    def broken(number: int, answer: Any) -> Exchange:
        one = bare(number, answer=answer, began=kept.BEGAN, ended=kept.BEGAN + 1.0)
        expect = replace(one.case.expect, statuses=frozenset(), refused=True, any_answer=True)
        return replace(one, case=replace(one.case, name=f"broken-{number}", expect=expect))

    gone, done = broken(1, NoAnswer("timeout")), broken(2, kept.answer())

    def by(*exchanges: Exchange, events: int = 1) -> list[tuple[str, TiedBy]]:
        sent = [alike(number, kept.BEGAN + 0.005) for number in range(1, 1 + events)]
        told = judged(list(exchanges), *sent, laws={"not-executed"})
        return [(one.exchange.case.name, one.tie.by) for one in told if one.exchange and one.tie]

    assert [("broken-1", TiedBy.ONLY)] == by(gone)
    assert [("broken-1", TiedBy.CLASS)] == by(gone, broken(3, NoAnswer("timeout")))
    assert [("broken-2", TiedBy.CLASS)] == by(gone, done)
    assert [("broken-1", TiedBy.GUESS), ("broken-2", TiedBy.CLASS)] == by(gone, done, events=2)


def test_one_too_many_is_certain_where_no_other_has_room() -> None:
    """Two requests, three events with an identity each: one of them has sent two."""
    tie = ties(judged(row(1, 2), *(alike(n, kept.BEGAN + 0.005) for n in (1, 2, 3))))["one-event"]
    assert tie is not None
    assert (TiedBy.CLASS, 2) == (tie.by, tie.requests)


def test_one_too_many_is_a_guess_where_another_lacks_one() -> None:
    """The event may be that one's; it can't say so, as its answer never came."""
    gone = bare(3, began=kept.BEGAN, ended=kept.BEGAN + 0.002, answer=kept.answer(401), statuses={401})
    found = judged([*row(1, 2), gone], *(alike(n, kept.BEGAN + 0.005) for n in (1, 2, 3)))
    assert {True} == {tie.is_guess for tie in ties(found).values() if tie is not None}


def test_an_event_that_names_its_caller_needs_nothing_else() -> None:
    """The key of an event decides, whatever else is under way."""
    one = refused(1, began=kept.BEGAN, ended=kept.BEGAN + 0.05)
    own = kept.delivery(1, received=kept.BEGAN + 0.01, settled=kept.BEGAN + 0.02)
    tie = ties(judged([one, *row(2)], own, alike(2, kept.BEGAN + 0.01)))["no-event-without-success"]
    assert tie is not None
    assert TiedBy.CALLER is tie.by


def test_a_refused_request_that_was_answered_another_value_has_not_sent_the_event() -> None:
    """What its answer has where the event repeats an answer's tells so, though nothing is demanded of a refusal."""
    operation = kept.operation()
    source = Source("answer-header", "x-call-id", "", "answer.header.x-call-id")
    traits = Traits(claims={operation.id: (Provenance("/callId", "9", source),)})
    matching = Matching({operation.id: operation})
    told = kept.answer(401, headers=(("x-call-id", "7"),))
    assert "another value at answer.header.x-call-id" == matching.why_excluded(traits, refused(1, answer=told))
    assert "" == matching.why_excluded(traits, refused(2))


@pytest.mark.parametrize(
    ("seconds", "by"), [(LEAST_QUIET - 0.1, TiedBy.CLASS), (LEAST_QUIET + 0.5, TiedBy.GUESS)], ids=["soon", "late"]
)
def test_an_event_later_than_any_that_was_owed_accuses_no_class(seconds: float, by: TiedBy) -> None:
    """Its sender may be one that nobody knows of; until an owed one is seen to be as late, it is a guess."""
    exchanges = [refused(n, began=kept.BEGAN, ended=kept.BEGAN + n / 100) for n in (1, 2)]
    # Only what a refused one seems to have sent was as late: the requests are not over for that long.
    earlier = refused(3, began=kept.BEGAN - 60, ended=kept.BEGAN - 59)
    found = judged(exchanges, alike(1, exchanges[-1].ended + seconds), earlier=[earlier], lag=5.0)
    tie = ties(found)["no-event-without-success"]
    assert tie is not None
    assert by is tie.by


def test_an_event_that_is_late_is_of_the_request_that_was_alone() -> None:
    """Nothing else was under way when it began, nor until the event came: so it is shown when it is repeated alone."""
    one = refused(2, began=kept.BEGAN, ended=kept.BEGAN + 0.01)
    earlier = refused(1, began=kept.BEGAN - 60, ended=kept.BEGAN - 59)
    found = judged([one], alike(2, one.ended + LEAST_QUIET + 1), earlier=[earlier], lag=5.0)
    tie = ties(found)["no-event-without-success"]
    assert tie is not None
    assert TiedBy.ONLY is tie.by


@pytest.mark.parametrize(
    ("since", "by"), [(0.5, TiedBy.GUESS), (LEAST_QUIET + 0.5, TiedBy.ONLY)], ids=["soon after", "when it is over"]
)
def test_what_prepared_the_target_may_have_sent_an_event(since: float, by: TiedBy) -> None:
    """An event that comes soon after setup may be setup's: it accuses no request that is refused."""
    one = refused(1, began=kept.BEGAN, ended=kept.BEGAN + 0.05)
    window = (kept.BEGAN - since - 1, kept.BEGAN - since)
    tie = ties(judged([one], alike(1, kept.BEGAN + 0.01), windows=[window]))["no-event-without-success"]
    assert tie is not None
    assert by is tie.by


def wrong(**changes: Any) -> Delivery:
    """Return an event with a user that no request has."""
    event = {"name": "app/route.requested", "v": "1", "user": None}
    changes = {"identity": "content 1 #1", "received": kept.BEGAN + 0.01, "settled": kept.BEGAN + 0.015, **changes}
    return kept.delivery(1, event=event, **changes)


@pytest.mark.parametrize(("numbers", "by"), [((1, 2), TiedBy.GUESS), ((1, 2, 3), TiedBy.CLASS)], ids=["one", "two"])
def test_an_event_that_contradicts_all_is_none_too_many(numbers: tuple[int, ...], by: TiedBy) -> None:
    """It has a wrong value, whosever it is: an event of each of two requests is one each; one more is a repeat."""
    (first, second) = row(1, 2)
    both = [replace(each, session={"user": "one of the run"}) for each in (first, second)]
    received = kept.BEGAN + 0.005
    found = judged(both, *(alike(n, received) for n in numbers), wrong(identity="content 9 #9", received=received))
    tie = ties(found)["one-event"]
    assert tie is not None
    assert by is tie.by


def test_a_success_that_lacks_its_event_may_have_sent_one_with_a_wrong_value() -> None:
    """What contradicts it is no candidate as a rule; but it owes an event, and a refused request owes none."""
    success = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02)
    event = wrong()
    accused = replace(refused(2, began=kept.BEGAN, ended=kept.BEGAN + 0.03), deliveries=(event,))
    attribution = Attribution(kept.SEED, [behind()])
    attribution.past.take((success, accused))
    by, could, _ = attribution.certainty.told(accused, (event,), most=9)
    assert (TiedBy.GUESS, [2, 1]) == (by, [each.number for each in could])


def test_an_event_with_a_wrong_value_that_nobody_owes_may_be_the_one_that_is_lost() -> None:
    """It was given to a request that is refused: whether it is that one's, or the success has lost none, is a guess."""
    success = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02)
    other = refused(2, began=kept.BEGAN, ended=kept.BEGAN + 0.03)
    tie = ties(judged([success, other], wrong(acknowledged=False)))["event-for-success"]
    assert tie is not None
    assert tie.is_guess


@pytest.mark.parametrize(("undeclared", "by"), [(True, TiedBy.GUESS), (False, TiedBy.ONLY)])
def test_an_event_of_no_callback_of_its_exchange_may_be_the_one_that_is_lost(undeclared: bool, by: TiedBy) -> None:  # noqa: FBT001 -- a column
    """It was given to a request of another operation, which has no such event."""
    success = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02)
    other = refused(2, began=kept.BEGAN, ended=kept.BEGAN + 0.03)
    other = replace(other, deliveries=(replace(wrong(received=kept.BEGAN - 1), undeclared=False),))
    if undeclared:
        other = replace(other, deliveries=(replace(wrong(), undeclared=True),))
    attribution = Attribution(kept.SEED, [behind()])
    attribution.past.take((success, other))
    breach: Any = SimpleNamespace(law="event-for-success", cause=None, claim=Claim.LACKS)
    assert by is attribution.certainty.of(breach, success, lambda _: True).by


@pytest.mark.parametrize(("path", "by"), [("/api/route", TiedBy.GUESS), ("/api/elsewhere", TiedBy.ONLY)])
def test_what_a_head_may_have_told_is_none_too_many_of_another(path: str, by: TiedBy) -> None:
    """The contract has no event for `HEAD`, and the target does for it what it does for `GET` of the same path."""
    get = replace(behind(), method="GET", path="/api/route")
    head = replace(get, id="head", method="HEAD", path=path, events=())
    asked = Request("HEAD", path)
    looked = bare(2, began=kept.BEGAN, ended=kept.BEGAN + 0.02)
    looked = replace(looked, sent=asked, case=replace(looked.case, operation="head", request=asked))
    got = bare(1, began=kept.BEGAN, ended=kept.BEGAN + 0.02)
    two = (alike(1, kept.BEGAN + 0.01), alike(2, kept.BEGAN + 0.01))
    got = replace(got, sent=Request("GET", "/api/route"), deliveries=two)
    attribution = Attribution(kept.SEED, [get, head])
    attribution.past.take((got, looked))
    breach: Any = SimpleNamespace(law="one-event", cause=None, claim=Claim.SURPLUS)
    assert by is attribution.certainty.of(breach, got, lambda _: True).by
