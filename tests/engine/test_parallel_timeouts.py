"""A batch of parallel timeouts: cases that wait are begun in turn, each in its own state, and are over together."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases import plan
from bothends.cases.selector import Selector
from bothends.clock import Clock
from bothends.contract import load
from bothends.contract.settings import IngestSettings, UpstreamSettings, WorldSettings
from bothends.engine.play.batches import Batch, batches_of
from bothends.engine.play.slots import Claim, Room, Slot
from bothends.engine.play.steps import Step, Together, fired_of
from bothends.records import Case, Exchange, NoAnswer, Request
from bothends.world import World
from tests.in_words import condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.records import Condition

ROOT = Path(__file__).resolve().parents[2]
REQUEST = Request("POST", "/")
SETTINGS = WorldSettings(
    upstreams={"settings": UpstreamSettings("settings", "GET", "/s", "#")}, ingests={"ingest": IngestSettings()}
)
STATES = tuple(
    map(condition, ("the settings hangs", "the settings stalls in the body", "the settings answers after 60000 ms"))
)
HANGS = condition("the ingest hangs")


def test_a_plan_waits_once_for_each_service() -> None:
    """Faults stand where they are defined, in no order of services: all timeouts of one are a batch all the same."""
    batches = batches_of(plan(load(ROOT / "bothends.toml"), seed=1, profile="quick", only=Selector.parse("upstream-*")))
    waiting = [batch for batch in batches if any(case.family == "upstream-timeout" for case in batch.cases)]
    assert [{"settings"}, {"ingest"}] == [{one.subject for one in batch.given} for batch in waiting]
    assert all(len(batch.together) > 1 for batch in waiting)


def case(name: str, given: Condition, group: str = "patience", repeat: int = 1) -> Case:
    """Return a case of a state."""
    return Case("op", "upstream-timeout", name, REQUEST, (given,), group=group, repeat=repeat)


def test_cases_that_wait_together_make_one_batch() -> None:
    """Each has a state of its own in it; another relay, or another case, makes another batch."""
    cases = [case(str(number), given) for number, given in enumerate(STATES)]
    other = case("x", HANGS, group="another patience")
    plain = Case("op", "success", "y", REQUEST)
    parallel_timeouts, single, last = batches_of([*cases, other, plain])
    assert STATES == parallel_timeouts.given
    assert [(state,) for state in STATES] == [batch.given for batch in parallel_timeouts.together]
    assert ["0", "1", "2"] == [one.name for one in parallel_timeouts.cases]
    assert ((HANGS,), (), "x") == (single.given, single.together, single.cases[0].name)
    assert ("y",) == tuple(one.name for one in last.cases)


def test_what_comes_between_does_not_end_a_relay() -> None:
    """The plan puts equal states together: a crowd, or a case, in the state of one of them may stand between."""
    crowd = case("crowd", STATES[0], group="", repeat=5)
    plain = case("plain", STATES[0], group="")
    batches = list(batches_of([case("0", STATES[0]), crowd, plain, case("1", STATES[1])]))
    assert [5, 2, 1] == sorted((len(batch.cases) for batch in batches), reverse=True)
    (parallel_timeouts,) = (batch for batch in batches if batch.together)
    assert ["0", "1"] == [one.name for one in parallel_timeouts.cases]


def test_a_relay_falls_apart_into_its_batches() -> None:
    """What is kept of it to be played again are batches of one state each."""
    (parallel_timeouts,) = batches_of([case(str(number), given) for number, given in enumerate(STATES)])
    assert parallel_timeouts.together == parallel_timeouts.steps
    assert parallel_timeouts.together[1] == parallel_timeouts.around(parallel_timeouts.cases[1])
    late = case("late", HANGS)
    assert Batch((), (late,)) == parallel_timeouts.around(late)
    assert (parallel_timeouts.together[0],) == parallel_timeouts.together[0].steps
    assert parallel_timeouts.together[0] == parallel_timeouts.together[0].around(late)


def test_a_crowd_that_waits_as_well_is_part_of_a_relay() -> None:
    """All of it stays one batch, which is begun at once."""
    (parallel_timeouts,) = batches_of([case("0", STATES[0]), case("crowd", STATES[0], repeat=5), case("1", STATES[1])])
    assert [(1, 1), (5, 5), (1, 1)] == [(len(batch.cases), batch.concurrency) for batch in parallel_timeouts.together]
    assert (STATES[:2], 7) == (parallel_timeouts.given, len(parallel_timeouts.cases))
    assert parallel_timeouts.together[1] == parallel_timeouts.around(parallel_timeouts.cases[1])


def exchange_of(number: int) -> Exchange:
    """Return an exchange of this number."""
    return Exchange(number, case("x", STATES[0]), None, REQUEST, NoAnswer("timeout", "none"), 0.0, 0.0)


def steps_of(batches: Sequence[Batch]) -> list[Step]:
    """Return the steps that play batches, with the numbers of their exchanges."""
    numbers = itertools.count(1)
    return [Step(place, batch, [next(numbers) for _ in batch.cases]) for place, batch in enumerate(batches)]


def slots_of(steps: Sequence[Step]) -> Iterator[Slot]:
    """Yield the slots of steps whose faults are for everybody."""
    places = itertools.count()
    for step in steps:
        for number, each in zip(step.numbers, step.batch.cases, strict=True):
            claim, room = Claim(step.place, step.batch.given), Room(f"{step.place}", len(step.numbers))
            yield Slot(next(places), each, claim, room, number=number)


async def no_wait(_step: Step) -> None:
    """Wait for nothing at the end of a step."""


def play(make: str, seconds: float = 10.0, repeat: int = 1) -> tuple[list[Condition], dict[Condition, int]]:
    """Play parallel timeouts; each case calls the settings and waits until all have called, or makes no call.

    The first of its batches is a crowd, whose callers call one after the other.
    """

    async def whole() -> tuple[list[Condition], dict[Condition, int]]:
        calls: list[Condition] = []
        over = asyncio.Event()

        async with World(SETTINGS, answer_schemas={"settings": {}}, seed=1, clock=Clock()) as world:
            port = int(world.variables()["world.settings"].split(":")[2].partition("/")[0])

            async def send(step: Step, _slot: Slot) -> bool:
                writers = []
                if make == "calls":
                    async with one_by_one:
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        writer.write(b"GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
                        writers.append(writer)
                        await asyncio.sleep(0.02)
                calls.append(step.batch.given[0])
                if len(calls) == repeat + len(STATES) - 1:
                    over.set()
                if make == "calls":
                    await over.wait()
                for writer in writers:
                    writer.close()
                return True

            one_by_one = asyncio.Lock()
            sizes = [repeat, 1, 1]
            steps = steps_of([Batch((given,), (case("x", given),) * n) for given, n in zip(STATES, sizes, strict=True)])
            async with asyncio.timeout(seconds):
                await Together(world, steps, slots_of(steps), send=send, end=no_wait, until_met=True).play()
            return list(dict.fromkeys(calls)), fired_of(steps, {})

    return asyncio.run(whole())


def test_the_next_is_begun_when_the_one_before_was_met() -> None:
    """All hang at once, each in the state in which it was begun, and each state was met."""
    met, fired = play("calls")
    assert list(STATES) == met
    assert dict.fromkeys(STATES, 1) == fired


def test_the_next_is_begun_when_all_of_a_crowd_have_met_their_state() -> None:
    """The last of its callers is in the crowd's state, and not in the next one."""
    met, fired = play("calls", repeat=4)
    assert list(STATES) == met
    assert dict.fromkeys(STATES, 1) | {STATES[0]: 4} == fired


def test_a_state_that_nobody_meets_is_told() -> None:
    """A case that is over without a call ends its state's turn, and the state was not met."""
    met, fired = play("no call")
    assert list(STATES) == met
    assert dict.fromkeys(STATES, 0) == fired


def test_what_several_batches_meet_is_counted_together() -> None:
    """A batch that has not met its state is known, though another one has met the same."""
    steps = [came({STATES[0]: 1, STATES[1]: 2}), came({STATES[0]: 0})]
    last = {STATES[0]: 0, STATES[2]: 3}
    assert {STATES[0]: 1, STATES[1]: 2, STATES[2]: 3} == fired_of(steps, last)
    assert last == fired_of([], last)
    assert [True, False] == [step.met(exchange_of(1)) for step in steps]
    assert [True, False] == [came({STATES[0]: 1}, frozenset({2})).met(exchange_of(number)) for number in (1, 2)]


def came(fired: dict[Condition, int], unmet: frozenset[int] = frozenset()) -> Step:
    """Return what came of a step."""
    return Step(0, Batch((), ()), (), fired=fired, unmet=unmet)


def test_nothing_more_is_begun_where_one_is_not_answered_and_has_met_nothing() -> None:
    """It waits for something else, such as a permit that nobody gives back: all others would as well."""

    async def whole() -> list[Step]:
        async with World(SETTINGS, answer_schemas={"settings": {}}, seed=1, clock=Clock()) as world:

            async def send(step: Step, slot: Slot) -> bool:
                step.made[slot.number] = exchange_of(slot.number)
                return True

            steps = steps_of([Batch((given,), (case("x", given),)) for given in STATES])
            together = Together(world, steps, slots_of(steps), send=send, end=no_wait, until_met=True)
            await together.play()
            assert [2, 3] == [slot.number for slot in together.scheduler.left_out]
            return [step for step in steps if step.begun]

    assert [[1]] == [[each.number for each in step.exchanges] for step in asyncio.run(whole())]
