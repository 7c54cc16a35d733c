"""Lies about a real run of the reference: which are noticed, which are equal to it, and what a report says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.laws import Law, Violation
from bothends.laws import register as register_law
from bothends.laws import unregister as unregister_law
from bothends.records import Cause, with_value
from bothends.score import (
    Closings,
    Fate,
    Gap,
    Ground,
    Lie,
    Operator,
    Recording,
    ScoreReport,
    Scoring,
    Side,
    all_operators,
    events,
    redactor_of,
    register,
    unregister,
)
from bothends.score.ground import Shared
from tests.laws import kept
from tests.score.reference import contract, recording, strict, survivors, written
from tests.score.test_loosened import SCHEMAS, without

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.laws import LawContext
    from bothends.records import Exchange


def test_a_proven_run_breaks_nothing_as_it_is() -> None:
    """Each exchange that is kept is one that lies can be told of, one of each sort."""
    score = strict()
    assert (0, len(recording())) == (score.passed_over, score.records)
    assert score.counted > 300


def test_what_the_contract_says_is_noticed_wherever_it_says_it() -> None:
    """Each operator but those for which the contract has no words is noticed at one place at least."""
    noticed = {name for (name, _), tally in strict().tallies.items() if tally.noticed}
    silent = {"event-twice-the-same"}
    told = {name for name, _ in strict().tallies}
    assert told - silent == noticed


def test_what_is_told_of_an_exchange_has_its_operator_and_its_place() -> None:
    """No operator is idle but those of signatures, of which this contract has none, and of a second callback."""
    idle = {each.name for each in all_operators()} - {name for name, _ in strict().tallies}
    signed = {"event-not-signed", "event-signed-wrongly", "event-signed-of-old"}
    # Its upstream is for no caller.
    assert {"event-of-another-callback", "calls-for-another-caller", *signed} == idle


def test_a_score_is_the_same_each_time() -> None:
    """Lies are made of the records alone."""
    again = Scoring(recording()).score()
    assert (strict().told, strict().noticed) == (again.told, again.noticed)
    assert survivors(strict()) == survivors(again)


def test_what_came_late_for_an_exchange_is_of_its_record() -> None:
    """It takes the place of what it was when it was judged first."""
    at = a_success().recorded
    found = Recording(recording().contract)
    found.take(replace(at.exchange, deliveries=()), at.context)
    found.take(at.exchange, at.context)
    assert [at.exchange] == [each.exchange for each in found]
    assert found.identities


def test_the_calls_of_an_exchange_are_kept_when_the_run_forgets_them() -> None:
    """Else nobody would know afterwards what an upstream has answered."""
    at = a_success().recorded
    of_the_run = {number: kept.call(number) for number in range(-2000, 0)} | dict(at.context.calls)
    found = Recording(recording().contract)
    found.take(at.exchange, replace(at.context, calls=of_the_run))
    of_the_run.clear()
    assert Scoring(found).score().passed_over == 0
    assert {call.number for call in at.exchange.calls} <= set(next(iter(found)).context.calls)


# Equal, and open.


def lies_of(exchange: Exchange, *lies: Lie) -> Operator:
    """Return an operator that tells some lies of one exchange."""
    number = exchange.number
    return Operator("own", "It lies.", Side.ANSWER, lambda at: iter(lies if at.exchange.number == number else ()))


def a_success() -> Ground:
    """Return a success that was recorded."""
    found = next(each for each in recording() if each.answer.success)
    return Ground(found, Shared(recording()))


def test_a_lie_that_changes_nothing_is_not_counted() -> None:
    """Of an event, it is JSON that is compared: the order of its members is nothing."""
    ground = a_success()
    ((_, delivery),) = ground.events
    turned = ground.resent(delivery, lambda event: dict(reversed(event.items())))
    assert turned is not None
    assert list(delivery.event) != list(turned.deliveries[0].event)
    lies = [Lie(ground.at_answer, exchange, "nothing") for exchange in (ground.exchange, turned)]
    score = Scoring(recording(), [lies_of(ground.exchange, *lies)]).score()
    assert (0, 2) == (score.counted, score.told)


def test_what_the_contract_leaves_open_in_so_many_words_is_apart() -> None:
    """It is no survivor; and where a law notices it all the same, it is noticed."""
    ground = a_success()
    allowed = ground.answered(headers=(*ground.answer.headers, ("x-more", "1")))
    wrong = ground.answered(status=500)
    lies = [Lie(ground.at_answer, each, "said", said="x-more may be") for each in (allowed, wrong)]
    score = Scoring(recording(), [lies_of(ground.exchange, *lies)]).score()
    assert (1, 1, 0) == (score.noticed, len(score.left_open), len(score.survivors))
    assert Fate.OPEN is score.left_open[0].shown.fate


def test_an_event_that_is_another_is_read_as_its_ingest_reads_it() -> None:
    """What the ingest refuses is not stored; what it has seen before is a repetition."""
    ground = a_success()
    ((_, delivery),) = ground.events
    early = ground.resent(delivery, lambda event: with_value(event, ("ts",), 1))
    taken = next(one for one in recording().identities if one != delivery.identity)
    known = ground.resent(delivery, lambda event: with_value(event, ("id",), taken.removeprefix("id ")))
    assert early is not None
    assert known is not None
    assert (False, 400) == (early.deliveries[0].stored, early.deliveries[0].status)
    assert (True, taken) == (known.deliveries[0].repeated, known.deliveries[0].identity)


def test_an_event_at_another_address_than_its_request_has_named_is_nobodys() -> None:
    """No ingest can tell: it takes what comes to an address that it never heard of for another request's."""
    ground = a_success()
    ((_, delivery),) = ground.events
    named = replace(ground.exchange, sent=replace(ground.exchange.sent, body=delivery.path.encode()))
    (lie,) = events.to_another_address.lies(Ground(replace(ground.recorded, exchange=named), Shared(recording())))
    assert () == lie.exchange.deliveries


def test_an_ingest_that_made_something_else_of_an_event_is_not_asked() -> None:
    """Then nobody knows what it would have made of another one."""
    ground = a_success()
    ((_, delivery),) = ground.events
    odd = replace(delivery, consumed={"other": 1})
    exchange = replace(ground.exchange, deliveries=(odd,))
    of_odd = Ground(replace(ground.recorded, exchange=exchange), Shared(recording()))
    assert of_odd.resent(odd, lambda event: event) is None


# From outside.


def test_an_operator_and_a_law_from_outside_take_part() -> None:
    """Nothing but their registration is needed; a second one of the same name is refused."""
    place = a_success().at_answer

    def lies(ground: Ground) -> Iterator[Lie]:
        if ground.answer.success:
            headers = (*ground.answer.headers, ("x-lie", "1"))
            yield Lie(place, ground.answered(headers=headers), "a header is added", Gap(about="forbid it"))

    def judge(exchange: Exchange, _context: LawContext) -> list[Violation]:
        told = getattr(exchange.answer, "header", lambda _: None)("x-lie")
        return [Violation(Cause("lie"), "It lies.", "no lie", "a lie")] if told else []

    register(Operator("outside", "A header is added.", Side.ANSWER, lies))
    try:
        assert ("outside", "200", "") in survivors(Scoring(recording()).score())
        register_law(Law("no-lie", "No lie is told.", "here", judge))
        try:
            assert ("outside", "200", "") not in survivors(Scoring(recording()).score())
        finally:
            unregister_law("no-lie")
    finally:
        unregister("outside")


# What is said of it.


def report(spec: Contract | None = None) -> ScoreReport:
    """Return the report of a contract, which is the one as it is if none is given."""
    return ScoreReport.of(recording().under(spec or kept.contract()))


def test_what_closes_most_comes_first_with_its_line_and_its_words(tmp_path: Path) -> None:
    """One line of a schema that answers share closes a survivor of each of them."""
    loose = load(written(tmp_path, without(*SCHEMAS, "Problem", "additionalProperties")))
    first = next(one for one in report(loose).as_json()["closings"] if one["action"])
    assert {"target": "$.components.schemas.Problem", "update": {"additionalProperties": False}} == first["action"]
    line = loose.document.line("/components/schemas/Problem")
    assert (3, line) == (first["closes"], first["line"])
    text = report(loose).as_text()
    assert f"openapi.yaml:{line} /components/schemas/Problem" in text
    assert 'update    {"additionalProperties": false}' in text


def test_a_type_that_is_proposed_has_all_that_exchanges_show(tmp_path: Path) -> None:
    """A name that is null for some callers is no text alone."""

    def change(spec: dict[str, Any]) -> None:
        del spec["components"]["schemas"]["User"]["properties"]["name"]["type"]
        del spec["components"]["schemas"]["RouteRequested"]["properties"]["user"]["x-from"]

    found = report(load(written(tmp_path, change))).as_json()["closings"]
    assert ["string", "null"] in [one["action"]["update"].get("type") for one in found if one["action"]]


def test_what_no_contract_has_words_for_is_apart() -> None:
    """How often an upstream is called is nothing that a contract can say; that a refusal calls nobody, it can."""
    assert {"calls-one-more"} == {one.operator.name for one in strict().wordless}
    assert (
        "Not counted, as no contract has words for this:\n  calls-one-more, postRoute: calls settings (how often"
        in (report().as_text())
    )


def test_no_secret_reaches_a_report() -> None:
    """Neither as text nor as JSON: no key, no session, whatever it was that lied."""
    secrets = {secret for each in recording() for secret in each.context.secrets if len(secret) > 7}
    assert secrets
    written = report().as_text() + json.dumps(report().as_json())
    assert [] == [secret for secret in secrets if secret in written]


def test_a_hostile_text_is_made_harmless() -> None:
    """What a target has answered may repaint a terminal."""
    ground = a_success()
    lie = Lie(ground.at_answer, ground.answered(headers=()), "\x1b[2J\u202e", Gap(ground.at_answer.member, about="x"))
    quiet = replace(lie, exchange=ground.answered(headers=(*ground.answer.headers, ("x-more", "1"))))
    score = Scoring(recording(), [lies_of(ground.exchange, quiet)]).score()
    closings, without = Closings(kept.contract(), recording()).of(score)
    text = ScoreReport(score, closings, without, redactor_of(recording())).as_text()
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_records_are_judged_by_another_contract_as_they_are() -> None:
    """The same contract comes to the same score."""
    again = Scoring(recording().under(contract())).score()
    assert survivors(strict()) == survivors(again)
