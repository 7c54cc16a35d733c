"""Known findings in a run: lived with until their last day, and told when they no longer show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from bothends.contract import load
from bothends.engine.evidence.evidence import Evidence
from bothends.engine.evidence.facts import Facts
from bothends.engine.judge.findings import Findings
from bothends.engine.judge.identity import instance_of
from bothends.engine.judge.known import Known
from bothends.engine.play.batches import Batch
from bothends.records import Breach, Cause, Finding, KnownFinding, NotProven, Severity, Summary, Verdict
from tests.laws import kept

TODAY = date(2030, 6, 1)
EXCHANGE = kept.exchange()
BREACH = Breach("one-event", Severity.ERROR, Cause("two-events"), "Two.", "one", "two", EXCHANGE)
INSTANCE = instance_of(BREACH, EXCHANGE.case)
FINDING = Finding(INSTANCE.id, BREACH, EXCHANGE.case, 1, instances=(INSTANCE,))
BY_ID = KnownFinding("why", date(2030, 6, 1), id=INSTANCE.id)
BY_CAUSE = KnownFinding(
    "why", date(2031, 1, 1), "", "one-event", "postRoute", cause="two events", status="200", case="success/usual"
)
EXPIRED = replace(BY_ID, expires=date(2030, 5, 31))


def summary(*findings: Finding, known: Known, not_proven: tuple[NotProven, ...] = ()) -> Summary:
    """Return the end of a whole run."""
    return Summary(1, 10, 0.5, (), (), findings, not_proven, known=known.tallies(findings, whole=True))


def test_a_known_finding_breaks_nothing() -> None:
    """By ID or by all that it is made of, on its last day still: the run is proven, and the finding is told."""
    for entry in (BY_ID, BY_CAUSE):
        told = summary(FINDING, known=Known([entry], TODAY))
        assert (Verdict.PROVEN, 0, (FINDING,), (), ()) == (
            told.verdict,
            told.exit_code,
            told.lived_with,
            told.errors,
            told.warnings,
        )
        tally = told.known_as(FINDING)
        assert tally is not None
        assert entry == tally.known
    assert (INSTANCE.id, "one-event: two events (postRoute 200 success/usual)") == (BY_ID.name, BY_CAUSE.name)


def test_another_finding_breaks_as_ever() -> None:
    """Only what is named is lived with; what is not proven stays so."""
    breach = replace(BREACH, cause=Cause("three-events"))
    instance = instance_of(breach, EXCHANGE.case)
    other = replace(FINDING, id=instance.id, breach=breach, instances=(instance,))
    known = Known([BY_ID, BY_CAUSE], TODAY)
    assert (1, (other,)) == ((told := summary(FINDING, other, known=known)).exit_code, told.errors)
    assert told.known_as(other) is None
    assert 4 == summary(FINDING, known=known, not_proven=(NotProven("x", "y"),)).exit_code


def test_an_expired_one_counts_again() -> None:
    """After its last day the finding breaks the contract, and its entry says that it is over."""
    told = summary(FINDING, known=Known([EXPIRED], TODAY))
    assert (1, ()) == (told.exit_code, told.lived_with)
    tally = told.known_as(FINDING)
    assert tally is not None
    assert tally.expired
    both = summary(FINDING, known=Known([EXPIRED, BY_CAUSE], TODAY))
    tally = both.known_as(FINDING)
    assert tally is not None
    assert (0, False) == (both.exit_code, tally.expired)


def test_one_that_does_not_show_is_told_of_a_whole_run() -> None:
    """A run of chosen cases says nothing of what it did not try."""
    known = Known([BY_ID], TODAY)
    [tally] = known.tallies([], whole=True)
    assert () == tally.findings
    assert () == known.tallies([], whole=False)
    assert 1 == len(known.tallies([FINDING], whole=False))


def test_a_known_finding_does_not_end_a_run() -> None:
    """With `--fail-fast` the first error that is not lived with does."""
    breach = replace(BREACH, law="event-schema")  # of which each cause is a finding
    known = replace(BY_CAUSE, law="event-schema")
    findings = Findings(Known([known], TODAY).accepts)
    batch = Batch((), (EXCHANGE.case,))
    findings.add(breach, batch)
    assert not findings.broken
    findings.add(replace(breach, cause=Cause("three-events")), batch)
    assert findings.broken


def test_the_day_is_that_of_utc() -> None:
    """Without a day given it is today."""
    assert not Known([replace(BY_ID, expires=date(2000, 1, 1))]).lived_with(FINDING)
    assert Known([replace(BY_ID, expires=date(9999, 1, 1))]).lived_with(FINDING)


def test_a_known_finding_explains_nothing() -> None:
    """What shows beside other faults only is not proven, though an error that is lived with breaks the same law."""
    contract = load(Path(__file__).parents[2] / "bothends.toml")
    findings = Findings()
    findings.add(BREACH, Batch((), (EXCHANGE.case,)))
    facts = Facts(1, beside=(("upstream-wrong/ingest-answers-500", "one-event"),))
    told = [
        "only beside other faults" in [item.what for item in end.not_proven]
        for known in (Known(), Known([BY_CAUSE], TODAY))
        for end in [Evidence(contract).summary(facts, findings, known, threshold=None)]
    ]
    assert [False, True] == told
