"""Findings: one for each law and cause, the worst first, known by the same ID in each run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.engine.judge.findings import MOST, Findings
from bothends.engine.play.batches import Batch
from bothends.laws import BODY
from bothends.records import (
    INTERRUPTED,
    NO_TIME,
    Breach,
    Case,
    Cause,
    Consequence,
    Exchange,
    Finding,
    Request,
    Severity,
)
from tests.laws import kept

EXCHANGE = kept.exchange()
BATCH = Batch((), (EXCHANGE.case,))


def breach(law: str = "law", cause: str = "cause", severity: Severity = Severity.ERROR) -> Breach:
    """Return a breach that the kept exchange shows."""
    return Breach(law, severity, Cause(cause), "summary", "this", "that", EXCHANGE)


def added(findings: Findings, each: Breach, batch: Batch = BATCH) -> Finding:
    """Add a breach that was not seen before."""
    finding = findings.add(each, batch)
    assert finding is not None
    return finding


def test_the_same_cause_is_the_same_finding() -> None:
    """Only the first of its law and cause is new; the others are counted."""
    findings = Findings()
    first = added(findings, breach())
    assert findings.add(breach(), BATCH) is None
    added(findings, breach(cause="other"))
    added(findings, breach(law="other"))
    assert [2, 1, 1] == [tracked.finding.count for tracked in findings.ranked()]
    assert (EXCHANGE.case, 1) == (first.case, first.count)


def test_ids_are_the_same_whatever_was_seen() -> None:
    """Law and cause make the ID, with operation, status and case; what was seen does not."""
    ids = {added(Findings(), replace(breach(), actual=str(n))).id for n in range(3)}
    assert len(ids) == 1
    others = [
        added(Findings(), breach(cause="other")).id,
        added(Findings(), breach(law="other")).id,
    ]
    assert len({*ids, *others}) == 3


def test_errors_come_before_warnings() -> None:
    """The worst first, then in the order in which they were found."""
    findings = Findings()
    for number, severity in enumerate([Severity.WARNING, Severity.ERROR, Severity.WARNING, Severity.ERROR]):
        added(findings, breach(cause=str(number), severity=severity))
    assert ["1", "3", "0", "2"] == [tracked.finding.breach.cause.kind for tracked in findings.ranked()]


@pytest.mark.parametrize(("severity", "broken"), [(Severity.ERROR, True), (Severity.WARNING, False)])
def test_only_an_error_breaks(severity: Severity, broken: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A warning alone breaks nothing."""
    findings = Findings()
    assert not findings.broken
    added(findings, breach(severity=severity))
    assert broken is findings.broken


def test_a_target_that_is_wrong_everywhere_has_a_bounded_list() -> None:
    """Beyond the most that are kept, causes are only counted."""
    findings = Findings()
    for number in range(MOST + 3):
        findings.add(breach(cause=str(number)), BATCH)
    assert (MOST, 3) == (len(findings.ranked()), findings.left_out)
    assert findings.add(breach(cause="0"), BATCH) is None
    assert (3, 2) == (findings.left_out, findings.ranked()[0].finding.count)


def test_settling_keeps_what_else_is_told() -> None:
    """A finding that was examined has its smallest case, and all breaches that were seen, and where."""
    findings = Findings()
    first = added(findings, breach())
    findings.add(breach(), BATCH)
    least = replace(first, case=replace(EXCHANGE.case, name="least"), smaller=True, reproduced=True)
    settled = findings.settle(least)
    assert replace(least, count=2, cases=(EXCHANGE.case.label,)) == settled == findings.ranked()[0].finding


def test_what_an_interrupted_run_had_no_time_to_retry_says_so() -> None:
    """What was retried before stands as it is, and so does all of a run that came to its end."""
    findings = Findings()
    retried, untried, unsure, late = (added(findings, breach(cause=cause)) for cause in ("a", "b", "c", "d"))
    findings.settle(replace(retried, reproduced=True))
    findings.settle(unsure)
    findings.leave_untried(late, NO_TIME)
    ended = findings.at_the_end(interrupted=True)
    expected = [(retried.id, ""), (untried.id, INTERRUPTED), (unsure.id, ""), (late.id, NO_TIME)]
    assert expected == [(each.id, each.untried) for each in ended]
    assert ["", "", "", NO_TIME] == [each.untried for each in findings.at_the_end(interrupted=False)]


def test_a_phantom_is_named_after_the_batch_in_which_it_arrived() -> None:
    """No case can be named, so the first of the batch stands for it; after all batches, none."""
    nobody = replace(breach(), exchange=None)
    case = replace(EXCHANGE.case, origin={"a": 1})
    assert EXCHANGE.case == added(Findings(), nobody, Batch((), (case,))).case
    assert Case("", "none", "none", Request("GET", "/")) == added(Findings(), nobody, Batch((), ())).case


def test_the_smallest_good_request_stands_for_all() -> None:
    """Of all that show it the plainest is shown: one that must succeed, without a manner, and small."""
    findings = Findings()
    broken_off = replace(
        breach(), exchange=kept.exchange(name="odd", statuses=frozenset({400}), refused=True, body=b"")
    )
    large = replace(breach(), exchange=kept.exchange(number=2, name="large", body=b"x" * 99))
    small = replace(breach(), exchange=kept.exchange(number=3, name="small", body=None))
    slow = replace(breach(), exchange=replace(kept.exchange(number=4), case=replace(EXCHANGE.case, behaviour="slowly")))
    for each in (broken_off, large, small, slow):
        findings.add(each, BATCH)
    [tracked] = findings.ranked()
    assert (small, 4) == (tracked.finding.breach, tracked.finding.count)
    assert ("success/small", "success/odd", "success/large", "success/usual") == tracked.finding.cases


def test_cases_are_named_of_as_many_families_as_there_are() -> None:
    """A few are named, the rest is counted."""
    findings = Findings()
    for number in range(20):
        family = "crowd" if number == 19 else "odd-body"
        case = replace(EXCHANGE.case, family=family, name=f"{number:02}")
        findings.add(replace(breach(), exchange=replace(EXCHANGE, number=number, case=case)), BATCH)
    finding = findings.ranked()[0].finding
    assert (("crowd/19", "odd-body/00", "odd-body/01", "odd-body/02"), 16) == (finding.cases, finding.more_cases)


def statuses(findings: Findings, exchange: Exchange, *laws: str) -> list[Finding]:
    """Add breaches of one exchange."""
    return [added(findings, replace(breach(law), exchange=exchange)) for law in laws]


def test_what_follows_stands_below_what_it_follows_from() -> None:
    """It is no finding of its own, but law, sentence and number are there."""
    findings = Findings()
    wrong = replace(EXCHANGE, answer=kept.answer(500))
    statuses(findings, wrong, "family-status", "recovers", "pact")
    findings.add(replace(breach("pact"), exchange=replace(wrong, number=2)), BATCH)
    findings.add(replace(breach("family-status"), exchange=replace(wrong, number=2)), BATCH)
    [tracked] = findings.ranked()
    assert ("family-status", 2) == (tracked.finding.breach.law, tracked.finding.count)
    assert [("pact", 2), ("recovers", 1)] == [(one.law, one.count) for one in tracked.finding.consequences]
    told = breach("pact")
    assert Consequence("pact", told.summary, 2, told.expected, told.actual) == tracked.finding.consequences[0]


def test_each_pact_that_is_broken_is_told() -> None:
    """Two consumers rely on what one wrong event breaks: both are named, and each with what it was promised."""
    findings = Findings()
    wrong = replace(EXCHANGE, answer=kept.answer(500))
    for each in (
        breach("event-schema"),
        replace(breach("pact"), cause=Cause("worker"), expected="a name"),
        replace(breach("pact"), cause=Cause("billing"), expected="an address"),
    ):
        findings.add(replace(each, exchange=wrong), BATCH)
    [tracked] = findings.ranked()
    assert [("pact", "an address"), ("pact", "a name")] == [(c.law, c.expected) for c in tracked.finding.consequences]


def test_a_finding_that_is_replayed_stands_for_itself() -> None:
    """Whatever explains it is not what was asked for."""
    wrong = replace(EXCHANGE, answer=kept.answer(500))
    followed = statuses(Findings(), wrong, "family-status", "recovers")[1]
    findings = Findings(replayed=followed.id)
    statuses(findings, wrong, "family-status", "recovers")
    assert followed.id in {tracked.finding.id for tracked in findings.ranked()}


def of_exchange(law: str, number: int, *, guessed: bool) -> Breach:
    """Return a breach of an exchange whose events are known to be its own, or are a guess."""
    return replace(breach(law), exchange=kept.exchange(number=number, guessed=guessed))


def test_a_guess_whose_event_it_is_makes_no_finding_of_its_own() -> None:
    """The event has lost its caller: that is the finding; of whoever it was given to, nothing is said."""
    findings = Findings()
    for each in (
        of_exchange("event-schema", 1, guessed=False),
        of_exchange("no-event-without-success", 2, guessed=True),
        of_exchange("acknowledged-first", 3, guessed=True),
    ):
        findings.add(each, BATCH)
    [tracked] = findings.ranked()
    assert "event-schema" == tracked.finding.breach.law
    assert () == tracked.finding.consequences


def test_what_was_seen_without_a_guess_is_a_finding_of_its_own() -> None:
    """One exchange of which it is certain is enough, and that one stands for all."""
    findings = Findings()
    for each in (
        of_exchange("event-schema", 1, guessed=False),
        of_exchange("no-event-without-success", 2, guessed=True),
        of_exchange("no-event-without-success", 3, guessed=False),
        of_exchange("no-event-without-success", 4, guessed=True),
    ):
        findings.add(each, BATCH)
    shown = {h.finding.breach.law: h.finding.breach.exchange for h in findings.ranked()}
    assert {"event-schema": 1, "no-event-without-success": 3} == {k: e.number for k, e in shown.items() if e}


def test_a_guess_alone_makes_no_finding_until_it_shows_for_sure() -> None:
    """It is kept as a guess; one exchange of which it is certain makes a finding of it."""
    findings = Findings()
    assert findings.add(of_exchange("one-event", 1, guessed=True), BATCH) is None
    assert ([], False) == (findings.ranked(), findings.broken)
    assert ["one-event"] == [tracked.finding.breach.law for tracked in findings.guesses()]
    assert findings.add(of_exchange("one-event", 2, guessed=False), BATCH) is not None
    assert ["one-event"] == [tracked.finding.breach.law for tracked in findings.ranked()]
    assert [] == findings.guesses()


def test_one_id_for_several_events_mixes_up_whose_they_are() -> None:
    """Ids that are used again are the finding; what seems lost or another's by them stands below."""
    findings = Findings()
    for number in (1, 2):
        used = replace(breach("event-for-success"), cause=Cause("id-used"))
        findings.add(replace(used, exchange=kept.exchange(number)), BATCH)
    findings.add(replace(breach("event-for-success"), cause=Cause("none"), exchange=kept.exchange(3)), BATCH)
    findings.add(replace(breach("provenance"), exchange=kept.exchange(4)), BATCH)
    [tracked] = findings.ranked()
    assert (Cause("id-used"), 3) == (tracked.finding.breach.cause, tracked.finding.count)
    assert ["provenance"] == [one.law for one in tracked.finding.consequences]


def test_another_operation_is_another_finding() -> None:
    """Two operations have two handlers."""
    findings = Findings()
    added(findings, breach("one-event"))
    added(
        findings, replace(breach("one-event"), exchange=replace(EXCHANGE, case=replace(EXCHANGE.case, operation="o")))
    )
    assert 2 == len(findings.ranked())
    assert 2 == len({tracked.finding.id for tracked in findings.ranked()})


def test_exchanges_of_long_ago_are_forgotten() -> None:
    """Who broke what is kept for a while, and not for the length of a run."""
    findings = Findings()
    for number in range(1, 1_000):
        findings.add(replace(breach("provenance"), exchange=kept.exchange(number=number)), BATCH)
    findings.add(replace(breach("pact"), exchange=kept.exchange(number=1)), BATCH)
    assert ["provenance", "pact"] == [tracked.finding.breach.law for tracked in findings.ranked()]


@pytest.mark.parametrize("also", [False, True])
def test_what_shows_nothing_but_what_was_taken_follows_from_that(also: bool) -> None:  # noqa: FBT001 -- a column
    """In whichever operation; one that shows another wrong value in the same place is wrong by itself."""
    taken = kept.exchange(1, family="invalid-body", statuses=frozenset({400}), refused=True, deliveries=())
    taking = Breach("family-status", Severity.ERROR, Cause("taken", about=BODY), "s", "e", "a", taken)
    shown = kept.exchange(2, deliveries=())
    shown = replace(shown, case=replace(shown.case, operation="list"))
    stored = Breach("answer-schema", Severity.ERROR, Cause("schema", location="/text"), "s", "e", "a", shown)
    findings = Findings()
    findings.add(taking, BATCH)
    findings.add(replace(stored, stored_by=taken.case.operation), BATCH)
    if also:
        findings.add(replace(stored, exchange=replace(shown, number=3)), BATCH)
    found = [one.finding.breach.law for one in findings.ranked()]
    assert (["family-status", "answer-schema"] if also else ["family-status"]) == sorted(found, reverse=True)
