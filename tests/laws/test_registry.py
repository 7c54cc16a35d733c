"""The list of laws: its order, its names, and what each says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.laws import LAWS, Broken, Law, check_order
from bothends.laws.wording import circumstances, outcome, shown, statuses, told
from bothends.records import Delivery, Exchange, NoAnswer, Severity
from tests.laws import kept


def test_the_laws_stand_in_order() -> None:
    """Each comes after those that it yields to, and names are unique."""
    check_order(LAWS)


def test_two_laws_of_one_name_are_refused() -> None:
    """A name is what findings, pages and replays know a law by."""
    with pytest.raises(ValueError, match="two laws are named 'own-event'"):
        check_order([LAWS[0], LAWS[0]])


def test_a_law_before_one_that_it_yields_to_is_refused() -> None:
    """What was not judged yet can't explain anything."""
    second = replace(LAWS[1], yields_to=(LAWS[0].name,))
    check_order([LAWS[0], second])
    with pytest.raises(ValueError, match="'right-address' yields to \\['own-event'\\]"):
        check_order([second, LAWS[0]])


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_each_law_says_what_it_stands_on(law: Law) -> None:
    """A law demands something in a sentence, and names the section that demands it."""
    assert law.demands.endswith(".")
    assert law.source
    assert law.name == law.name.lower().replace("_", "-")


def test_a_breach_bears_the_law_s_name_and_weight() -> None:
    """What a predicate yields becomes a breach of its law, with its exchange."""
    law = Law("law", "Be.", "here", lambda *_: [Broken("c", "s", "e", "a")], severity=Severity.WARNING)
    exchange = kept.exchange()
    breaches = law.breaches(exchange, kept.grounds())
    assert breaches is not None
    [breach] = breaches
    assert ("law", Severity.WARNING, "c", "s", "e", "a") == (
        breach.law,
        breach.severity,
        breach.cause,
        breach.summary,
        breach.expected,
        breach.actual,
    )
    assert exchange is breach.exchange


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), "none"), ((401,), "401"), ((422, 400), "400 or 422"), ((413, 400, 422), "400, 413 or 422")],
)
def test_statuses_are_listed_as_a_person_would(numbers: tuple[int, ...], text: str) -> None:
    """In order, with `or` before the last."""
    assert text == statuses(numbers)


def test_what_is_shown_is_cut_and_never_fails() -> None:
    """A long value is cut with its length, a bottomless one is not shown."""
    assert '{"a": "é"}' == shown({"a": "é"})
    assert f'"{"x" * 299}… (1002 characters)' == shown("x" * 1000)
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    assert "a value that is too deep to show" == shown(deep)
    while deep:  # takes it apart by hand: freeing it at once may exhaust the stack
        deep = deep.pop()  # type: ignore[assignment]  # lists all the way down


def test_an_outcome_is_a_status_or_why_there_is_none() -> None:
    """A finding says what came back."""
    assert "503" == outcome(kept.answer(503))
    assert "no answer (reset)" == outcome(NoAnswer("reset"))


@pytest.mark.parametrize(
    ("delivery", "text"),
    [
        (kept.delivery(), "stored and acknowledged"),
        (kept.delivery(acknowledged=False), "stored, but the target had gone before it was told"),
        (kept.unstored(status=400, refusal="no name"), "refused with 400: no name"),
        (kept.unstored(fault="the ingest hangs"), "the ingest hangs"),
        (kept.delivery(acknowledged=False, fault="the ingest hangs"), "the ingest hangs, and it was stored"),
    ],
)
def test_what_became_of_a_delivery_is_told(delivery: Delivery, text: str) -> None:
    """Faulty, refused, in doubt, or stored."""
    assert text == told(delivery)


@pytest.mark.parametrize(
    ("exchange", "text"),
    [
        (kept.exchange(family="fuzz"), "a valid request"),
        (kept.exchange(given=("the ingest hangs", "signed in")), "the ingest hangs, signed in"),
        (kept.exchange(family="fuzz", statuses=frozenset({400, 422})), "malformed-body or invalid-body"),
        (kept.exchange(family="fuzz", statuses=frozenset({418})), "fuzz"),
        (kept.exchange(family="fuzz", statuses=frozenset(range(400, 600))), "a request that the contract leaves open"),
        (kept.exchange(family="fuzz", statuses=frozenset[int]()), "fuzz"),
    ],
)
def test_circumstances_are_alike_for_what_the_contract_judges_alike(exchange: Exchange, text: str) -> None:
    """The states of the world, else the families of the right statuses, else the case's own."""
    assert text == circumstances(exchange, kept.operation())
