"""What an ID names: pinned, as lists of accepted findings depend on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.engine.judge.findings import Findings
from bothends.engine.judge.identity import instance_of
from bothends.engine.play.batches import Batch
from bothends.records import Breach, Cause, Instance, NoAnswer, Severity
from tests.laws import kept

PINNED = {
    "event-schema": "2e3155ad52",
    "family-status": "e3fbe73f71",
    "no-phantom": "981d175ab9",
    "stops": "922ea9143c",
}
EXCHANGE = kept.exchange()
CASE = EXCHANGE.case
PLACED = Breach("event-schema", Severity.ERROR, Cause("schema", "/required"), "s", "e", "a", EXCHANGE)
BARE = replace(PLACED, law="family-status", cause=Cause("no-success", status="200", about="body"))
PHANTOM = replace(PLACED, law="no-phantom", cause=Cause("no-request"), exchange=None)
STOPS = replace(PLACED, law="stops", cause=Cause("ends-otherwise"), exchange=None)


@pytest.mark.parametrize(
    ("breach", "instance"),
    [
        pytest.param(PLACED, Instance("", "postRoute", "200", ""), id="a place"),
        pytest.param(BARE, Instance("", "postRoute", "200", "success/usual"), id="a case"),
        pytest.param(PHANTOM, Instance("", "", "", ""), id="an event of nobody"),
        pytest.param(STOPS, Instance("", "postRoute", "", "success/usual"), id="the target's end"),
    ],
)
def test_an_id_is_pinned(breach: Breach, instance: Instance) -> None:
    """An accepted finding stays accepted in later versions: if this test fails, lists of teams no longer hold."""
    found = instance_of(breach, CASE)
    assert instance == replace(found, id="")
    assert PINNED[breach.law] == found.id


def test_what_was_sent_and_said_makes_no_other_id() -> None:
    """Words, values, a smaller request, and whether a connection ended or was reset."""
    first = instance_of(BARE, CASE)
    smaller = replace(CASE, request=replace(CASE.request, body=b"{}", headers=()), origin=None)
    told = replace(BARE, summary="Other words.", expected="calm", actual="storm")
    assert first == instance_of(told, smaller)
    ends = [replace(EXCHANGE, answer=NoAnswer(kind, "")) for kind in ("reset", "closed")]
    assert 1 == len({instance_of(replace(BARE, exchange=end), CASE).id for end in ends})


def test_each_part_makes_another_id() -> None:
    """Law, cause, operation, status and case."""
    failed = replace(EXCHANGE, answer=kept.answer(500))
    others = [
        instance_of(replace(BARE, law="declared-status"), CASE),
        instance_of(replace(BARE, cause=replace(BARE.cause, kind="taken")), CASE),
        instance_of(BARE, replace(CASE, operation="other")),
        instance_of(replace(BARE, exchange=failed), CASE),
        instance_of(BARE, replace(CASE, name="null-note")),
    ]
    assert 6 == len({instance_of(BARE, CASE).id, *(one.id for one in others)})


def test_a_random_request_counts_by_its_family() -> None:
    """Another run draws other requests: where a case with a name shows the same, it is that one."""
    drawn = [replace(CASE, family="fuzz-valid", name=f"000{n}", drawn=True) for n in range(3)]
    assert {"fuzz-valid"} == {instance_of(BARE, case).case for case in drawn}
    findings = Findings()
    for case in drawn:
        findings.add(replace(BARE, exchange=replace(EXCHANGE, case=case)), Batch((), (case,)))
    assert ["fuzz-valid"] == [one.case for one in findings.ranked()[0].finding.instances]
    findings.add(BARE, Batch((), (CASE,)))
    assert ["success/usual"] == [one.case for one in findings.ranked()[0].finding.instances]


def test_random_requests_beside_an_accepted_case_are_nothing_new() -> None:
    """A list would never hold otherwise; alone, or with another status, they are."""
    drawn = replace(CASE, family="fuzz-valid", name="0001", drawn=True)
    random = replace(BARE, exchange=replace(EXCHANGE, case=drawn))
    accepted = instance_of(BARE, CASE)
    beside, alone = (Findings(lambda _, instance: instance == accepted) for _ in range(2))
    beside.add(BARE, Batch((), (CASE,)))
    for findings in (beside, alone):
        findings.add(random, Batch((), (drawn,)))
    assert (False, True) == (beside.broken, alone.broken)
    failed = replace(EXCHANGE, case=drawn, answer=kept.answer(500))
    beside.add(replace(random, exchange=failed), Batch((), (drawn,)))
    assert beside.broken


def test_what_is_accepted_hides_nothing_that_shows_without_it() -> None:
    """What follows from it in the same exchanges is accepted with it; what shows alone as well is new."""
    cause, follows = BARE, replace(PLACED, law="pact", cause=Cause("not-kept", "/body", "web.json"))
    failed = replace(EXCHANGE, answer=kept.answer(502))
    cause, follows = (replace(breach, exchange=failed) for breach in (cause, follows))
    accepted = instance_of(cause, CASE)
    findings = Findings(lambda _, instance: instance == accepted)
    for breach in (cause, follows):
        findings.add(breach, Batch((), (CASE,)))
    assert ["family-status"] == [tracked.finding.breach.law for tracked in findings.ranked()]
    assert not findings.broken
    findings.add(replace(follows, exchange=replace(failed, number=failed.number + 1)), Batch((), (CASE,)))
    assert ["family-status", "pact"] == [tracked.finding.breach.law for tracked in findings.ranked()]
    assert findings.broken


def test_nor_does_it_hide_what_follows_from_what_follows() -> None:
    """A new cause that is explained by a consequence of what is accepted is told where it shows without that."""
    failed = replace(EXCHANGE, answer=kept.answer(502))
    other = replace(failed, number=failed.number + 1)
    cause = replace(BARE, exchange=failed)
    accepted = instance_of(cause, CASE)
    findings = Findings(lambda _, instance: instance == accepted)
    recovers = replace(BARE, law="recovers", cause=Cause("after-a-fault", status="502"))
    pact = replace(PLACED, law="pact", cause=Cause("not-kept", "/body", "web.json"))
    for breach in (cause, *(replace(one, exchange=failed) for one in (recovers, pact)), replace(pact, exchange=other)):
        findings.add(breach, Batch((), (CASE,)))
    assert ["family-status", "pact"] == [tracked.finding.breach.law for tracked in findings.ranked()]
