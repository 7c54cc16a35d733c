"""The companion of a worker: hands out its requests, takes their answers and what the world saw, and judges.

What it says to its worker is a request to send; what it says to the hub goes through the worker as it is.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.clock import Step
from bothends.contract import load
from bothends.engine import Interruption, Options
from bothends.engine.play import PERHAPS_EXECUTED, OwnKeys, OwnRequests
from bothends.engine.testbed import Measurements, Sample, open_testbed
from bothends.errors import ContractError, HarnessError
from bothends.laws import FindingContext
from bothends.records import Answer, Credential, Exchange, NoAnswer, Request
from bothends.soak.coding import Coding
from bothends.soak.judging import Judging, longest_wait
from bothends.soak.lines import HERE, HUB, Lines
from bothends.soak.plan import SUCCESS, OperationsOf, learn_keys, plan_of
from bothends.soak.routing import Names
from bothends.soak.supply import LOOKS, Addresses, Surroundings, WorldsClock, judge_of, machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.engine.testbed import TestBed
    from bothends.records import Case
    from bothends.soak.plan import Plan

BLOCK = 64
"""Exchanges that a companion asks for at once."""
MOST_BEHIND = 512
"""Exchanges that are answered and whose events have not come, above which no further requests are handed out."""
_STEP_SECONDS = 0.05
_TALLY_SECONDS = 1.0
_BUSY_SECONDS = 0.5
"""How late a process may run, above which its times say nothing of the target."""
_MARK_SECONDS = 1.0
"""How long a mark takes, about."""
_LONGEST_END = 60.0
"""Seconds that are waited at most for what is under way when a soak ends."""


class Companion:
    """One companion, from its briefing to its last tally."""

    def __init__(self, lines: Lines, briefing: dict[str, Any], contract: Contract, testbed: TestBed | None) -> None:
        """Take what it works with.

        Args:
            lines: To its worker.
            briefing: What the hub and the worker say of the soak.
            contract: The contract.
            testbed: A world and a target of its own; None: the hub has them.

        Raises:
            ContractError: There is nothing to send.
        """
        self._lines = lines
        self._contract = contract
        self._testbed = testbed
        self._families = tuple(briefing["families"])
        self._coding = Coding(contract)
        self._surroundings = (
            Surroundings.from_json(briefing["surroundings"])
            if testbed is None
            else Surroundings.of(testbed, briefing["run"])
        )
        self._clock = (
            WorldsClock(briefing["clock"], briefing["machine"])
            if testbed is None
            else WorldsClock(testbed.clock.now() - time.monotonic(), machine())
        )
        # Until the hub tells of its machine, nothing is known of it.
        self._machine = Measurements(Sample(0.0, 0.0, 0.0)) if testbed is None else testbed.machine
        self._own_keys = OwnKeys(contract, self._surroundings.seed)
        self._given_keys: Mapping[str, Any] = {} if testbed else self._coding.read_keys(briefing["keys"])
        self._blocks: deque[tuple[int, Credential]] = deque()
        self._ready: dict[int, tuple[Case, Request, Credential]] = {}
        self._wanted = 0
        self._asked_for_more = self._no_more = self._ending = False
        self._marks: dict[int, float] = {}
        self._looked: deque[float] = deque(maxlen=LOOKS)
        self._opened = False
        self._early: list[dict[str, Any]] = []
        self._grants: deque[tuple[int, int]] = deque()

    async def run(self) -> None:
        """Work until the hub has the last tally, or the worker is gone.

        Raises:
            BothendsError: The contract is wrong, the hub has said what there is not, or the world failed.
        """
        reading = asyncio.create_task(self._read())
        try:
            await self._until_the_clock_is_known(reading)
            await self._open()
            self._write(HERE, {"is": "ready", "target": self._surroundings.base_url})
            work = asyncio.create_task(self._work())
            await asyncio.wait({reading, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
            if reading.done():
                await reading
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            reading.cancel()

    async def _until_the_clock_is_known(self, reading: asyncio.Task[None]) -> None:
        while not (self._clock.enough or reading.done()):
            self._write(HUB, {"is": "time", "asked": time.monotonic()})
            await asyncio.sleep(_STEP_SECONDS)

    async def _open(self) -> None:
        if self._testbed is not None:
            await learn_keys(self._contract, self._testbed, self._own_keys)
            self._clock.uncertainty = 0.0
        for operation, events in self._given_keys.items():
            self._own_keys.keys.set(operation, events)
        self._plan: Plan = plan_of(self._contract, self._families, self._own_keys.singly)
        surroundings, keys = self._surroundings, self._own_keys.keys
        contexts = surroundings.law_contexts(self._contract, self._clock.uncertainty, self._clock.wall)
        self._longest_wait = longest_wait(contexts)
        self._names = Names(self._contract, surroundings.seed, keys, OperationsOf(self._plan))
        self._judging = Judging(
            self._contract,
            judge_of(contexts),
            contexts,
            self._names,
            seed=surroundings.seed,
            addresses=surroundings.addresses,
            keys=keys,
            machine=self._machine,
            finding_context=FindingContext.of(self._contract),
            left_out=self._plan.left_out,
        )
        self._own_requests = OwnRequests(
            Addresses(self._contract, surroundings),
            surroundings.setup,
            surroundings.places,
            self._own_keys,
            surroundings.run,
        )
        self._opened = True
        for message in self._early:
            self._take(message)

    # What comes in.

    async def _read(self) -> None:
        async for _, message in self._lines.read():
            if self._opened or message["is"] == "time":
                self._take(message)
            else:
                self._early.append(message)

    def _take(self, message: dict[str, Any]) -> None:
        takes = {
            "want": self._want_more,
            "answer": self._answered,
            "unsent": self._unsent,
            "abandoned": self._abandoned,
            "callers": self._callers_came,
            "numbers": self._numbers_came,
            "no-more": self._no_more_came,
            "recorded": lambda one: self._judging.take(*self._coding.read_records(one)),
            "waits": self._waits_came,
            "mark": self._mark_came,
            "time": lambda one: self._clock.take(one["asked"], one["now"]),
            "end": self._end_came,
        }
        if message["is"] not in takes:
            raise HarnessError(f"A companion does not know the message `{message['is']}`")
        takes[message["is"]](message)

    def _want_more(self, message: dict[str, Any]) -> None:
        self._wanted += message["count"]

    def _abandoned(self, message: dict[str, Any]) -> None:
        self._ready.pop(message["number"], None)
        self._judging.abandon(message["number"])

    def _callers_came(self, message: dict[str, Any]) -> None:
        self._asked_for_more = False
        credentials = self._coding.read_callers(message["callers"])
        self._blocks += [(message["first"] + place, one) for place, one in enumerate(credentials)]

    def _numbers_came(self, message: dict[str, Any]) -> None:
        self._asked_for_more = False
        self._grants.append((message["first"], message["count"]))

    def _no_more_came(self, _: dict[str, Any]) -> None:
        self._no_more = True

    def _end_came(self, _: dict[str, Any]) -> None:
        self._ending = True

    def _waits_came(self, message: dict[str, Any]) -> None:
        """Take what the hub's machine took from the target, and when its clock was set: what came before is known."""
        self._clock.was_set(Step(*each) for each in message["steps"])
        self._machine.add(Sample(*each) for each in message["samples"])

    def _mark_came(self, message: dict[str, Any]) -> None:
        asked = self._marks.pop(message["mark"], None)
        if asked is not None:
            self._judging.drained = max(self._judging.drained, asked)

    def _answered(self, message: dict[str, Any]) -> None:
        known = self._ready.pop(message["number"], None)
        if known is None:
            return
        case, request, credential = known
        answer = _answer_of(message)
        reused = message["reused"] and isinstance(answer, NoAnswer) and answer.kind in {"closed", "reset"}
        slack = self._clock.uncertainty
        exchange = Exchange(
            number=message["number"],
            case=case,
            session=credential.session,
            sent=request,
            answer=answer,
            began=self._clock.at(message["began"]) - slack,
            ended=self._clock.at(message["ended"]) + slack,
            batch=1,
            excuse=PERHAPS_EXECUTED if reused else "",
            credential=credential,
        )
        late = message["lag"] > _BUSY_SECONDS
        slow = exchange.ended - exchange.began > self._contract.settings.judged_time_limit_ms / 1000
        unclear = isinstance(answer, NoAnswer) and answer.kind == "timeout"
        self._judging.answer(exchange, busy=late and (slow or unclear))

    def _unsent(self, message: dict[str, Any]) -> None:
        for number in message["numbers"]:
            self._ready.pop(number, None)
        self._judging.never_sent(message["numbers"])

    # What goes out.

    def _write(self, address: str, message: dict[str, Any]) -> None:
        self._lines.write(address, message)

    def _hand_out(self) -> None:
        """Hand out as many requests as are wanted, while their events keep up."""
        while self._wanted and self._blocks and not self._ending and self._judging.behind < MOST_BEHIND:
            number, credential = self._blocks.popleft()
            self._wanted -= 1
            self._hand_out_one(number, credential)
        if len(self._blocks) < BLOCK and not (self._asked_for_more or self._no_more or self._ending):
            self._asked_for_more = True
            self._write(HUB, {"is": "more", "count": BLOCK})
        if self._no_more and not self._blocks and not self._ending:
            self._write(HERE, {"is": "no-more"})
            self._no_more = False
            self._asked_for_more = True

    def _hand_out_one(self, number: int, credential: Credential) -> None:
        case = self._plan.case(number)
        operation = self._contract.operation(case.operation)
        request = credential.applied(self._own_requests.of(operation, case.request, number))
        self._names.remember(number, request, operation)
        if credential.cookies:
            text = "; ".join(f"{name}={value}" for name, value in credential.cookies)
            kept = tuple(pair for pair in request.headers if pair[0].lower() != "cookie")
            request = Request(request.method, request.target, (*kept, ("Cookie", text)), request.body)
        self._ready[number] = case, request, credential
        self._judging.begin(number)
        self._write(
            HERE,
            {
                "is": "request",
                "number": number,
                "method": request.method,
                "target": request.target,
                "headers": [list(pair) for pair in request.headers],
                "body": None if request.body is None else base64.b64encode(request.body).decode(),
                "name": operation.path,
                "refused": case.expect.refused or case.family != SUCCESS,
            },
        )

    async def _work(self) -> None:
        told = 0.0
        number = 0
        while not self._ending:
            number = self._step(number)
            if time.monotonic() - told > _TALLY_SECONDS:
                told = time.monotonic()
                self._tell("tally")
            await self._lines.drain()
            await asyncio.sleep(_STEP_SECONDS)
        await self._end(number)

    def _step(self, number: int) -> int:
        """Do what is to be done now; return the number of the last mark."""
        if self._testbed is not None:
            self._look(self._testbed)
        self._hand_out()
        self._judging.step(self._clock.now())
        if self._judging.lacks and not self._marks and self._testbed is None:
            number += 1
            self._marks[number] = self._clock.now()
            self._write(HUB, {"is": "mark", "mark": number})
        return number

    def _look(self, testbed: TestBed) -> None:
        """Take what a world of its own has seen, and sign in those who are next."""
        now = testbed.clock.now()
        testbed.clock.look()
        self._clock.was_set(testbed.clock.steps)
        testbed.machine.mark()
        self._judging.take(*testbed.world.take())
        # What had arrived some looks ago, on any socket, is known by now.
        self._looked.append(now)
        self._judging.drained = self._looked[0]
        while self._grants:
            first, count = self._grants.popleft()
            for number in range(first, first + count):
                case = self._plan.case(number)
                security = self._contract.operation(case.operation).security
                self._blocks.append((number, testbed.world.sign_in(number, case.given, None, security)))

    async def _end(self, number: int) -> None:
        """Wait for answers that are under way and for late events, and tell the hub the last tally."""
        began = time.monotonic()
        self._write(HERE, {"is": "stop"})
        rest = _LONGEST_END
        while time.monotonic() - began < rest:
            number = self._step(number)
            if not self._judging.under_way:
                rest = min(rest, time.monotonic() - began + self._longest_wait + _MARK_SECONDS)
                if not self._judging.lacks and time.monotonic() - began > _TALLY_SECONDS:
                    break
            await self._lines.drain()
            await asyncio.sleep(_STEP_SECONDS)
        self._judging.finish(self._clock.now())
        self._tell("result")
        await self._lines.drain()

    def _tell(self, kind: str) -> None:
        message = self._coding.tally(self._judging.tally(), self._surroundings.hidden)
        self._write(HUB, {**message, "is": kind, "open": self._judging.under_way})


def _answer_of(message: dict[str, Any]) -> Answer | NoAnswer:
    if message["none"]:
        return NoAnswer(message["none"], message["detail"])
    body = base64.b64decode(message["body"])
    headers = tuple((name.lower(), value) for name, value in message["headers"])
    return Answer(message["status"], headers, body, message["size"], message["reason"])


async def run_companion() -> None:
    """Run a companion in this process, from the first line to the last.

    Raises:
        BothendsError: The contract is wrong or another one than the hub's, or something failed.
    """
    lines = await Lines.of_this_process()
    first = await anext(aiter(lines.read()), None)
    if first is None:
        return
    briefing = first[1]
    try:
        await _run(lines, briefing)
    except Exception as error:
        lines.write(HUB, {"is": "failed", "why": str(error), "code": getattr(error, "exit_code", 5)})
        raise
    finally:
        await lines.close()


async def _run(lines: Lines, briefing: dict[str, Any]) -> None:
    config = Path(briefing["config"])
    contract = load(config)
    if contract.digest != briefing["contract"]:
        raise ContractError(
            "The contract here is another one than the hub's",
            advice="Copy the settings file and all files that it names to each machine",
        )
    async with contextlib.AsyncExitStack() as stack:
        testbed = None
        if briefing["surroundings"] is None:
            options = Options(config=config, url=briefing["url"])
            log = f"target-{briefing['worker']}.log"
            entered = open_testbed(contract, options, briefing["seed"], Interruption(), log=log)
            testbed = await stack.enter_async_context(entered)
        await Companion(lines, briefing, contract, testbed).run()
