"""What is demanded of a target itself, beside the laws on its exchanges, when it starts and stops."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.contract.settings import SERVES_IN_FLIGHT
from bothends.engine.judge import Delay
from bothends.engine.lifecycle.context import AROUND_STOP
from bothends.engine.lifecycle.probe import lasting
from bothends.engine.play import LIMITS
from bothends.laws import LACKING, LONGEST_WATCH, SLACK, UNSAID_WATCH, Violation, runs
from bothends.records import Answer, Cause, Severity, count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.lifecycle.context import ScenarioContext
    from bothends.records import Condition, Exchange


async def ends_in_order(context: ScenarioContext) -> None:
    """Wait until the target has ended after SIGTERM, and check how."""
    clock, process = context.testbed.clock, context.process
    limit, began = context.contract.settings.time_limit_ms / 1000 + 5, clock.now()
    code = await process.end(limit)
    # A target without a handler dies by the signal, which is an orderly end (128 + n, as shells have it).
    if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT):
        return
    if code is None and context.results.excuse_delay(Delay(limit, began, clock.now())):
        return
    actual = f"still running after {limit:g} s" if code is None else f"exit code {code}"
    context.results.breach(
        "ends-otherwise", "The target does not exit cleanly at SIGTERM.", "exit code 0, or SIGTERM's", actual
    )


async def refuses(context: ScenarioContext, *given: Condition) -> None:
    """Send a good request to a target that can't know who asks, or where to send an event: it is no success."""
    await context.exchanges(LACKING, given, count=1)
    answer = context.results.played[-1].attributed.exchanges[0].answer
    if isinstance(answer, Answer) and answer.success:
        summary = "The target answers a success although a part of its settings is missing."
        actual = ", ".join([str(answer.status), *sentences(given)])
        context.results.breach("answers-success", summary, "a refusal to start, or an error", actual, always=True)


def nothing_dropped(context: ScenarioContext) -> None:
    """Check the guarantee that each request has its event, even if the client has disconnected."""
    seen = [one for one in context.results.exchanges if one.case.family == AROUND_STOP]
    dropped = sum(not any(d.stored for d in exchange.declared) for exchange in seen)
    if dropped and not context.results.excuse_delay(_time_to_lose(context, seen)):
        summary = "Requests in flight at SIGTERM are dropped if their client has disconnected."
        actual = f"{dropped} of {count_of(len(seen), 'request')} {'has' if dropped == 1 else 'have'} none"
        context.results.breach("work-is-dropped", summary, "an event for each request", actual, always=True)


def _time_to_lose(context: ScenarioContext, exchanges: Sequence[Exchange]) -> Delay:
    """Return the time that a slow upstream leaves: a target at work until its end has to lose that to run out of it."""
    first = min(exchange.began for exchange in exchanges)
    left = (context.contract.settings.world.upstream_timeout_ms - context.slow_ms) / 1000
    return Delay(left, first, context.process.ended or context.testbed.clock.now())


async def attempted_again(context: ScenarioContext) -> None:
    """Wait for further attempts, as long as the contract gives them, and check whether each event has come."""
    results, clock = context.results, context.testbed.clock
    between = len(results.unfinished)
    promised = (e.delivery.retry_within_ms for e in context.operation.events if lasting(e))
    longest = max((UNSAID_WATCH if ms is None else ms / 1000 + 2 * SLACK for ms in promised), default=UNSAID_WATCH)
    began = clock.now()
    while results.unfinished and clock.now() - began < min(longest, LONGEST_WATCH):
        await asyncio.sleep(LIMITS.look)
        late = context.tying.later()
        if late.late:
            results.take_late(late)
    lost = len(results.unfinished)
    if lost and not results.excuse_delay(context.since_begun(longest)):
        keeps = context.keeps(SERVES_IN_FLIGHT)
        guarantee = "serves_in_flight = true" if keeps else "to say whether it may be: serves_in_flight = true"
        broken = Violation(
            Cause("attempts-are-dropped"),
            "An event is lost if the target is stopped between two attempts at it.",
            f"another attempt, before the end or after the next start (attempts of x-delivery; {guarantee})",
            f"{lost} of {count_of(between, 'event')} did not come in the {longest:g} s after the next start",
        )
        results.breaches.append(runs.STOPS.breach(broken, severity=Severity.ERROR if keeps else Severity.WARNING))
