"""Scenarios: SIGTERM and SIGKILL at each moment of a request, and starts while something is missing or early."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

from bothends.contract.settings import EXACT_ADDRESS, NEEDS_ALL, SERVES_IN_FLIGHT
from bothends.engine.lifecycle.checks import attempted_again, ends_in_order, nothing_dropped, refuses
from bothends.engine.lifecycle.context import AROUND_STOP, ScenarioContext
from bothends.engine.lifecycle.scenario import Scenario
from bothends.engine.lifecycle.target_process import UnpreparedError
from bothends.errors import TargetError
from bothends.laws import IN_FLIGHT
from bothends.records import Condition

_GOES = "the client resets after the request"
_NEWCOMERS = ("the client asks later", "the client comes later")


async def _idle(context: ScenarioContext) -> None:
    await context.exchanges(IN_FLIGHT, count=1)
    context.process.send_signal(signal.SIGTERM)
    await ends_in_order(context)


async def _waiting_for(context: ScenarioContext, signals: int = 1, state: str = "", newcomers: int = 0) -> None:
    part = context.part
    given = [Condition.of(state, part) if state else context.slow(part)]
    later = context.newcomers(given, _NEWCOMERS * newcomers)
    case = context.case(IN_FLIGHT, given, "" if state else SERVES_IN_FLIGHT)
    work = await context.begin([*(case,) * context.count, *later])
    under_way = await context.in_flight(part)
    for _ in range(signals if under_way else 0):
        context.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(context.slow_ms / 1000 / 8)
    await work
    if under_way:
        await ends_in_order(context)
    await context.settle()


async def _slow(context: ScenarioContext) -> None:
    await _waiting_for(context)


async def _twice(context: ScenarioContext) -> None:
    await _waiting_for(context, signals=2)


async def _stuck(context: ScenarioContext) -> None:
    await _waiting_for(context, state="stores-and-hangs")


async def _gone(context: ScenarioContext) -> None:
    part = context.part
    case = context.case(AROUND_STOP, [context.slow(part)])
    work = await context.begin([replace(case, behaviour=_GOES)] * context.count)
    under_way = await context.in_flight(part)
    if under_way:
        context.process.send_signal(signal.SIGTERM)
    await work
    if under_way:
        await ends_in_order(context)
    await context.settle()
    if under_way:  # else no signal was sent: what ran out of time did so by itself
        nothing_dropped(context)


async def _behind(context: ScenarioContext) -> None:
    work = await context.begin(context.cases(IN_FLIGHT))
    answered = await context.until(lambda: context.over >= context.count, "all requests were answered")
    if answered:
        context.process.send_signal(signal.SIGTERM)
    await work
    if answered:
        await ends_in_order(context)
    await context.settle()


async def _between_attempts(context: ScenarioContext) -> None:
    failing = Condition.of("answers-status", context.part, status=503)
    work = await context.begin(context.cases(IN_FLIGHT, [failing]))
    await context.until(
        lambda: work.done() or context.world.recorder.waiting >= context.count, "an attempt at an event failed"
    )
    context.process.send_signal(signal.SIGTERM)
    await work  # from then on the ingest works
    await ends_in_order(context)
    await context.settle()
    if context.results.unfinished:
        await context.process.start()
        await attempted_again(context)


async def _newcomers(context: ScenarioContext) -> None:
    await _waiting_for(context, newcomers=2)


async def _acknowledged(context: ScenarioContext) -> None:
    work = await context.begin(context.cases(IN_FLIGHT))
    # The very moment when the first event has been acknowledged, and its answer may not have been given.
    acknowledged = await context.until(
        lambda: work.done() or context.world.recorder.waiting > 0, "an event was acknowledged"
    )
    context.process.send_signal(signal.SIGTERM)
    await work
    if acknowledged:
        await ends_in_order(context)
    await context.settle()


IDLE = Scenario(
    "sigterm-idle",
    "SIGTERM while no request is in flight: the target exits cleanly.",
    _idle,
    may_follow=True,
)
UPSTREAM = Scenario(
    "sigterm-during-upstream",
    "SIGTERM while requests wait for an upstream: they are answered.",
    _slow,
    part="upstream",
)
INGEST = Scenario(
    "sigterm-during-ingest", "SIGTERM while requests wait for the ingest: they are answered.", _slow, part="ingest"
)
TWICE = Scenario(
    "sigterm-twice",
    "SIGTERM twice while requests wait for the ingest.",
    _twice,
    part="ingest",
    may_follow=True,
)
ACKNOWLEDGED = Scenario(
    "sigterm-after-acknowledgement",
    "SIGTERM between an acknowledgement and its answer.",
    _acknowledged,
    part="ingest",
    may_follow=True,
)
STUCK = Scenario(
    "sigterm-with-a-stuck-ingest",
    "SIGTERM while the ingest has stored the event and never answers: the time limit ends the wait.",
    _stuck,
    part="ingest",
    may_follow=True,
)
GONE = Scenario(
    "sigterm-and-gone-clients",
    "SIGTERM during requests whose clients have disconnected: each has its event, if the target guarantees it.",
    _gone,
    promise=SERVES_IN_FLIGHT,
    part="upstream",
)
BEHIND = Scenario(
    "sigterm-after-answers",
    "SIGTERM as soon as requests are answered, before their events: each is sent, if the target guarantees it.",
    _behind,
    promise=SERVES_IN_FLIGHT,
    behind=True,
)
BETWEEN_ATTEMPTS = Scenario(
    "sigterm-between-attempts",
    "SIGTERM after a failed attempt at each event: another one follows, before the end or after the next start.",
    _between_attempts,
    part="ingest",
    between_attempts=True,
)
NEWCOMERS = Scenario(
    "sigterm-and-newcomers",
    "SIGTERM, then requests over old and new connections: refused or served.",
    _newcomers,
    part="ingest",
)


# SIGKILL: nothing can be finished, yet what was answered stays true, and nothing is done twice.


async def _stored(context: ScenarioContext) -> None:
    work = await context.begin(context.cases(AROUND_STOP, [context.slow(context.part)]))
    if await context.in_flight(context.part):
        context.process.send_signal(signal.SIGKILL)
    await work
    await context.process.start()
    await context.exchanges(IN_FLIGHT, count=1)
    await context.settle()


async def _answered(context: ScenarioContext) -> None:
    work = await context.begin(context.cases(AROUND_STOP))
    await context.until(lambda: context.over >= context.count, "all requests were answered")
    context.process.send_signal(signal.SIGKILL)
    await work
    await context.settle()


STORED = Scenario(
    "sigkill-after-storing",
    "SIGKILL after the ingest has stored the event and before it answers; then a restart.",
    _stored,
    part="ingest",
    leaves_running=True,
)
ANSWERED = Scenario(
    "sigkill-after-answers",
    "SIGKILL as soon as requests are answered: no event is lost.",
    _answered,
    may_follow=True,
)


# Starting: too early a request, an ingest or an upstream that is down, and what is needed left out.

_EARLY = 0.05
_MOST_EARLY = 40

# What programs fall back on that were given no secret, or make of a variable that is not there.
GUESSES = (
    *("secret", "changeme", "change-me", "change_me", "default", "development", "dev", "test", "local"),
    *("undefined", "null", "None", "password", "nextauth", "next-auth", "your-secret", "supersecret"),
)


async def _early(context: ScenarioContext) -> None:
    # The request that finds it listening is under way when it is found to be ready: it keeps its connection.
    starting = asyncio.ensure_future(context.process.launch())
    try:
        for _ in range(_MOST_EARLY):
            await asyncio.sleep(_EARLY)
            if starting.done():
                break
            if context.process.target.port:
                await context.process.connect()
                await context.too_early()
        await starting
    finally:
        # Nobody would stop a target that is ready after the scenario has been broken off.
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    await context.process.connect()
    await context.exchanges(IN_FLIGHT, count=1)
    await context.settle()


async def _down(context: ScenarioContext) -> None:
    given = [Condition.of("unreachable", context.part)]
    try:
        await context.process.start_under(*given)
    except UnpreparedError:
        raise
    except TargetError as error:
        # A supervisor that restarts it again and again makes a short failure of one part a long one of all.
        summary = f"The target does not start while the {context.part} is unreachable."
        context.results.breach("does-not-start", summary, "it starts and answers as the contract declares", str(error))
        return
    await context.exchanges(IN_FLIGHT, given, count=1)
    await context.exchanges(IN_FLIGHT, count=1)


async def _lacking(context: ScenarioContext, *sessions: Condition) -> None:
    try:
        await context.process.launch()
    except TargetError:
        return  # it refuses to start, which is the best that it can do
    if context.keeps(NEEDS_ALL):
        summary = "The target starts without a part of its settings, although it guarantees not to."
        context.results.breach("starts-without", summary, "a refusal to start", "it is ready", always=True)
    try:
        await context.testbed.prepare()
    except TargetError:
        return  # what lacks a part of its settings need not let itself be prepared
    await context.process.connect()
    await refuses(context)
    for session in sessions:
        await refuses(context, session)
    await context.settle()


async def _without_secret(context: ScenarioContext) -> None:
    guessed = [Condition.of("secret-guessed", guess=guess) for guess in GUESSES]
    await _lacking(context, Condition.of("secret-empty"), *guessed)


async def _ingest_address_variant(context: ScenarioContext) -> None:
    await context.process.start()
    await context.play([context.case(IN_FLIGHT, promise=EXACT_ADDRESS)])
    await context.settle()


EARLY = Scenario(
    "requests-while-starting",
    "Requests before the target is ready: refused, or served completely.",
    _early,
    starts=False,
    unprepared=True,
    leaves_running=True,
)
INGEST_DOWN = Scenario(
    "ingest-down-at-start",
    "The ingest is down at the start: the target starts and recovers.",
    _down,
    starts=False,
    part="ingest",
    leaves_running=True,
)
UPSTREAM_DOWN = Scenario(
    "upstream-down-at-start",
    "An upstream is down at the start: the target starts and recovers.",
    _down,
    starts=False,
    part="upstream",
    leaves_running=True,
)
NO_SECRET = Scenario(
    "no-session-secret",
    "Started without the session secret: no session is accepted, not even one made with a guessed secret.",
    _without_secret,
    starts=False,
    without="world.session_secret",
)
NO_KEY = Scenario(
    "no-event-key",
    "Started without the event key: no event goes to a wrong address.",
    _lacking,
    starts=False,
    without="world.event_key",
)
INGEST_ADDRESS_VARIANT = Scenario(
    "ingest-behind-a-path",
    "The ingest's base URL has a path, and its key must be encoded: the event arrives, if the target guarantees it.",
    _ingest_address_variant,
    starts=False,
    promise=EXACT_ADDRESS,
    ingest_address_variant=True,
    part="ingest",
    leaves_running=True,
)


# The table of scenarios. Each is one line here.

SCENARIOS: tuple[Scenario, ...] = (
    INGEST,
    UPSTREAM,
    ACKNOWLEDGED,
    TWICE,
    STUCK,
    NEWCOMERS,
    GONE,
    BEHIND,
    BETWEEN_ATTEMPTS,
    IDLE,
    STORED,
    ANSWERED,
    EARLY,
    INGEST_DOWN,
    UPSTREAM_DOWN,
    NO_SECRET,
    NO_KEY,
    INGEST_ADDRESS_VARIANT,
)

QUICK: tuple[Scenario, ...] = (IDLE,)
"""The scenarios of a quick run."""
