"""Findings: one for each law and cause, the worst first, known by the same ID in each run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.engine.findings import MOST, Findings
from bothends.engine.waves import Wave
from bothends.records import Breach, Case, Finding, Request, Severity
from tests.laws import kept

EXCHANGE = kept.exchange()
WAVE = Wave((), (EXCHANGE.case,))


def breach(law: str = "law", cause: str = "cause", severity: Severity = Severity.ERROR) -> Breach:
    """Return a breach that the kept exchange shows."""
    return Breach(law, severity, cause, "summary", "this", "that", EXCHANGE)


def added(findings: Findings, each: Breach, wave: Wave = WAVE) -> Finding:
    """Add a breach that was not seen before."""
    finding = findings.add(each, wave)
    assert finding is not None
    return finding


def test_the_same_cause_is_the_same_finding() -> None:
    """Only the first of its law and cause is new; the others are counted."""
    findings = Findings("digest")
    first = added(findings, breach())
    assert findings.add(breach(), WAVE) is None
    added(findings, breach(cause="other"))
    added(findings, breach(law="other"))
    assert [2, 1, 1] == [held.finding.count for held in findings.held()]
    assert (EXCHANGE.case, 1) == (first.case, first.count)


def test_ids_are_the_same_for_the_same_contract() -> None:
    """Law, cause and contract make the ID, and nothing else does."""
    ids = {added(Findings("digest"), replace(breach(), actual=str(n))).id for n in range(3)}
    assert len(ids) == 1
    others = [
        added(Findings("digest"), breach(cause="other")).id,
        added(Findings("digest"), breach(law="other")).id,
        added(Findings("other"), breach()).id,
    ]
    assert len({*ids, *others}) == 4


def test_errors_come_before_warnings() -> None:
    """The worst first, then in the order in which they were found."""
    findings = Findings("digest")
    for number, severity in enumerate([Severity.WARNING, Severity.ERROR, Severity.WARNING, Severity.ERROR]):
        added(findings, breach(cause=str(number), severity=severity))
    assert ["1", "3", "0", "2"] == [held.finding.breach.cause for held in findings.held()]


@pytest.mark.parametrize(("severity", "broken"), [(Severity.ERROR, True), (Severity.WARNING, False)])
def test_only_an_error_breaks(severity: Severity, broken: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A warning alone breaks nothing."""
    findings = Findings("digest")
    assert not findings.broken
    added(findings, breach(severity=severity))
    assert broken is findings.broken


def test_a_target_that_is_wrong_everywhere_has_a_bounded_list() -> None:
    """Beyond the most that are kept, causes are only counted."""
    findings = Findings("digest")
    for number in range(MOST + 3):
        findings.add(breach(cause=str(number)), WAVE)
    assert (MOST, 3) == (len(findings.held()), findings.left_out)
    assert findings.add(breach(cause="0"), WAVE) is None
    assert (3, 2) == (findings.left_out, findings.held()[0].finding.count)


def test_settling_keeps_what_else_is_told() -> None:
    """A finding that was examined has its smallest case, and all breaches that were seen, and where."""
    findings = Findings("digest")
    first = added(findings, breach())
    findings.add(breach(), WAVE)
    least = replace(first, case=replace(EXCHANGE.case, name="least"), smaller=True, reproduced=True)
    settled = findings.settle(least)
    assert replace(least, count=2, cases=(EXCHANGE.case.label,)) == settled == findings.held()[0].finding


def test_a_phantom_is_named_after_the_wave_in_which_it_arrived() -> None:
    """No case can be named, so the first of the wave stands for it; after all waves, none."""
    nobody = replace(breach(), exchange=None)
    case = replace(EXCHANGE.case, origin={"a": 1})
    assert EXCHANGE.case == added(Findings("digest"), nobody, Wave((), (case,))).case
    assert Case("", "none", "none", Request("GET", "/")) == added(Findings("digest"), nobody, Wave((), ())).case
