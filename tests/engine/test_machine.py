"""What the machine takes from a target is measured, on real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.client import ControlRequests
from bothends.clock import Clock
from bothends.engine.testbed import machine as module
from bothends.engine.testbed.machine import Machine, Sample, Waits
from bothends.launch import ProcessorUse, ProcessorWait, process, task_wait
from tests.processes import children
from tests.waiting import LONGEST, until

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 1.0
COUNTED = Path(f"/proc/{os.getpid()}/schedstat").exists()
linux = pytest.mark.skipif(not COUNTED, reason="this kernel does not count what tasks wait for a processor")

BUSY = "import time\nend = time.monotonic() + 300\nwhile time.monotonic() < end: pass"
IDLE = "import time; time.sleep(300)"
HARDLY = 0.2
"""Seconds, at most, by which something is late that nobody holds up."""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '''{BUSY}'''])"


@contextmanager
def processes(*scripts: str) -> Iterator[list[int]]:
    """Run scripts; yield their process ids."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", f"print(flush=True)\n{script}"], stdout=subprocess.PIPE, start_new_session=True
        )
        for script in scripts
    ]
    try:
        for process in running:  # a busy machine takes its time to start Python
            assert process.stdout is not None
            process.stdout.readline()
        for process, script in zip(running, scripts, strict=True):
            if script == IDLE:
                until(lambda pid=process.pid: state(pid) == "S")  # type: ignore[misc]  # mypy#12557
        time.sleep(0.5)
        yield [process.pid for process in running]
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGKILL)  # what it has started, too
            process.communicate()


def state(pid: int) -> str:
    """Return the kernel's letter for what a process does; `S`: it sleeps."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def _crowd() -> tuple[str, ...]:
    return (BUSY,) * (2 * (os.cpu_count() or 1))


@linux
def test_who_competes_waits_and_who_sleeps_does_not() -> None:
    """Of more loops than there are processors each waits for a part of the time; a process that sleeps for none."""
    with processes(BUSY, IDLE, *_crowd()) as (busy, idle, *_):
        waits = [ProcessorWait(busy), ProcessorWait(idle)]
        time.sleep(SECONDS)
        competed, slept = (wait.seconds() for wait in waits)
    assert competed is not None
    assert slept is not None
    assert competed > 0.2 * SECONDS
    assert slept < 0.05 * SECONDS


@linux
def test_who_is_at_work_uses_a_processor_and_who_sleeps_uses_none() -> None:
    """A loop has a processor or waits for one, all the time; a process that sleeps has next to nothing of one."""
    with processes(BUSY, IDLE) as (busy, idle):
        counters = [ProcessorUse(busy), ProcessorWait(busy), ProcessorUse(idle)]
        time.sleep(SECONDS)
        worked, waited, slept = (counter.seconds() for counter in counters)
    assert worked is not None
    assert waited is not None
    assert slept is not None
    assert worked > 0
    assert worked + waited > 0.2 * SECONDS
    assert slept < 0.05 * SECONDS


@linux
def test_those_that_it_has_started_count_too() -> None:
    """A target is often a process that starts another, and waits for it."""
    with processes(PARENT, *_crowd()) as (parent, *_):
        wait = ProcessorWait(parent)
        time.sleep(SECONDS)
        waited = wait.seconds()
    assert waited is not None
    assert waited > 0.2 * SECONDS


def test_who_is_not_there_is_not_known() -> None:
    """No wait is told of a process that has ended; what had been told of one before stays."""
    assert ProcessorWait(2**22 + 1).seconds() is None
    assert task_wait(2**22 + 1, 2**22 + 1) is None


@linux
def test_what_was_waited_stays_counted() -> None:
    """A process that has ended waits no more, and has waited no less: what was read of it last stays."""
    with processes(BUSY, *_crowd()) as (busy, *_):
        wait = ProcessorWait(busy)
        time.sleep(SECONDS)
        before = wait.seconds()
    assert before is not None
    assert before > 0
    assert before == wait.seconds()


def test_a_loop_that_is_late_is_the_harness_keeping_the_target_waiting() -> None:
    """What blocks bothends' loop is told of the time in which it did, and of no other."""

    async def watched() -> tuple[float, float]:
        clock = Clock()
        async with Machine(clock, os.getpid).watching() as machine:
            began = clock.now()
            for _ in range(60):
                await asyncio.sleep(0.01)
            machine.look()
            blocked = clock.now()
            time.sleep(0.8)  # noqa: ASYNC251 -- this is what is measured
            await asyncio.sleep(0.3)
            # However busy the machine is, the loop was later by no more than those short sleeps were.
            late = blocked - began - 60 * 0.01
            return machine.waits(began, blocked).harness - late, machine.waits(blocked, clock.now()).harness

    before, during = asyncio.run(watched())
    assert before < HARDLY
    assert 0.5 < during


def test_a_late_loop_is_noticed_however_rarely_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a look at the target's processes takes long, it is done seldom; the loop is watched all the same."""
    seconds = ProcessorWait.seconds

    def slow(wait: ProcessorWait) -> float | None:
        time.sleep(0.05)
        return seconds(wait)

    async def watched() -> Waits:
        clock = Clock()
        async with Machine(clock, os.getpid).watching() as machine:
            await asyncio.sleep(0.3)
            machine.look()
            blocked = clock.now()
            time.sleep(0.8)  # noqa: ASYNC251 -- this is what is measured
            await asyncio.sleep(0.3)
            return machine.waits(blocked, clock.now())

    monkeypatch.setattr(ProcessorWait, "seconds", slow)
    assert 0.5 < asyncio.run(watched()).harness


def test_who_has_the_first_turn_of_a_late_loop_knows_of_it() -> None:
    """What looks at the clock when all goes on need not wait until the loop has been seen to be late."""

    async def watched() -> Waits:
        clock = Clock()
        async with Machine(clock, os.getpid).watching() as machine:
            await asyncio.sleep(0.3)
            blocked = clock.now()
            time.sleep(1.0)  # noqa: ASYNC251 -- this is what is measured
            return machine.waits(blocked, clock.now())

    assert 0.5 < asyncio.run(watched()).harness


def test_nobody_is_late_when_nothing_is_measured_any_more() -> None:
    """A loop that is over has no turn to be late for."""

    async def watched() -> Machine:
        async with Machine(Clock(), os.getpid).watching() as machine:
            await asyncio.sleep(0.3)
        return machine

    machine = asyncio.run(watched())
    over = machine.latest
    time.sleep(1.0)
    machine.look()
    assert machine.waits(over, machine.latest).harness < 0.5


def test_no_more_was_waited_than_there_was_time() -> None:
    """However many of its threads wait, nobody waits for longer than that; and of no time there is nothing to say."""
    clock = Clock()
    machine = Machine(clock, lambda: None)
    now = clock.now()
    machine.add([Sample(clock.now(), 0.0, 50.0)])
    assert machine.waits(now - 5, clock.now()).harness <= 5 + clock.now() - now
    assert 0.0 == machine.waits(now, now).total


def test_where_nobody_is_known_anybody_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a target elsewhere, all that is known is for how long some task of this machine had to wait."""
    pressure = tmp_path / "cpu"
    monkeypatch.setattr(module, "_PRESSURE", tmp_path)
    pressure.write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\nfull total=5\n", "utf-8")
    clock = Clock()
    machine = Machine(clock, lambda: None)
    began = clock.now()
    pressure.write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=1200000\nfull total=5\n", "utf-8")
    machine.look()
    assert 0.2 == pytest.approx(machine.waits(began - 1, machine.latest).target)


@pytest.mark.parametrize(
    ("states", "counted"),
    [("SS", 0.0), ("RR", 0.0), ("SD", 0.2), ("DS", 0.2)],
    ids=["sleeps", "works", "begins to wait", "has waited"],
)
def test_a_wait_for_a_disk_is_of_who_is_seen_to_be_blocked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, states: str, counted: float
) -> None:
    """What others wait for a disk delays no target that only sleeps, as a slow one does."""
    monkeypatch.setattr(module, "_PRESSURE", tmp_path)
    monkeypatch.setattr(process, "_PROC", tmp_path)
    task = tmp_path / "7/task/7"
    task.mkdir(parents=True)
    (task / "schedstat").write_text("1000000000 0 5\n", "utf-8")
    machine = Machine(Clock(), lambda: 7)
    for micros, state in zip((100_000, 100_001, 300_001), f"S{states}", strict=True):
        (task / "stat").write_text(f"7 (a) D) {state} 1 7 7\n", "utf-8")
        (tmp_path / "io").write_text(f"some avg10=0.00 avg60=0.00 avg300=0.00 total={micros}\n", "utf-8")
        machine.look()
    assert counted == pytest.approx(machine.waits(machine.latest - 10, machine.latest).target, abs=0.001)


@linux
def test_where_the_kernel_counts_nothing_a_control_request_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A process that does not run for a while answers late by that; where it has a processor, it is hardly late."""
    monkeypatch.setattr(module, "_PRESSURE", tmp_path / "nothing")

    others = children()

    async def watched() -> tuple[float, float]:
        clock = Clock()
        async with Machine(clock, lambda: None).watching() as machine:
            machine.look()
            (control,) = children() - others
            for _ in range(60):  # a slow machine takes its time to start it, and a busy one lets it wait meanwhile
                await asyncio.sleep(1.0)
                began = clock.now()
                await asyncio.sleep(0.3)
                stopped = clock.now()
                os.kill(control, signal.SIGSTOP)
                await asyncio.sleep(1.5)
                os.kill(control, signal.SIGCONT)
                await asyncio.sleep(0.6)
                before, during = (machine.waits(*times).target for times in ((began, stopped), (stopped, clock.now())))
                if before < HARDLY and during > 0.5:
                    break
            return before, during

    before, during = asyncio.run(watched())
    assert before < HARDLY
    assert 0.5 < during
    assert others == children()


def test_who_has_ended_is_late_no_more() -> None:
    """What had been late before stays, and nothing is added to it."""
    others = set(threading.enumerate())
    control = ControlRequests()
    (asking,) = set(threading.enumerate()) - others
    time.sleep(0.5)
    alive, seen = control.seconds(), time.monotonic()
    os.kill(control.pid, signal.SIGKILL)
    asking.join(LONGEST)
    before = control.seconds()
    assert alive <= before <= alive + time.monotonic() - seen
    time.sleep(0.5)
    assert before == control.seconds()
    control.close()


@linux
def test_a_target_that_is_started_anew_is_another_process() -> None:
    """What the new one waits counts from then on."""
    clock = Clock()
    with processes(IDLE, BUSY, *_crowd()) as (idle, busy, *_):
        pids = [idle]
        machine = Machine(clock, lambda: pids[-1])
        machine.look()
        pids.append(busy)
        machine.look()
        began = clock.now()
        time.sleep(SECONDS)
        machine.look()
        assert machine.waits(began, machine.latest).target > 0.2 * SECONDS
