"""Who gets what arrives, which number is whose, what time it is elsewhere, and what a soak comes to."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bothends.clock import Step
from bothends.engine.tie.keys import Alteration, EventKeys, Keys
from bothends.errors import ContractError
from bothends.records import LawTally, Severity, Verdict
from bothends.soak import report
from bothends.soak.coding import Coding, Tally
from bothends.soak.lines import is_a, line, parted
from bothends.soak.plan import EVERY_FAMILY, OperationsOf, Plan, plan_of
from bothends.soak.routing import Names
from bothends.soak.serving import Blocks, Serving
from bothends.soak.supply import Surroundings, WorldsClock, machine
from bothends.soak.totals import Phantoms, Worker, total
from tests.laws import kept

LAWS = (LawTally("answered", Severity.ERROR, 10, 0),)


def whole(**changes: Any) -> Tally:
    """Return the last tally of a companion that has found nothing wrong."""
    operation = kept.operation().id
    return replace(Tally(made=10, judged=10, events=10, operations=((operation, 10),), laws=LAWS), **changes)


def summed(*workers: Worker, phantoms: Phantoms | None = None, **changes: Any) -> Any:
    """Return a soak, summed up."""
    found = {"unexplained": 0, "dropped": 0, **changes}
    return total(kept.contract(), workers, phantoms or Phantoms(), **found)


def test_what_every_worker_has_ended_well_is_proven() -> None:
    """The numbers are sums."""
    totals = summed(Worker(1, 10, whole(), over=True), Worker(2, 10, whole(), over=True))
    assert (Verdict.PROVEN, 0, 20, 20) == (totals.verdict, totals.code, totals.exchanges, totals.events)
    assert (LawTally("answered", Severity.ERROR, 20, 0),) == totals.laws
    assert "PROVEN: every law held (20 exchanges, 20 events, 2 workers)" == report.headline(totals)


def test_a_worker_that_was_lost_is_not_proven() -> None:
    """The verdict says how much it had told of, how much may be missing, and what came for it afterwards."""
    lost = Worker(2, 64, whole(made=12), under_way=3, lost=True, for_it=2)
    totals = summed(Worker(1, 10, whole(), over=True), lost)
    assert (Verdict.NOT_PROVEN, 4) == (totals.verdict, totals.code)
    said = (
        "It was lost: of 12 exchanges that it told of last, 10 were judged; up to 54 more are not proven. 2 events came"
        " for it when it was gone."
    )
    assert [("worker 2", said)] == [(one.what, one.why) for one in totals.not_proven]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"unexplained": 1}, "unexplained events"),
        ({"unheard": 1}, "events that did not come"),
        ({"forgotten": 1}, "events that came too late"),
        ({"abandoned": 1}, "requests without an end"),
        ({"busy": 1}, "requests of busy workers"),
        ({"dropped": 1}, "what arrived"),
        ({"guessed": 1}, "causes that are a guess"),
        ({"late": (("success/usual", 1),)}, "time"),
        ({"operations": ()}, f"operation {kept.operation().id}"),
    ],
)
def test_what_was_not_looked_at_is_not_proven(changes: dict[str, Any], what: str) -> None:
    """Each has a line of its own."""
    totals = summed(Worker(1, 10, whole(**changes), over=True))
    assert (Verdict.NOT_PROVEN, [what]) == (totals.verdict, [one.what for one in totals.not_proven])


def test_a_case_that_was_in_time_once_is_cleared() -> None:
    """On whichever worker."""
    late = whole(late=(("success/usual", 3),))
    totals = summed(Worker(1, 10, late, over=True), Worker(2, 10, whole(in_time=("success/usual",)), over=True))
    assert Verdict.PROVEN == totals.verdict
    assert ["3 exchanges were late, as the target had to wait for a processor of a busy machine"] == [*totals.notes]


def test_phantoms_of_the_hub_break_a_law() -> None:
    """Each counts."""
    phantoms = Phantoms()
    for number in (1, 2, 3):
        phantoms.take(kept.delivery(number))
    totals = summed(Worker(1, 10, whole(), over=True), phantoms=phantoms)
    assert (Verdict.BROKEN, 1, [3]) == (totals.verdict, totals.code, [one.count for one in totals.findings])
    told = report.text(
        totals, kept.contract().settings.file, (), "http://target.invalid", origin="of commit 1a2b"
    ).splitlines()
    assert ("of commit 1a2b", report.headline(totals)) == tuple(told[-2:])
    assert any("no-phantom" in line for line in told)


def test_findings_of_several_workers_are_one() -> None:
    """What crosses between the processes says so, without secrets."""
    coding = Coding(kept.contract())
    from tests.soak.test_judging import answered, judging, laws  # noqa: PLC0415 -- its exchanges, and no test of it

    tallies = []
    for _ in range(2):
        one = judging()
        exchanges = answered(one, 1, 2)
        one.drained = exchanges[-1].ended + 60
        one.step(exchanges[-1].ended + 60)
        assert {"event-for-success": 2} == laws(one)
        message = coding.tally(one.tally(), (kept.SECRET,))
        assert kept.COOKIE.partition("=")[2] not in str(message)
        tallies.append(coding.read_tally(message))
    totals = summed(*(Worker(number, 2, tally, over=True) for number, tally in enumerate(tallies, 1)))
    assert [("event-for-success", 4)] == [(one.breach.law, one.count) for one in totals.findings]
    assert totals.exchanges == 4


def test_records_cross_between_processes() -> None:
    """What the world has seen is the same at the other end."""
    coding = Coding(kept.contract())
    deliveries, calls = (kept.delivery(1), kept.delivery(2)), (kept.call(1),)
    assert (deliveries, calls) == coding.read_records(coding.records(deliveries, calls))
    keys = {"placeOrder": {"ordered": EventKeys({"request.body#/ref": Alteration(lower=True)}, mark=True)}}
    assert keys == coding.read_keys(coding.keys((name, tuple(each.items())) for name, each in keys.items()))


def test_a_line_has_an_address() -> None:
    """What is passed on is not read."""
    text = line("worker-1", {"is": "recorded", "text": "a\tb\n"}).decode()
    address, message = parted(text.removesuffix("\n"))
    assert ("worker-1", True, False) == (address, is_a("recorded", message), is_a("mark", message))


def test_blocks_tell_whose_a_number_is() -> None:
    """What the hub has asked itself, and what nobody was given, is of no worker."""
    blocks = Blocks(3)
    assert (4, 14, 19) == (blocks.grant("a", 10), blocks.grant("b", 5), blocks.grant("a", 1))
    owners = [blocks.owner(number) for number in (3, 4, 13, 14, 18, 19, 20)]
    assert [None, "a", "a", "b", "b", "a", None] == owners


def surroundings() -> Surroundings:
    """Return what is around a target that is never called."""
    return Surroundings(kept.SEED, "run", "", {}, (), {}, {}, (), (), ())


def test_what_arrives_goes_to_the_worker_that_has_caused_it() -> None:
    """With the upstream calls whose answers it has; what is of nobody is a phantom, or unexplained."""
    blocks = Blocks(1)
    blocks.grant("a", 2)
    blocks.grant("b", 2)
    seen = [kept.delivery(n) for n in (1, 2, 4, 9)] + [kept.delivery(5, event={"name": "x"}, payload={"name": "x"})]
    world = SimpleNamespace(seed=kept.SEED, take=lambda: (seen, [kept.call(2), kept.call(4)]))
    testbed: Any = SimpleNamespace(world=world, target=SimpleNamespace(died=lambda: None))
    own_keys: Any = SimpleNamespace(keys=Keys(kept.SEED))
    plan = Plan((kept.exchange().case,), ())
    serving = Serving(kept.contract(), testbed, plan, own_keys, surroundings(), blocks)
    found = {name: ([d.number for d in d_], [c.number for c in c_]) for name, (d_, c_) in serving.look().items()}
    assert {"a": ([2], [2]), "b": ([4], [4])} == found
    assert (1, 1) == (serving.phantoms.count, serving.unexplained)


def test_a_value_of_its_own_names_a_request() -> None:
    """Where an event has nothing of its caller."""
    contract = kept.contract()
    names = Names(contract, kept.SEED, Keys(kept.SEED), OperationsOf(Plan((kept.exchange().case,), ())))
    names.remember(1, kept.exchange(1).sent, kept.operation())
    assert [] == names.numbers(kept.delivery(5, event={"name": "x"}, payload={"name": "x"}))


def test_the_time_of_another_machine_is_asked_for() -> None:
    """On one machine, it is known; else the quickest answer counts, and tells how sure it is."""
    here = WorldsClock(1000.0, machine() or "here")
    assert bool(machine()) == here.known
    there = WorldsClock(1000.0, "another machine")
    assert not there.known
    before = time.monotonic()
    there.take(before - 400.0, 500.0)
    there.take(before - 0.2, 700.0)
    assert 0.1 <= there.uncertainty < 190.0
    assert abs(there.at(before - 0.1) - 700.0) < there.uncertainty


def test_a_clock_that_is_set_during_a_soak_accuses_nobody() -> None:
    """What the target says of the time is compared with the time that its system had then."""
    clock = WorldsClock(1000.0, machine() or "here")
    clock.was_set([Step(2000.0, 2000.1, 9.0), Step(2500.0, 2500.1, -4.0)])
    assert [1999.0, 2010.0, 3005.0] == [clock.wall(at) for at in (1999.0, 2001.0, 3000.0)]


def test_what_a_soak_sends() -> None:
    """Cases that need nothing of the world; a family that there is not is a mistake of the call."""
    plan = plan_of(kept.contract(), ("success",), ())
    every = plan_of(kept.contract(), (EVERY_FAMILY,), ())
    assert {"success"} == {case.family for case in plan.cases}
    assert len(plan.cases) < len(every.cases)
    assert not any(case.of_the_world or case.behaviour or case.again for case in every.cases)
    with pytest.raises(ContractError, match="no family `sucess`"):
        plan_of(kept.contract(), ("sucess",), ())
    with pytest.raises(ContractError, match="can't run at once"):
        plan_of(kept.contract(), ("success",), (kept.operation().id,))
