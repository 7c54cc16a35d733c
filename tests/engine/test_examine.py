"""Examining a finding: the least history that shows it again, and the smallest request that does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.engine.evidence.evidence import not_retried
from bothends.engine.judge.findings import Findings, TrackedFinding
from bothends.engine.judge.judge import Judge
from bothends.engine.play.batches import Batch
from bothends.engine.play.played import Played
from bothends.engine.run.examine import CONFIRMED, REPEAT, REPEATS, Examiner, apart_alike
from bothends.engine.run.minimizing import same
from bothends.engine.tie.attribution import Attributed
from bothends.records import LATER, NO_TIME, Case, Cause, Condition, Exchange, Request, Severity, Step
from tests.in_words import condition
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.clock import Clock
    from bothends.engine.play.exchange_runner import ExchangeRunner
    from bothends.engine.run.examine import Examined
    from bothends.records import Breach

Shows = Callable[["Script", Batch, Case], bool]
CONTROL = kept.exchange(name="control").case
HANGS = condition("the ingest hangs")
PHANTOM = Condition.of("phantom", "ingest")
USUAL = kept.exchange().case


class Script:
    """Stands where the exchange runner stands: plays batches by a rule that says which cases are answered 500.

    Attributes:
        batches: All that was played.
        calls: No calls.
        left: How often connections were begun anew.
    """

    def __init__(self, shows: Shows, seconds: float = 0.0) -> None:
        """Take the rule, and how long each batch takes on the clock."""
        self.shows = shows
        self.batches: list[Batch] = []
        self.calls: dict[int, Any] = {}
        self.tying = self
        self.now_is = 0.0
        self.late: tuple[Exchange, ...] = ()
        self.left = 0
        self._seconds = seconds

    @property
    def sender(self) -> Script:
        """Itself, as what has connections."""
        return self

    def leave_connections(self) -> None:
        """Begin connections anew."""
        self.left += 1

    def now(self) -> float:
        """Tell the time."""
        return self.now_is

    async def play(self, batch: Batch) -> Played:
        """Play a batch."""
        self.batches.append(batch)
        self.now_is += self._seconds
        exchanges = tuple(self.exchange(batch, case) for case in batch.cases)
        phantoms = (kept.delivery(),) if batch.given == (PHANTOM,) else ()
        return Played(batch, Attributed(exchanges, phantoms=phantoms), {})

    async def settle(self) -> Attributed:
        """Wait for what comes late."""
        self.now_is += self._seconds
        return Attributed((), late=self.late)

    def exchange(self, batch: Batch, case: Case) -> Exchange:
        """Return what comes of a case: right, or answered 500."""
        good = replace(kept.exchange(), case=case)
        return replace(good, answer=kept.answer(500), deliveries=()) if self.shows(self, batch, case) else good


def checks(exchange: Exchange) -> list[tuple[str, str, str]]:
    """Return a generator's check that fails for each answer 500."""
    return [("check", "Check", "failed")] if exchange.answer == kept.answer(500) else []


def judge() -> Judge:
    """Return a judge by all laws."""
    return Judge({kept.operation().id: kept.law_context(calls={1: kept.call()})}, checks)


def tracked(batch: Batch, case: Case = USUAL, law: str = "family-status") -> TrackedFinding:
    """Return the finding that a case was answered 500 in a batch."""
    exchange = replace(kept.exchange(), case=case, answer=kept.answer(500), deliveries=())
    by = judge()
    found = [b for j in by.batch(Attributed((exchange,)), {}) for b in j.breaches if b.law == law]
    findings = Findings()
    assert findings.add(found[0], batch) is not None
    return findings.ranked()[0]


def examine(
    script: Script,
    what: TrackedFinding,
    control: Case | None = CONTROL,
    seconds: float = 60.0,
    most: float | None = None,
) -> Examined:
    """Examine a finding."""
    examiner = Examiner(
        cast("ExchangeRunner", script),
        judge(),
        cast("Clock", script),
        {} if control is None else {control.operation: control},
        concurrency=16,
    )
    return asyncio.run(examiner.examine(what, kept.operation(), seconds, most))


def is_wrong(_: Script, __: Batch, case: Case) -> bool:
    """Answer each case 500, but for the control."""
    return case != CONTROL


def test_each_try_begins_connections_anew() -> None:
    """What a target goes by may be what was sent before on the same connection: a replay has no such."""
    script = Script(is_wrong)
    examine(script, tracked(Batch((), (USUAL,))))
    assert 0 < len(script.batches) == script.left


def test_the_request_alone_is_tried_first_and_made_smaller() -> None:
    """What shows at once needs no history; what is not needed to show it is left out."""
    case = kept.exchange(
        headers=(("content-type", "application/json"), ("x-a", "1")),
        target="/api/route?a=1",
        body=b'{"data":{"a":[1,2]}}',
    ).case
    script = Script(is_wrong)
    got = examine(script, tracked(Batch((), (case, CONTROL)), case))
    assert (True, True) == (got.finding.reproduced, got.finding.smaller)
    assert Request("POST", "/api/route") == got.finding.case.request
    assert (Batch((), (got.finding.case,), 1),) == got.batches
    assert got.finding.breach.exchange is not None
    assert got.finding.case == got.finding.breach.exchange.case


def test_what_shows_it_is_kept() -> None:
    """Only what the finding does not need is left out: here, a key of the body."""

    def needs_a(_: Script, __: Batch, case: Case) -> bool:
        return b'"a"' in (case.request.body or b"")

    case = kept.exchange(body=b'{"data": {"b": [1, 2], "a": "xyz"}}').case
    got = examine(Script(needs_a), tracked(Batch((), (case,)), case))
    assert {"data": {"a": ""}} == json.loads(got.finding.case.request.body or b"")


def test_a_smaller_request_must_mean_the_same_to_the_contract() -> None:
    """A malformed body is not made smaller into no body, which the contract admits."""
    case = kept.exchange(body=b'{"data": oops}', statuses=frozenset({400}), refused=True, family="malformed-body").case
    got = examine(Script(is_wrong), tracked(Batch((), (case,)), case))
    body = got.finding.case.request.body
    assert body is not None
    assert 0 < len(body) < len(case.request.body or b"")
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(body)


def test_what_comes_late_is_waited_for() -> None:
    """An event after the answer shows without a batch after it: the request alone is enough."""
    good = kept.exchange()
    late = kept.delivery(2, event=kept.event(1), received=good.ended + 0.1)
    twice = replace(good, deliveries=(*good.deliveries, late))
    [breach] = [b for j in judge().batch(Attributed((), late=(twice,)), {}) for b in j.breaches if b.law == "one-event"]
    findings = Findings()
    findings.add(breach, Batch((), (USUAL, CONTROL)))
    script = Script(lambda *_: False)
    script.late = (twice,)
    got = examine(script, findings.ranked()[0])
    assert (True, (Batch((), (got.finding.case,), 1),)) == (got.finding.reproduced, got.batches)
    in_time = examine(Script(lambda *_: False), findings.ranked()[0], seconds=0.1)
    assert in_time.finding.reproduced is None


def test_what_needs_a_request_before_it_is_shown_after_a_good_one() -> None:
    """A stale cache shows only with something to be stale."""

    def after_another(script: Script, _: Batch, case: Case) -> bool:
        return case != CONTROL and len(script.batches) > 1 and script.batches[-2].cases == (CONTROL,)

    got = examine(Script(after_another), tracked(Batch((), (USUAL,))))
    assert (True, False) == (got.finding.reproduced, got.finding.smaller)
    assert (Batch((), (CONTROL,), 1), Batch((), (USUAL,), 1)) == got.batches


def test_what_needs_a_crowd_is_shown_in_a_crowd() -> None:
    """What only concurrency shows is played many times at once."""

    def crowded(_: Script, batch: Batch, __: Case) -> bool:
        return len(batch.cases) > 1

    got = examine(Script(crowded), tracked(Batch((), (USUAL,))))
    assert (Batch((), (USUAL,) * REPEAT),) == got.batches
    without = examine(Script(crowded), tracked(Batch((), (USUAL,))), control=None)
    assert got.batches == without.batches


def test_what_needs_its_own_batch_is_shown_in_it() -> None:
    """In the end, all that was played when it showed is played again."""
    batch = Batch((), (USUAL, CONTROL))

    def beside_the_control(_: Script, played: Batch, case: Case) -> bool:
        return case != CONTROL and len(played.cases) > 1 and CONTROL in played.cases

    assert (batch,) == examine(Script(beside_the_control), tracked(batch)).batches


def test_what_does_not_show_again_is_kept_with_its_batch() -> None:
    """It is said not to reproduce, and what showed it once can be replayed."""
    before = Batch((HANGS,), (CONTROL,))
    batch = Batch((), (USUAL,), prelude=(before,))
    for what, batches in ((Batch((), (USUAL,)), (Batch((), (USUAL,)),)), (batch, (before, batch))):
        got = examine(Script(lambda *_: False), tracked(what))
        assert (False, False) == (got.finding.reproduced, got.finding.smaller)
        assert batches == got.batches


def test_what_came_after_a_fault_is_shown_after_that_fault() -> None:
    """The batch before it is a part of it, and the last batch is the one that must show it."""
    before = Batch((HANGS,), (CONTROL,))
    script = Script(lambda s, *_: len(s.batches) > 1)
    got = examine(script, tracked(Batch((), (USUAL,), prelude=(before,))))
    assert got.finding.reproduced
    assert (before, Batch((), (USUAL,), 1)) == got.batches == tuple(script.batches)
    only_before = examine(Script(lambda s, *_: len(s.batches) == 1), tracked(Batch((), (USUAL,), prelude=(before,))))
    assert only_before.finding.reproduced is False


def test_what_builds_up_is_tried_after_many_and_as_it_was_shown() -> None:
    """The target that is examined has it in itself by now: that the request alone shows it would prove nothing."""
    batch = Batch((HANGS,), (USUAL,))
    what = tracked(batch)
    breach = replace(what.finding.breach, law="reuses-connections")
    script = Script(lambda *_: False)
    got = examine(script, replace(what, finding=replace(what.finding, breach=breach)))
    crowd = Batch((), (CONTROL,) * REPEAT)
    assert [*[crowd] * REPEATS, Batch((HANGS,), (USUAL,), 1), batch] == script.batches
    assert (False, (batch,)) == (got.finding.reproduced, got.batches)


def test_a_phantom_is_shown_by_its_batch() -> None:
    """It belongs to no case, so nothing can be left out."""
    batch = Batch((PHANTOM,), (USUAL,))
    [breach] = judge().phantoms(Attributed((), phantoms=(kept.delivery(),)))
    findings = Findings()
    findings.add(breach, batch)
    got = examine(Script(lambda *_: False), findings.ranked()[0], control=None)
    assert got.finding.reproduced
    gone = replace(findings.ranked()[0], batch=Batch((), (USUAL,)))
    assert examine(Script(lambda *_: False), gone).finding.reproduced is False


def test_a_generator_s_check_is_not_made_smaller() -> None:
    """It knows the requests that it made, and no others."""
    case = replace(USUAL, origin={"a": 1}, expect=replace(USUAL.expect, statuses=frozenset({500})))
    got = examine(Script(is_wrong), tracked(Batch((), (case,)), case, "schemathesis:check"))
    assert (True, False, case) == (got.finding.reproduced, got.finding.smaller, got.finding.case)


def test_time_is_bounded() -> None:
    """What was reached in time is kept: no history at all, or a request as small as it got."""
    slow = Script(lambda *_: False, seconds=10)
    assert examine(slow, tracked(Batch((), (USUAL,))), seconds=5).finding.reproduced is None
    assert len(slow.batches) == 1
    case = kept.exchange(body=b'{"data": "%s"}' % (b"x" * 500)).case

    def as_large_as_that(_: Script, __: Batch, shown: Case) -> bool:
        return len(shown.request.body or b"") > 400

    patient, short = Script(as_large_as_that), Script(as_large_as_that, seconds=1)
    smallest = examine(patient, tracked(Batch((), (case,)), case)).finding.case
    assert len(smallest.request.body or b"") == 401
    got = examine(short, tracked(Batch((), (case,)), case), seconds=4.5)
    assert got.finding.reproduced
    assert len(short.batches) == 5 + CONFIRMED


def breach(law: str, cause: str) -> Breach:
    """Return the breach of a law by a cause."""
    [found] = judge().phantoms(Attributed((), phantoms=(kept.delivery(),)))
    return replace(found, law=law, cause=Cause(cause), severity=Severity.ERROR)


def test_the_same_is_the_same_law_and_cause() -> None:
    """Another cause of the same law is another finding."""
    findings = Findings()
    finding = findings.add(breach("law", "cause"), Batch((), (USUAL,)))
    assert finding is not None
    assert same(breach("law", "cause"), finding)
    assert not same(breach("law", "other"), finding)
    assert not same(breach("other", "cause"), finding)


def test_a_finding_that_does_not_show_again_has_its_history() -> None:
    """Flaky is what was tried with all that had shown it: the batches, and how many at once."""
    before = Batch((HANGS,), (CONTROL,), 1)
    batch = Batch((), (USUAL, CONTROL) * 20, prelude=(before,))
    got = examine(Script(lambda *_: False), tracked(batch)).finding
    assert got.flaky
    assert (Step((HANGS,), ("success",), 1, 1), Step((), ("success",), 40, 16)) == got.history


def test_a_finding_of_one_request_needs_no_history() -> None:
    """What shows by itself is told by its request; what takes more has a history, flaky or not."""
    assert () == examine(Script(is_wrong), tracked(Batch((), (USUAL,)))).finding.history
    crowded = examine(
        Script(lambda _, batch, __: len(batch.cases) > 1), tracked(Batch((), (USUAL,))), control=None
    ).finding
    assert (False, (Step((), ("success",), REPEAT, 16),)) == (crowded.flaky, crowded.history)


def test_what_there_is_no_time_for_is_not_called_flaky() -> None:
    """An exchange of ten seconds is tried alone when there are as many; a crowd of them is not."""
    slow = tracked(Batch((), (USUAL, CONTROL)))
    exchange = slow.finding.breach.exchange
    assert exchange is not None
    breach = replace(slow.finding.breach, exchange=replace(exchange, ended=exchange.began + 10))
    slow = replace(slow, finding=replace(slow.finding, breach=breach))
    script = Script(lambda *_: False)
    late = examine(script, slow, seconds=3).finding
    assert (None, NO_TIME, 0) == (late.reproduced, late.untried, len(script.batches))
    tried = examine(script, slow, seconds=3, most=12).finding
    assert (None, "", 1) == (tried.reproduced, tried.untried, len(script.batches))
    shown = Script(is_wrong)
    assert (True, 1) == (examine(shown, slow, seconds=3, most=12).finding.reproduced, len(shown.batches))


def test_another_case_of_the_same_cause_is_the_same() -> None:
    """What a law says of another case with the same promise reproduces the finding."""
    renamed = tracked(Batch((), (USUAL,)))
    cause = renamed.finding.breach.cause
    assert Cause("no-success", status="500", about="body") == cause
    assert examine(Script(is_wrong), renamed).finding.breach.cause == cause


def test_what_came_before_is_tried_last() -> None:
    """What shows only after others were played is shown after them; those alike are told as one part."""
    before = (Batch((), (CONTROL,), 1), Batch((), (CONTROL,), 1))
    script = Script(lambda s, *_: len(s.batches) > 2 and all(batch.cases == (CONTROL,) for batch in s.batches[-3:-1]))
    got = examine(script, replace(tracked(Batch((), (USUAL,), 1)), before=before), control=None)
    assert (True, (*before, Batch((), (USUAL,), 1))) == (got.finding.reproduced, got.batches)
    assert (Step((), ("success",), 3, 1),) == got.finding.history
    never = examine(Script(lambda *_: False), replace(tracked(Batch((), (USUAL,), 1)), before=before), control=None)
    assert (True, got.finding.history) == (never.finding.flaky, never.finding.history)


def test_the_first_of_each_group_is_retried_first() -> None:
    """What is alike in another operation is one group: one of it shows what all of it is."""
    one = tracked(Batch((), (USUAL,))).finding
    found = [replace(one, id=f"f{at}", breach=replace(one.breach, law=law, variety="")) for at, law in enumerate("aab")]
    every = [TrackedFinding(each, Batch((), (USUAL,))) for each in found]
    firsts, others = apart_alike(every)
    assert (["f0", "f2"], ["f1"]) == tuple([one.finding.id for one in some] for some in (firsts, others))


def test_what_others_came_before_is_said_once() -> None:
    """Not at each finding: the line says how to retry one."""
    one = tracked(Batch((), (USUAL,))).finding
    (line,) = not_retried([one, replace(one, untried=LATER), replace(one, untried=LATER)])
    assert line.startswith("2 findings were not retried: ")
    assert [] == list(not_retried([one]))
