"""The list of laws: its order, its names, and what each says of itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from bothends.contract.terms import FamilyRule
from bothends.errors import HarnessError
from bothends.laws import Law, Precedence, Scope, Violation, all_laws, judged_laws, law_of, ordered, register
from bothends.laws.wording import circumstances, describe, format_value, outcome, statuses
from bothends.records import Cause, Delivery, Exchange, NoAnswer, Severity
from tests.laws import kept


def test_the_laws_stand_in_order() -> None:
    """Each comes after those that it yields to, and names are unique."""
    laws = all_laws()
    assert laws == (*judged_laws(), *(law for law in laws if law.judge is None))
    places = {law.name: place for place, law in enumerate(laws)}
    assert [] == [(law.name, other) for law in laws for other in law.yields_to if places[other] > places[law.name]]


def test_the_order_follows_from_what_laws_say_of_each_other() -> None:
    """In whatever order they come: what explains comes first, then events, then answers, then names."""

    def named(name: str, *yields_to: str, scope: Scope = Scope.ANSWER, explained_by: tuple[str, ...] = ()) -> Law:
        return Law(name, "Be.", "here", scope=scope, yields_to=yields_to, explained_by=explained_by)

    laws = [
        named("b"),
        named("a", "z"),
        named("z", scope=Scope.LIFECYCLE),
        named("event", scope=Scope.EVENT, explained_by=("b",)),
        named("other", scope=Scope.EVENT),
    ]
    for some in permutations(laws):
        assert ["other", "z", "a", "b", "event"] == [law.name for law in ordered(some)]


def test_two_laws_of_one_name_are_refused() -> None:
    """A name is what findings, pages and replays know a law by."""
    with pytest.raises(HarnessError, match="The law `own-event` is registered twice"):
        register(law_of("own-event"))


def test_a_law_that_names_no_other_is_refused() -> None:
    """A name that is misspelled explains nothing, and two that wait for each other have no order."""
    one, other = Law("one", "Be.", "here", yields_to=("other",)), Law("other", "Be.", "here", explained_by=("one",))
    with pytest.raises(ValueError, match="'one' names \\['other'\\], and there is no such law"):
        ordered([one])
    with pytest.raises(ValueError, match="laws explain each other: \\['one', 'other'\\]"):
        ordered([one, other])


def test_of_a_law_that_nobody_knows_there_is_its_name() -> None:
    """A finding may be of a law that a plug-in had: it stands for itself, and explains nothing."""
    assert ("gone", "", Precedence.LAST) == (law_of("gone").name, law_of("gone").demands, law_of("gone").precedence)
    assert law_of("schemathesis") is law_of("schemathesis:not_a_server_error")


@pytest.mark.parametrize("law", all_laws(), ids=[law.name for law in all_laws()])
def test_each_law_says_what_it_stands_on(law: Law) -> None:
    """A law demands something in a sentence, and names the section that demands it."""
    assert law.demands.endswith(".")
    assert law.source
    assert law.name == law.name.lower().replace("_", "-")


def test_a_breach_bears_the_law_s_name_and_weight() -> None:
    """What a predicate yields becomes a breach of its law, with its exchange."""
    law = Law("law", "Be.", "here", lambda *_: [Violation(Cause("c"), "s", "e", "a")], severity=Severity.WARNING)
    exchange = kept.exchange()
    breaches = law.breaches(exchange, kept.law_context())
    assert breaches is not None
    [breach] = breaches
    assert ("law", Severity.WARNING, Cause("c"), "s", "e", "a") == (
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
    assert '{"a": "é"}' == format_value({"a": "é"})
    assert f'"{"x" * 299}… (1002 characters)' == format_value("x" * 1000)
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    assert "a value that is nested too deeply to show" == format_value(deep)
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
        (kept.delivery(acknowledged=False), "stored, but the target disconnected before the acknowledgement"),
        (kept.unstored(status=400, refusal="no name"), "refused with 400: no name"),
        (kept.unstored(fault="the ingest hangs"), "the ingest hangs"),
        (kept.delivery(acknowledged=False, fault="the ingest hangs"), "the ingest hangs; it stored the event"),
    ],
)
def test_what_became_of_a_delivery_is_told(delivery: Delivery, text: str) -> None:
    """Faulty, refused, in doubt, or stored."""
    assert text == describe(delivery)


@pytest.mark.parametrize(
    ("exchange", "text"),
    [
        (kept.exchange(family="fuzz"), "a valid request"),
        (kept.exchange(given=("the ingest hangs", "signed in")), "the ingest hangs, signed in"),
        (kept.exchange(family="fuzz", statuses=frozenset({400, 422})), "malformed-body or invalid-body"),
        (kept.exchange(family="fuzz", statuses=frozenset({418})), "fuzz"),
        (kept.exchange(family="fuzz", statuses=frozenset(range(400, 600))), "a request that the contract leaves open"),
        (kept.exchange(family="fuzz", statuses=frozenset[int]()), "fuzz"),
        (kept.exchange(family="invalid-body", statuses=frozenset(range(400, 600))), "invalid-body"),
    ],
)
def test_circumstances_are_alike_for_what_the_contract_judges_alike(exchange: Exchange, text: str) -> None:
    """The states of the world, else the families of the right statuses, else the case's own."""
    assert text == circumstances(exchange, kept.operation())


def test_one_answer_of_several_families_leaves_nothing_open() -> None:
    """What the contract promises for each of them is the same answer."""
    operation = kept.operation()
    rules = tuple(FamilyRule(one, None, None, "") for one in ("malformed-body", "invalid-body", "body-too-large"))
    answers = tuple(replace(one, family_rules=rules if one.status == "400" else ()) for one in operation.answers)
    exchange = kept.exchange(family="fuzz", statuses=frozenset({400}))
    assert "malformed-body or invalid-body or body-too-large" == circumstances(
        exchange, replace(operation, answers=answers)
    )


@pytest.mark.parametrize("name", ["event-schema", "event-headers", "event-media-type", "right-address"])
def test_a_law_of_what_a_callback_promises_goes_by_the_tie(name: str) -> None:
    """Which callback an event is of depends on whose event it is: so a guess accuses nobody."""
    assert law_of(name).needs_tie
