"""What a scenario works with: a test bed of its own, with a target that it may signal, kill and start again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bothends.cases import NO_SESSION, admitted_request, served_where_promised
from bothends.conditions import sentences
from bothends.contract.settings import DRAINS, SERVES_IN_FLIGHT
from bothends.contract.terms import UPSTREAM_FAMILIES
from bothends.engine.judge import Delay, Excuses
from bothends.engine.play import LIMITS, Batch, Played
from bothends.engine.tie import untied
from bothends.errors import TargetError
from bothends.launch import LaunchedTarget
from bothends.laws import LACKING, LONGEST_WATCH, SLACK, UNSAID_WATCH, Violation, runs
from bothends.records import Answer, Case, Cause, Condition, Expectation, NotProven, Severity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from bothends.contract import Contract, EventContract, Operation
    from bothends.engine.judge import Judge, Judged
    from bothends.engine.play import ExchangeRunner
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Certainty
    from bothends.records import Breach, Exchange, Request


class UnpreparedError(TargetError):
    """The setup of a target fails that has started."""

    def __init__(self, error: TargetError) -> None:
        """Take the error of its setup."""
        super().__init__(error.problem, where=error.where, expected=error.expected, advice=error.advice)


SLOW_SHARE = 0.4
"""Part of its upstream timeout that a target has to wait: slow, but in time."""
AROUND_STOP = "around-stop"
"""Family of requests that a target may leave unanswered: it was killed, or not there yet, or about to end."""

IN_FLIGHT_LIMIT = 16
"""Exchanges that a scenario has under way at once, at most."""

IN_FLIGHT_COUNT = 6
"""Requests that are in flight when something happens to the target."""

_POLL = 0.005
_UNTIL = 5.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a target starts or ends.

    Attributes:
        name: What `--only start-and-stop/NAME` takes.
        about: What happens, in one sentence.
        play: Makes it happen.
        starts: Whether the target is started, and ready, before it begins.
        without: What the target's environment is to lack: `world.session_secret`; empty: nothing.
        promise: The guarantee that the target must have for it to be run; empty: none.
        ingest_address_variant: Whether the ingest has an address of another form.
        unprepared: Whether requests are sent before setup has run: where there is setup, it is left out.
        part: What its requests wait for: `ingest`, or `upstream`, which is the ingest where there is none; where the
            world has no such part, it is left out. Empty: it takes none.
        behind: Whether it is about events that come after the answer: where each answer waits for its event, it is left
            out.
        between_attempts: Whether it is about events that are attempted until they are acknowledged, whatever happens
            meanwhile: where no answer leaves such an event behind, it is left out.
        leaves_running: Whether it is about a start, and leaves a target that runs and has served a good request: one
            scenario more may end that target, see `phase.py`.
        may_follow: Whether it may end a target that another scenario has started.
    """

    name: str
    about: str
    play: Callable[[ScenarioContext], Awaitable[None]]
    starts: bool = True
    without: str = ""
    promise: str = ""
    ingest_address_variant: bool = False
    unprepared: bool = False
    part: Literal["", "ingest", "upstream"] = ""
    behind: bool = False
    between_attempts: bool = False
    leaves_running: bool = False
    may_follow: bool = False


class ScenarioContext:
    """What a scenario works with.

    Attributes:
        contract: What is verified.
        testbed: Of this scenario alone, or taken over from one that is over.
        world: Its world.
        target: The launched target.
        slow_ms: A pause, milliseconds, within the timeout of the target.
        part: Name of the part of the world that the scenario's requests wait for; empty: they wait for none.
        excused: What a busy machine may have made, by the labels of cases, and how often.
        count: How many requests are under way at once: of an operation whose events nothing but the time ties to
            their requests, one. Two events that are equal byte for byte might be one that was sent again.
        fewer: How many of these the target has under way at most, where all were over and never more waited for a part
            of the world at once; else 0.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- it combines what a scenario works with
        self,
        contract: Contract,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        scenario: Scenario,
        probe: Probe,
        part: str = "",
        aside: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext,
        most: int = IN_FLIGHT_COUNT,
    ) -> None:
        """Take a test bed.

        Args:
            contract: What is verified.
            testbed: Of this scenario alone; its target is a launched one.
            exchange_runner: Makes the exchanges.
            scenario: What is played.
            probe: What the target is asked.
            part: Name of the part of the world that its requests wait for.
            aside: Lets another scenario be played for the length of a `with` block, in which this one only waits.
            most: How many requests are under way at once, at most: a target may take no more at a time.
        """
        if not isinstance(testbed.target, LaunchedTarget):
            raise TypeError("starting and stopping needs a launched target")
        self.contract = contract
        self.testbed = testbed
        self._exchange_runner = exchange_runner
        self._scenario = scenario
        self._request = probe.request
        self._operation = probe.operation
        self._time_limit = contract.settings.time_limit_ms / 1000
        self._guarantees = contract.settings.target.guarantees
        self._aside = aside
        self.world = testbed.world
        self.target: LaunchedTarget = testbed.target
        self._upstream_timeout_ms = contract.settings.world.upstream_timeout_ms
        self.slow_ms = int(self._upstream_timeout_ms * SLOW_SHARE)
        self.part = part
        self.count = 1 if probe.operation.id in untied(contract) else most
        self.fewer = 0
        self.played: list[Played] = []
        self.breaches: list[Breach] = []
        self.not_proven: list[NotProven] = []
        self._excuses = Excuses(contract, testbed.machine)
        self._began = testbed.clock.now()
        self._ended: float | None = None
        self._signalled: list[tuple[float, signal.Signals]] = []
        self.excused: dict[str, int] = {}
        self._over_before = exchange_runner.sender.over
        self._first = exchange_runner.sender.exchanges + 1
        self._when_ready = self.target.footprint()

    def slow(self, part: str) -> Condition:
        """Return the state of a part of the world that is slow, but in time."""
        return Condition.of("answers-after", part, ms=self.slow_ms)

    def case(self, family: str, given: Sequence[Condition] = (), promise: str = "") -> Case:
        """Return the case of this scenario: a good request, which may be left unanswered.

        Args:
            family: Its family.
            given: The states of the world and the session.
            promise: The guarantee that it is about.
        """
        operation = self._operation
        nothing_due = family in (AROUND_STOP, LACKING)
        expect = Expectation(
            statuses=frozenset() if nothing_due else operation.success_statuses | operation.error_statuses,
            server_error=True,
            why="any declared answer; no event is lost or duplicated",
            any_answer=nothing_due or DRAINS not in self._guarantees,
            absent=operation.absent_statuses,
        )
        if promise:
            expect = served_where_promised(expect, operation, promise)
        return Case(
            operation=operation.id,
            family=family,
            name=self._scenario.name,
            request=self._request,
            given=tuple(given),
            expect=expect,
        )

    @property
    def over(self) -> int:
        """How many exchanges are over, though what they caused may still be under way."""
        return self._exchange_runner.sender.over - self._over_before

    def begin(self, family: str, given: Sequence[Condition] = ()) -> asyncio.Task[None]:
        """Begin with exchanges; the task ends when all are over."""
        return asyncio.ensure_future(self.exchanges(family, given))

    async def exchanges(self, family: str, given: Sequence[Condition] = (), count: int | None = None) -> None:
        """Make exchanges, all at once."""
        await self.play((self.case(family, given),) * (self.count if count is None else count))

    async def play(self, cases: Sequence[Case]) -> None:
        """Make the exchanges of cases of one state of the world, all at once."""
        batch = Batch(cases[0].given, tuple(cases), concurrency=len(cases))
        self.played.append(await self._exchange_runner.play(batch))

    async def until(self, true: Callable[[], bool], what: str, never: Callable[[], bool] = lambda: False) -> bool:
        """Wait until something is so; what never comes is *not proven*.

        Args:
            true: Whether it is so.
            what: What, for a person to read.
            never: Whether it can't come to be so any more.
        """
        for _ in range(int(_UNTIL / _POLL)):
            if true():
                return True
            if never():
                break
            await asyncio.sleep(_POLL)
        self.not_proven.append(NotProven(f"{self._scenario.name}", f"It never happened that {what}."))
        if self._busy(self.slow_ms / 1000):
            self._excuse(self._scenario.name)
        return False

    def newcomers(self, given: Sequence[Condition], behaviours: Sequence[str]) -> list[Case]:
        """Return the cases of clients that come while others are served; no event of theirs may be another's.

        A target that stops may refuse them, close their connections or serve them: only their events are judged.
        """
        if self.count == 1 and behaviours and not self._operation.security.demanded:
            self.not_proven.append(NotProven(self._scenario.name, "Nothing would tell the events of newcomers apart."))
            return []
        nobody = (NO_SESSION,) if self.count == 1 else ()
        case = self.case(AROUND_STOP, (*given, *nobody))
        return [replace(case, behaviour=behaviour) for behaviour in behaviours]

    async def in_flight(self, upstream: str) -> bool:
        """Wait until all requests have come as far as an upstream, and wait for it."""
        waiting = (
            f"{self.count} requests waited for {upstream}" if self.count > 1 else f"a request waited for {upstream}"
        )
        most = 0

        def all_wait() -> bool:
            nonlocal most
            most = max(most, self.world.in_progress(upstream))
            return most >= self.count

        awaited = all(event.delivery.answer == "after" for event in self._operation.events)
        there = await self.until(all_wait, waiting, lambda: awaited and self.over >= self.count)
        self.fewer = 0 if there or self.over < self.count else most
        return there

    async def ended(self) -> None:
        """Wait until the target has ended after SIGTERM, and check how."""
        limit, began = self._time_limit + 5, self.testbed.clock.now()
        async with self._aside():  # it may wait for connections that are kept open, for seconds
            code = await self.target.wait(limit)
        self._ended = self.testbed.clock.now()
        # A target without a handler dies by the signal, which is an orderly end (128 + n, as shells have it).
        if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT):
            return
        if code is None and self._excuses.accounts_for(Delay(limit, began, self._ended)):
            self._excuse(self._scenario.name)
            return
        actual = f"still running after {limit:g} s" if code is None else f"exit code {code}"
        self.breach(
            "ends-otherwise", "The target does not exit cleanly at SIGTERM.", "exit code 0, or SIGTERM's", actual
        )

    def breach(self, kind: str, summary: str, expected: str, actual: str, *, always: bool = False) -> None:
        """Note that something about the target itself is not as it should be.

        It is an error where the target guarantees to drain, or always.
        """
        severity = Severity.ERROR if DRAINS in self._guarantees or always else Severity.WARNING
        broken = Violation(Cause(kind), summary, expected, actual)  # one cause, in any scenario
        self.breaches.append(runs.STOPS.breach(broken, severity=severity))

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the target: what it has not sent by then it may never send."""
        self._signalled.append((self.testbed.clock.now(), number))
        self.target.signal(number)

    async def start(self) -> None:
        """Start the target, once more on another port when it was there before.

        Raises:
            TargetError: It could not be started.
        """
        await self.target.stop()
        await self.testbed.start()
        self._when_ready = self.target.footprint()

    async def launch(self) -> None:
        """Start the target without setup, and without a client of its own for it: see `connect`.

        Raises:
            TargetError: It could not be started.
        """
        await self.target.stop()
        self.testbed.world.target_started()
        await self.target.start()
        self._when_ready = self.target.footprint()

    async def start_under(self, *given: Condition) -> None:
        """Start the target in a state of the world, and prepare it when the world is well again.

        Raises:
            TargetError: It could not be started, or its setup fails.
        """
        with self.world.given(*given):
            await self.launch()
        try:
            await self.testbed.prepare()
        except TargetError as error:
            raise UnpreparedError(error) from error
        await self.connect()

    async def connect(self) -> None:
        """Make ready to send requests to where the target listens, or will; no request may be under way."""
        await self.testbed.disconnect()
        self.testbed.connect()

    async def closed(self, *given: Condition) -> None:
        """Send a good request to a target that can't know who asks, or where to send an event."""
        await self.exchanges(LACKING, given, count=1)
        answer = self.played[-1].attributed.exchanges[0].answer
        if isinstance(answer, Answer) and answer.success:
            summary = "The target answers a success although a part of its settings is missing."
            actual = ", ".join([str(answer.status), *sentences(given)])
            self.breach("answers-success", summary, "a refusal to start, or an error", actual, always=True)

    def keeps(self, promise: str) -> bool:
        """Whether the target has a guarantee."""
        return promise in self._guarantees

    def nothing_dropped(self) -> None:
        """Check the guarantee that each request has its event, even if the client has disconnected."""
        attributed = [played.attributed for played in self.played]
        seen = {e.number: e for one in attributed for e in (*one.exchanges, *one.late)}
        dropped = sum(not any(d.stored for d in exchange.declared) for exchange in seen.values())
        if dropped and self._ran_out_of_time(seen.values()):
            self._excuse(self._scenario.name)
        elif dropped:
            summary = "Requests in flight at SIGTERM are dropped if their client has disconnected."
            actual = f"{dropped} of {len(seen)} requests have none"
            self.breach("work-is-dropped", summary, "an event for each request", actual, always=True)

    def unfinished(self) -> list[Exchange]:
        """Return the exchanges with an event that was attempted and has not been stored so far."""
        attributed = [played.attributed for played in self.played]
        seen = {e.number: e for one in attributed for e in (*one.exchanges, *one.late)}
        return [e for e in seen.values() if e.declared and not any(d.stored for d in e.declared)]

    async def attempted_again(self) -> None:
        """Wait for further attempts, as long as the contract gives them, and check whether each event has come."""
        between = len(self.unfinished())
        promised = (e.delivery.retry_within_ms for e in self._operation.events if lasting(e))
        longest = max((UNSAID_WATCH if ms is None else ms / 1000 + 2 * SLACK for ms in promised), default=UNSAID_WATCH)
        began = self.testbed.clock.now()
        while self.unfinished() and self.testbed.clock.now() - began < min(longest, LONGEST_WATCH):
            await asyncio.sleep(LIMITS.look)
            late = self._exchange_runner.tying.later()
            if late.late:
                self.played.append(Played(Batch((), ()), late, {}))
        lost = len(self.unfinished())
        if lost and self._busy(longest):
            self._excuse(self._scenario.name)
        elif lost:
            keeps = self.keeps(SERVES_IN_FLIGHT)
            guarantee = "serves_in_flight = true" if keeps else "to say whether it may be: serves_in_flight = true"
            broken = Violation(
                Cause("attempts-are-dropped"),
                "An event is lost if the target is stopped between two attempts at it.",
                f"another attempt, before the end or after the next start (attempts of x-delivery; {guarantee})",
                f"{lost} of {between} events did not come in the {longest:g} s after the next start",
            )
            self.breaches.append(runs.STOPS.breach(broken, severity=Severity.ERROR if keeps else Severity.WARNING))

    def _ran_out_of_time(self, exchanges: Iterable[Exchange]) -> bool:
        """Whether work that waits for a slow upstream may have run out of time for want of a processor.

        The target is at work from the first request to its end, and has to lose what the upstream leaves of its time.
        """
        first = min(exchange.began for exchange in exchanges)
        left = (self._upstream_timeout_ms - self.slow_ms) / 1000
        return self._excuses.accounts_for(Delay(left, first, self._ended or self.testbed.clock.now()))

    async def settle(self) -> None:
        """Wait for what may come late, and tie it to the exchanges that it belongs to."""
        late = await self._exchange_runner.tying.settle()
        self.played.append(Played(Batch((), ()), late, {}))

    async def left_clean(self) -> bool:
        """Wait for what may come late; return whether the target is as one that was just started, and has served once.

        Nothing is to be said against it, its last request has succeeded, nothing comes late, and it holds no more
        threads, connections and memory than when it was ready. What can't be known is not so.
        """
        if self.breaches or self.not_proven or self.excused:
            return False
        late = await self._exchange_runner.tying.settle()
        came = late.late or late.phantoms or late.unexplained
        made = [exchange for played in self.played for exchange in played.attributed.exchanges]
        if came or not made or not _succeeded(made[-1]):
            return False
        now, services = self.target.footprint(), len(self.testbed.addresses) + len(self.testbed.upstreams)
        return now is not None and self._when_ready is not None and now.holds_no_more_than(self._when_ready, services)

    @property
    def certainty(self) -> Certainty:
        """Says how sure it is whose an event is."""
        return self._exchange_runner.tying.certainty

    @property
    def disturbed(self) -> bool:
        """Whether something came that belongs to what was played before it on the same target."""
        return any(exchange.number < self._first for played in self.played for exchange in played.attributed.late)

    def _busy(self, seconds: float) -> bool:
        """Whether the machine is the reason that something took so much longer since the scenario began."""
        return self._excuses.accounts_for(Delay(seconds, self._began, self.testbed.clock.now()))

    def _excuse(self, label: str) -> None:
        self.excused[label] = self.excused.get(label, 0) + 1

    def excuse(self) -> None:
        """Excuse all exchanges that the machine kept waiting."""
        for place, played in enumerate(self.played):
            self.played[place], late = self._excuses.among(played)
            for label in late.now | late.before:
                self._excuse(label)

    def judged(self, judge: Judge) -> Iterator[tuple[Batch, Judged | Breach]]:
        """Judge all that was played: yield each exchange, and each event that belongs to none."""
        late = {exchange.number: exchange for played in self.played for exchange in played.attributed.late}
        for played in self.played:
            whole = tuple(self._whole(exchange, late.get(exchange.number)) for exchange in played.attributed.exchanges)
            for judged in judge.batch(
                replace(played.attributed, exchanges=whole, late=()), self._exchange_runner.tying.calls
            ):
                yield played.batch, judged
            for breach in judge.phantoms(played.attributed):
                yield played.batch, breach

    def _whole(self, exchange: Exchange, late: Exchange | None) -> Exchange:
        """Return an exchange with what came late for it, and what is known of what did not come."""
        if late is not None:
            exchange = replace(exchange, deliveries=late.deliveries, guessed=late.guessed, excuse=late.excuse)
        return replace(exchange, unheard=any(self._may_cost(exchange, *each) for each in self._signalled))

    def _may_cost(self, exchange: Exchange, when: float, number: signal.Signals) -> bool:
        """Whether a signal may have cost an event that comes behind its answer: no target need survive SIGKILL."""
        promised = SERVES_IN_FLIGHT in self._guarantees and number == signal.SIGTERM
        return exchange.began < when and not promised


def lasting(event: EventContract) -> bool:
    """Return whether an event is attempted until it is acknowledged, and no answer waits for that."""
    return event.delivery.attempts == "until-acknowledged" and event.delivery.answer != "after"


def _succeeded(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, Answer) and exchange.answer.success


# Chooses the operation whose requests are sent while a target starts and stops.


@dataclass(frozen=True, slots=True)
class Probe:
    """What a target is asked.

    Attributes:
        operation: The operation.
        request: One that it must accept.
    """

    operation: Operation
    request: Request


def probes(operations: Iterable[Operation]) -> list[Probe]:
    """Return those operations of which a request is known that they must accept."""
    able = (operation for operation in operations if not operation.security.unplayable)
    asked = ((operation, admitted_request(operation)) for operation in able)
    return [Probe(operation, request) for operation, request in asked if request is not None]


def telling(known: Sequence[Probe], without: str) -> Probe | None:
    """Return the one that shows the most of how a target starts and stops; the first of several.

    An event can be lost only by an operation that sends one, and a call be under way only where one is made.

    Args:
        known: Those to choose from.
        without: What the target is started without: `world.session_secret`; empty: nothing.

    Returns:
        The one; None where none has to do with what the target lacks: an operation that asks for no session may
        well answer success without the secret of sessions, and one that sends no event without a key.
    """
    return max((one for one in known if _concerned(one.operation, without)), key=_shows, default=None)


def _concerned(operation: Operation, without: str) -> bool:
    if without == "world.session_secret":
        minted = operation.security.minted
        return minted is not None and {"secret-empty", "secret-guessed"} <= minted.states
    return bool(operation.events) or without != "world.event_key"


def _shows(probe: Probe) -> tuple[bool, bool, bool]:
    operation = probe.operation
    families = {answer.family_rule.family for answer in operation.answers if answer.family_rule is not None}
    return bool(operation.events), not families.isdisjoint(UPSTREAM_FAMILIES), operation.security.demanded
