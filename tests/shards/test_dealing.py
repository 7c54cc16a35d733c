"""A plan is dealt out so that each of its batches is one part's, and all parts agree on whose."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.options import Shard
from bothends.engine.play.batches import Batch, batches_of
from bothends.engine.run.dealing import Dealer
from bothends.records import Case, Condition, Request


def case(name: str, *, repeat: int = 1, given: tuple[Condition, ...] = ()) -> Case:
    """Return a case of a name."""
    return Case("order", "family", name, Request("POST", f"/{name}"), repeat=repeat, given=given)


def plan(sizes: list[int], chained: list[bool]) -> list[Batch]:
    """Return batches of some sizes, of which some ask for what became of the one before."""
    found: list[Batch] = []
    for number, (size, asks) in enumerate(zip(sizes, chained, strict=True)):
        state = (Condition("hangs", "upstream"),) if size % 3 == 0 else ()
        cases = tuple(case(f"{number}-{each}", given=state) for each in range(size))
        found.append(Batch(state, cases, prelude=(found[-1],) if asks and found else ()))
    return found


PLANS = st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=30).map(
    lambda rows: plan([size for size, _ in rows], [asks for _, asks in rows])
)


@given(PLANS, st.integers(1, 9))
def test_each_batch_is_one_parts(batches: list[Batch], count: int) -> None:
    """All that is planned is played once, and a batch stays with the one that it asks for."""
    owners = [[own for _, own in Dealer(Shard(number, count)).batches(batches)] for number in range(1, count + 1)]
    assert [[True]] * len(batches) == [[own for own in each if own] for each in zip(*owners, strict=True)]
    for place, batch in enumerate(batches):
        if batch.prelude:
            assert [each[place - 1] for each in owners] == [each[place] for each in owners]


def test_a_part_has_no_more_to_do_than_the_others() -> None:
    """Batches that take their time are spread evenly."""
    batches = plan([1 + number % 9 for number in range(60)], [False] * 60)
    sizes = [
        sum(bool(batch.given) for batch, own in Dealer(Shard(number, 4)).batches(batches) if own)
        for number in range(1, 5)
    ]
    assert 20 == sum(sizes)
    assert max(sizes) - min(sizes) <= 2


def test_a_crowd_is_whole_in_one_part() -> None:
    """What runs at once runs at once in one part, as a batch is dealt out and not its cases."""
    batches = list(batches_of([case("crowd", repeat=24), case("one")]))
    found = [[len(batch.cases) for batch, own in Dealer(Shard(number, 2)).batches(batches) if own] for number in (1, 2)]
    assert sorted([[24], [1]]) == sorted(found)


def test_how_large_a_crowd_is_changes_nothing() -> None:
    """A target whose events tell little has smaller crowds; its parts agree all the same on what is whose."""
    large = [*batches_of([case("crowd", repeat=24), case("one"), case("two", repeat=2)])]
    small = [replace(batch, cases=batch.cases[:2]) for batch in large]
    one, other = Dealer(Shard(1, 2)), Dealer(Shard(1, 2))
    assert [own for _, own in one.batches(large)] == [own for _, own in other.batches(small)]
    assert one.digest == other.digest


def test_another_plan_has_another_digest() -> None:
    """A case that is there or not, or that sends something else, makes it another plan."""
    plans = [[case("a")], [case("a"), case("b")], [replace(case("a"), request=Request("POST", "/other"))]]
    digests = set()
    for cases in plans:
        dealer = Dealer(Shard(1, 2))
        list(dealer.batches(batches_of(cases)))
        digests.add(dealer.digest)
    assert 3 == len(digests)


@given(PLANS, PLANS, st.integers(1, 9), st.integers(1, 2000))
def test_generated_cases_are_in_as_few_parts_as_are_worth_it(
    plain: list[Batch], generated: list[Batch], count: int, about: int
) -> None:
    """Each batch of them is one part's; few of them are one part's alone, and many are all parts'."""
    dealers = [Dealer(Shard(number, count)) for number in range(1, count + 1)]
    for dealer in dealers:
        dealer.expect(generated=about)
        assert len(plain) == len(list(dealer.batches(plain)))
    owners = [[own for _, own in dealer.generated(generated)] for dealer in dealers]
    assert [[True]] * len(generated) == [[own for own in each if own] for each in zip(*owners, strict=True)]
    assert [dealer.has_generated for dealer in dealers] >= [any(own) for own in owners]
    assert min(count, -(-about // 250)) == sum(dealer.has_generated for dealer in dealers)
    assert 1 == len({dealer.digest for dealer in dealers if count > 1} | ({""} if count == 1 else set()))


def test_the_part_with_the_generated_cases_has_less_else_to_do() -> None:
    """Where all of them are one part's, the others have more of the plain batches."""
    batches = plan([4] * 60, [False] * 60)
    played = []
    for number in (1, 2, 3):
        dealer = Dealer(Shard(number, 3))
        dealer.expect(generated=210)
        played.append(sum(own for _, own in dealer.batches(batches)))
    assert max(played) == played[0] > played[2] == min(played)


def test_the_first_of_parts_that_begin_later_has_more_to_do() -> None:
    """Who begins before the others has the first batches, for as long as it has a head start."""
    batches = plan([4] * 10, [False] * 10)
    dealer = Dealer(Shard(1, 2, late=(0.0, 0.2)))
    assert [True] * 5 == [own for _, own in dealer.batches(batches)][:5]


def test_scenarios_and_interactions_are_dealt_out() -> None:
    """Each is one part's, of as many parts as there may be."""
    for count in (1, 2, 3, 8):
        dealers = [Dealer(Shard(number, count)) for number in range(1, count + 1)]
        scenarios = [list(dealer.scenarios("abcde", str)) for dealer in dealers]
        interactions = [list(dealer.interactions(each, str)) for dealer in dealers for each in ("vwx", "yz")]
        assert list("abcde") == sorted(chain.from_iterable(scenarios))
        assert list("vwxyz") == sorted(chain.from_iterable(interactions))
