"""The hub of a soak: it has the world and the target, hands out exchanges, and sums up what companions find.

Its lines come from the process that knows the workers, and go to it: with the address of a worker, they go on to that.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.engine import Interruption, Options, asked_contract, record_crash
from bothends.engine.play import OwnKeys
from bothends.engine.testbed import open_testbed
from bothends.errors import BothendsError, HarnessError
from bothends.reports import Origin
from bothends.soak import report
from bothends.soak.coding import Coding
from bothends.soak.lines import HERE, Lines
from bothends.soak.plan import learn_keys, new_run, plan_of
from bothends.soak.serving import Blocks, Serving
from bothends.soak.supply import LOOKS, Surroundings, machine
from bothends.soak.totals import Phantoms, Totals, Worker, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.engine.testbed import TestBed

_LOOK_SECONDS = 0.02
_PAGE_SECONDS = 2.0
_WAITS_SECONDS = 0.1
_LONGEST_END = 120.0
"""Seconds that are waited at most for the last tallies of companions."""


class Hub:
    """One soak, from its first line to the verdict."""

    def __init__(self, lines: Lines, start: Mapping[str, Any], contract: Contract, testbed: TestBed | None) -> None:
        """Take what it works with.

        Args:
            lines: To the process that knows the workers.
            start: What that says of the soak.
            contract: The contract.
            testbed: The world and the target; None: each companion has its own.
        """
        self._lines = lines
        self._start = start
        self._contract = contract
        self._testbed = testbed
        self._origin = Origin(Path(start["config"]).parent)
        self._coding = Coding(contract)
        self._own_keys = OwnKeys(contract, start["seed"])
        self._run = new_run()
        self._workers: dict[str, Worker] = {}
        self._blocks = Blocks(0)
        self._surroundings: Surroundings | None = None
        self._serving: Serving | None = None
        self._marks: list[tuple[int, str, int]] = []
        self._failures: list[str] = []
        self._known_failures: list[BaseException] = []
        self._failed_code: int | None = None
        self._told_over = self._ending = False
        self._told_waits = 0.0

    async def run(self) -> None:
        """Serve until the soak is over, and tell the verdict.

        Raises:
            BothendsError: The contract is wrong, or there is nothing to send.
        """
        if self._testbed is not None:
            await self._open(self._testbed)
        else:
            plan_of(self._contract, self._start["families"], ())
        self._write(HERE, {"is": "ready", "target": self._base_url})
        tasks = [asyncio.create_task(work()) for work in (self._look, self._keep_the_page)]
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({reading, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            while not reading.done():
                # What else has ended has failed: the soak is over, and what was found so far is summed up.
                self._note_failures(tasks)
                self._tell_over()
                await asyncio.wait({reading}, timeout=_PAGE_SECONDS)
            await reading
            self._note_failures(tasks)
        finally:
            for task in (reading, *tasks):
                task.cancel()
            await asyncio.gather(reading, *tasks, return_exceptions=True)
        self._tell_verdict()
        await self._lines.drain()

    async def _open(self, testbed: TestBed) -> None:
        own = await learn_keys(self._contract, testbed, self._own_keys)
        plan = plan_of(self._contract, self._start["families"], self._own_keys.singly)
        self._blocks = Blocks(own)
        self._surroundings = surroundings = Surroundings.of(testbed, self._run)
        self._serving = Serving(self._contract, testbed, plan, self._own_keys, surroundings, self._blocks)

    @property
    def _base_url(self) -> str:
        return "" if self._surroundings is None else self._surroundings.base_url

    def _write(self, address: str, message: dict[str, Any]) -> None:
        self._lines.write(address, message)

    def _note_failures(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            error = task.exception() if task.done() and not task.cancelled() else None
            if error is not None:
                self._failed(error)

    def _failed(self, error: BaseException) -> None:
        """Note what keeps the soak from its end; what was found so far is summed up."""
        if error in self._known_failures:
            return
        self._known_failures.append(error)
        known = isinstance(error, BothendsError)
        state_folder = Options(config=Path(self._start["config"])).state_folder
        self._failures.append(str(error) if known else record_crash(state_folder, error))
        self._failed_code = getattr(error, "exit_code", 5)
        self._tell_over()

    # What comes in.

    async def _read(self) -> None:
        """Take lines until the soak is over, or the other end has gone."""
        deadline = None
        lines = aiter(self._lines.read())
        following = asyncio.ensure_future(anext(lines, None))
        try:
            while not (self._ending and self._is_over()):
                deadline = deadline or (time.monotonic() + _LONGEST_END if self._ending else None)
                if deadline is not None and time.monotonic() > deadline:
                    return
                await asyncio.wait({following}, timeout=0.2)
                if not following.done():
                    continue
                line = following.result()
                if line is None:
                    return
                following = asyncio.ensure_future(anext(lines, None))
                await self._take(*line)
        finally:
            following.cancel()

    def _is_over(self) -> bool:
        return all(worker.over or worker.lost for worker in self._workers.values())

    async def _take(self, address: str, message: dict[str, Any]) -> None:
        if address == HERE:
            self._take_from_here(message)
            return
        worker = self._workers.get(address)
        if message["is"] == "hello":
            self._welcome(address)
        elif worker is not None:
            await self._take_from(address, worker, message)

    def _take_from_here(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "gone":
                worker = self._workers.get(message["worker"])
                if worker is not None:
                    worker.lost = not worker.over
            case "end":
                self._ending = True
                for address, worker in self._workers.items():
                    if not worker.lost:
                        self._write(address, {"is": "end"})
            case other:
                raise HarnessError(f"The hub does not know the message `{other}`")

    async def _take_from(self, address: str, worker: Worker, message: dict[str, Any]) -> None:
        match message["is"]:
            case "more":
                await self._grant(address, worker, message["count"])
            case "mark":
                self._marks.append((LOOKS, address, message["mark"]))
            case "time":
                self._write(address, {"is": "time", "asked": message["asked"], "now": self._now()})
            case "tally" | "result":
                worker.tally = self._coding.read_tally(message)
                worker.under_way = message["open"]
                worker.over = message["is"] == "result"
                worker.lost = False
                self._look_whether_all_is_sent()
            case "failed":
                worker.lost, worker.why = True, message["why"]
                self._failed_code = message["code"]
                self._failures.append(f"worker {worker.name}: {message['why']}")
                self._tell_over()
            case other:
                raise HarnessError(f"The hub does not know the message `{other}` of a worker")

    def _welcome(self, address: str) -> None:
        worker = self._workers.setdefault(address, Worker(len(self._workers) + 1))
        shared = self._surroundings
        keys = [(o.id, tuple(self._own_keys.keys.of(o.id).items())) for o in self._contract.operations]
        self._write(
            address,
            {
                "is": "briefing",
                "worker": worker.name,
                "contract": self._contract.digest,
                "families": self._start["families"],
                "run": self._run,
                "seed": (self._start["seed"] + worker.name) % (1 << 32),
                "surroundings": None if shared is None else shared.to_json(),
                "keys": self._coding.keys(pair for pair in keys if pair[1]),
                "clock": self._now() - time.monotonic(),
                "machine": machine(),
                "time_limit": self._contract.settings.time_limit_ms / 1000,
                "answer_limit": self._contract.settings.target.answer_limit_bytes,
            },
        )

    async def _grant(self, address: str, worker: Worker, count: int) -> None:
        most = self._start["exchanges"]
        granted = self._blocks.next - 1 - self._blocks.own
        count = count if most is None else min(count, most - granted)
        if count <= 0 or self._ending:
            self._write(address, {"is": "no-more"})
            return
        first = self._blocks.grant(address, count)
        worker.granted += count
        if self._serving is None:
            self._write(address, {"is": "numbers", "first": first, "count": count})
            return
        callers = self._coding.callers(await self._serving.callers(first, count))
        self._write(address, {"is": "callers", "first": first, "callers": callers})

    def _look_whether_all_is_sent(self) -> None:
        most = self._start["exchanges"]
        if most is None or self._blocks.next - 1 - self._blocks.own < most:
            return
        if all(worker.lost or _is_through(worker) for worker in self._workers.values()):
            self._tell_over()

    def _tell_over(self) -> None:
        if not self._told_over:
            self._told_over = True
            self._write(HERE, {"is": "over"})

    # What goes on beside that.

    def _now(self) -> float:
        return time.time() if self._testbed is None else self._testbed.clock.now()

    async def _look(self) -> None:
        """Hand on what has arrived."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._hand_on()
            self._answer_marks()
            await self._lines.drain()

    def _answer_marks(self) -> None:
        """Answer the marks that were set some looks ago: what had arrived by then, on any socket, is handed on."""
        self._marks = [(looks - 1, address, mark) for looks, address, mark in self._marks]
        for looks, address, mark in self._marks:
            if looks <= 0:
                self._write(address, {"is": "mark", "mark": mark})
        self._marks = [each for each in self._marks if each[0] > 0]

    def _tell_waits(self, *, now: bool) -> None:
        """Tell each companion what the machine takes from the target, and whether its clock was set.

        It is told now and then, and before what has arrived.

        Args:
            now: Whether something has arrived.
        """
        if self._testbed is None:
            return
        machine, clock = self._testbed.machine, self._testbed.clock
        clock.look()
        machine.mark()
        if not now and machine.latest - self._told_waits < _WAITS_SECONDS:
            return
        samples = machine.since(self._told_waits)
        self._told_waits = machine.latest
        for address, worker in self._workers.items():
            if not worker.lost:
                self._write(address, {"is": "waits", "samples": samples, "steps": list(map(astuple, clock.steps))})

    def _hand_on(self) -> None:
        if self._serving is None:
            return
        try:
            self._serving.check_target()
            found = self._serving.look()
        except BothendsError as error:
            self._failed(error)
            return
        self._tell_waits(now=bool(found))
        for address, (deliveries, calls) in found.items():
            worker = self._workers[address]
            if worker.lost:
                worker.for_it += len(deliveries)
            else:
                self._write(address, self._coding.records(deliveries, calls))

    async def _keep_the_page(self) -> None:
        """Tell how the laws fare from time to time, where a page shows it."""
        while True:
            await asyncio.sleep(_PAGE_SECONDS)
            if self._start["page"] and any(worker.tally for worker in self._workers.values()):
                totals = self._total()
                self._write(HERE, {"is": "laws", "rows": report.rows(totals), "said": report.headline(totals)})

    def _total(self) -> Totals:
        serving = self._serving
        return total(
            self._contract,
            tuple(self._workers.values()),
            Phantoms() if serving is None else serving.phantoms,
            unexplained=0 if serving is None else serving.unexplained,
            dropped=0 if serving is None else serving.dropped,
            failures=self._failures,
        )

    def _tell_verdict(self) -> None:
        totals = self._total()
        secrets = () if self._surroundings is None else self._surroundings.hidden
        origin = self._origin.words(self._start["seed"])
        text = report.text(totals, Path(self._start["config"]), secrets, self._base_url, origin=origin)
        code = totals.code if totals.code == 1 or self._failed_code is None else self._failed_code
        self._write(HERE, {"is": "verdict", "code": code, "text": text, "rows": report.rows(totals)})


def _is_through(worker: Worker) -> bool:
    tally = worker.tally
    if tally is None:
        return worker.granted == 0
    return tally.made + tally.abandoned + tally.busy >= worker.granted


async def run_hub() -> None:
    """Run a hub in this process, from the first line to the last."""
    lines = await Lines.of_this_process()
    first = await anext(aiter(lines.read()), None)
    if first is None:
        return
    start = first[1]
    options = Options(config=Path(start["config"]), url=start["url"])
    try:
        contract = asked_contract(options)
        async with contextlib.AsyncExitStack() as stack:
            testbed = None
            if not start["target_per_worker"]:
                entered = open_testbed(contract, options, start["seed"], Interruption())
                testbed = await stack.enter_async_context(entered)
            await Hub(lines, start, contract, testbed).run()
    except Exception as error:  # noqa: BLE001 -- the process that knows the workers tells it
        known = isinstance(error, BothendsError)
        why = str(error) if known else record_crash(options.state_folder, error)
        lines.write(HERE, {"is": "failed", "why": why, "code": getattr(error, "exit_code", 5)})
    finally:
        await lines.close()
