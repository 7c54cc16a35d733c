"""What is owed and has not come is waited for, as long as that is not in vain."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest

from bothends.contract.terms import DeliveryTerms
from bothends.engine.play import pending
from bothends.engine.play.overdue import MOST_MISSES, Overdue
from bothends.engine.play.pending import LIMITS
from bothends.engine.tie.attribution import Attributed
from tests.in_words import conditions
from tests.laws import kept
from tests.waiting import in_own_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange

NONE = kept.exchange(deliveries=())
NOTHING = Attributed(())
IT_COMES = Attributed((), late=(kept.exchange(),))
FAULTY = conditions("the ingest hangs")


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is waited for, and no longer than it takes to look a few times."""
    monkeypatch.setattr(pending, "LIMITS", replace(LIMITS, awaited=0.25))


def now() -> float:
    """Return the time of the loop that waits."""
    return asyncio.get_running_loop().time()


class Batches:
    """Batches of one exchange, for which this comes later, one look after the other, and then the same again."""

    def __init__(self, *later: Attributed, in_all: float = 20.0) -> None:
        """Take what comes."""
        self._later: Iterator[Attributed] = chain(later, repeat(later[-1]))
        self._overdue = Overdue({kept.operation().id: kept.law_context()}, now, gone=lambda: False, in_all=in_all)
        self._looks = 0
        self.attributed = NOTHING

    def waits(self, exchange: Exchange) -> bool:
        """Return whether anything is waited for."""
        before = self._looks
        self.attributed = in_own_time(self._overdue.of(Attributed((exchange,)), self._look))
        return self._looks > before

    def looks_at(self, exchange: Exchange) -> int:
        """Return how often it is looked whether something has come for a batch of an exchange."""
        before = self._looks
        self.waits(exchange)
        return self._looks - before

    def comes_next(self, attributed: Attributed) -> None:
        """Let this come next, and nothing after it."""
        self._later = chain([attributed], repeat(NOTHING))

    def _look(self) -> Attributed:
        self._looks += 1
        return next(self._later)


@pytest.mark.parametrize(
    ("exchange", "lacks"),
    [
        pytest.param(kept.exchange(), False, id="it came"),
        pytest.param(NONE, True, id="it is owed"),
        pytest.param(replace(NONE, answer=kept.answer(422)), False, id="a refusal owes none"),
        pytest.param(kept.exchange(deliveries=(), refused=True), False, id="wrongly taken"),
        pytest.param(kept.exchange(deliveries=(), method="PUT"), False, id="of another method"),
        pytest.param(replace(NONE, case=replace(NONE.case, given=FAULTY)), False, id="fault of the ingest"),
    ],
)
def test_what_is_lacking(exchange: Exchange, lacks: bool) -> None:  # noqa: FBT001 -- a column
    """An answer that owes an event lacks it until it is there; a faulty ingest owes nobody one."""
    batches = Batches(NOTHING)
    assert (lacks, Attributed((exchange,))) == (batches.waits(exchange), batches.attributed)


def test_what_comes_late_is_of_its_exchange() -> None:
    """The wait is over when it is there, and the batch has it."""
    batches = Batches(NOTHING, IT_COMES)
    assert (True, Attributed((kept.exchange(),))) == (batches.waits(NONE), batches.attributed)


def test_waiting_in_vain_comes_to_an_end() -> None:
    """After a few batches that lack events for good, nothing is waited for."""
    batches = Batches(NOTHING)
    assert [*[True] * MOST_MISSES, False] == [batches.waits(NONE) for _ in range(MOST_MISSES + 1)]


def test_waiting_in_vain_gets_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was lost in one batch is lost in the next, as a rule; once something came, it is worth waiting again."""
    monkeypatch.setattr(pending, "LIMITS", replace(LIMITS, awaited=1.0))
    batches = Batches(NOTHING)
    first, second = batches.looks_at(NONE), batches.looks_at(NONE)
    batches.comes_next(IT_COMES)
    third, fourth = batches.looks_at(NONE), batches.looks_at(NONE)
    assert (True, 1, True) == (first > 2 * second, third, fourth > 2 * second)


def test_waiting_has_an_end_in_all() -> None:
    """What always comes, and always late, is waited for so many seconds of a run."""
    batches = Batches(IT_COMES, in_all=0.01)
    assert [True, False] == [batches.waits(NONE) for _ in range(2)]


@pytest.mark.parametrize(("behind", "gone", "waited"), [(None, False, False), (0.3, False, True), (0.3, True, False)])
def test_what_no_answer_waits_for(behind: float | None, gone: bool, waited: bool) -> None:  # noqa: FBT001 -- columns
    """It is waited for where nothing comes after, unless the target has ended."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms()) for event in operation.events)
    grounds = {operation.id: replace(kept.law_context(), operation=replace(operation, events=events))}
    looks: list[bool] = []

    def look() -> Attributed:
        looks.append(True)
        return NOTHING

    overdue = Overdue(grounds, now, gone=lambda: gone)
    in_own_time(overdue.of(Attributed((NONE,)), look, behind=behind))
    assert waited == bool(looks)
