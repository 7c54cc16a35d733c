"""A fault that was never met asks for no other answer than all being well does."""

from __future__ import annotations

from dataclasses import replace

from bothends.engine.judge.unmet import UnmetFaults
from bothends.engine.play.batches import Batch
from bothends.engine.play.played import Played
from bothends.engine.tie.attribution import Attributed
from bothends.records import Exchange, Expectation
from tests.in_words import condition
from tests.laws import kept

HANGS = condition("the settings hangs")


def during(fault: bool) -> Exchange:  # noqa: FBT001 -- a column of a table, of one
    """Return an exchange that is answered 200, in a world whose settings hang or do not."""
    made = kept.exchange()
    given = (HANGS,) if fault else ()
    expect = Expectation(frozenset({504})) if fault else made.case.expect
    return replace(made, case=replace(made.case, given=given, expect=expect))


def played(exchange: Exchange, fired: int) -> Played:
    """Return a batch of one exchange."""
    batch = Batch(exchange.case.given, (exchange.case,))
    return Played(batch, Attributed((exchange,)), dict.fromkeys(exchange.case.given, fired))


def right(exchange: Exchange, fired: int) -> frozenset[int]:
    """Return which answers are right, when the batch is judged."""
    [taken] = UnmetFaults(kept.contract()).take(played(exchange, fired), {1: kept.call()}).attributed.exchanges
    return taken.case.expect.statuses


def test_a_fault_that_nobody_met_leaves_success_right() -> None:
    """The target never called what hangs: nothing is wrong with its answer."""
    assert {200, 504} == right(during(fault=True), 0)


def test_a_fault_that_was_met_asks_for_its_answer() -> None:
    """A success is no answer to it."""
    assert {504} == right(during(fault=True), 1)


def test_who_has_succeeded_twice_without_a_call_passes_by() -> None:
    """One good request may be answered from what was known; a call, and a failure for a fault, show the opposite."""
    exchange = during(fault=False)
    name = exchange.case.operation
    for more, calls, passes in (
        ([], {}, False),
        ([exchange], {}, True),
        ([exchange], {1: kept.call()}, False),
        ([exchange, replace(during(fault=True), answer=kept.answer(504))], {}, False),
    ):
        unmet = UnmetFaults(kept.contract())
        for one in (exchange, *more):
            unmet.take(played(one, 0), calls)
        assert passes is unmet.passes_by(name, "settings")


def test_what_was_called_before_is_called_by_nobody() -> None:
    """A target that asks for its settings as it starts: the first request has nothing to do with it."""
    exchange, unmet = during(fault=False), UnmetFaults(kept.contract())
    for _ in range(2):
        unmet.take(replace(played(exchange, 0), began=kept.call().began + 1), {1: kept.call()})
    assert unmet.passes_by(exchange.case.operation, "settings")


def test_where_all_is_well_nothing_changes() -> None:
    """There is no fault to be met."""
    exchange = during(fault=False)
    assert exchange.case.expect.statuses == right(exchange, 0)
