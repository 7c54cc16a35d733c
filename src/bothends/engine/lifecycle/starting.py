"""Starting: too early a request, an ingest or an upstream that is down, and what is needed left out."""

from __future__ import annotations

import asyncio

from bothends.contract.settings import EXACT_ADDRESS, NEEDS_ALL
from bothends.engine.lifecycle.act import AROUND_STOP, Act, Scenario
from bothends.errors import TargetError
from bothends.laws.promises import IN_FLIGHT
from bothends.records import Condition

_EARLY = 0.05
_MOST_EARLY = 40

# What programs fall back on that were given no secret, or make of a variable that is not there.
GUESSES = (
    *("secret", "changeme", "change-me", "change_me", "default", "development", "dev", "test", "local"),
    *("undefined", "null", "None", "password", "nextauth", "next-auth", "your-secret", "supersecret"),
)


async def _early(act: Act) -> None:
    # The request that finds it listening is under way when it is found to be ready: it keeps its connection.
    starting = asyncio.ensure_future(act.launch())
    for _ in range(_MOST_EARLY):
        await asyncio.sleep(_EARLY)
        if starting.done():
            break
        if act.target.port:
            await act.connect()
            await act.exchanges(AROUND_STOP, count=1)
    await starting
    await act.connect()
    await act.exchanges(IN_FLIGHT, count=1)
    await act.settle()


async def _down(act: Act) -> None:
    given = [Condition.of("unreachable", act.part)]
    try:
        with act.world.given(*given):
            await act.start()
    except TargetError as error:
        # Whoever starts it again and again makes a short failure of one part a long one of all.
        summary = f"The target does not start while the {act.part} is unreachable."
        act.breach("does-not-start", summary, "it starts, and answers as the contract declares", str(error))
        return
    await act.exchanges(IN_FLIGHT, given, count=1)
    await act.exchanges(IN_FLIGHT, count=1)


async def _lacking(act: Act, *sessions: Condition) -> None:
    try:
        await act.start()
    except TargetError:
        return  # it refuses to start, which is the best that it can do
    if act.keeps(NEEDS_ALL):
        summary = "A target that lacks a part of its settings starts, though it promises not to."
        act.breach("starts-without", summary, "a refusal to start", "it is ready", always=True)
    await act.closed()
    for session in sessions:
        await act.closed(session)
    await act.settle()


async def _without_secret(act: Act) -> None:
    guessed = [Condition.of("secret-guessed", guess=guess) for guess in GUESSES]
    await _lacking(act, Condition.of("secret-empty"), *guessed)


async def _elsewhere(act: Act) -> None:
    await act.start()
    await act.play([act.case(IN_FLIGHT, promise=EXACT_ADDRESS)])
    await act.settle()


EARLY = Scenario(
    "requests-while-starting", "Requests before it is ready: refused, or served in full.", _early, starts=False
)
INGEST_DOWN = Scenario(
    "ingest-down-at-start",
    "The ingest is down when it starts: it starts, and recovers.",
    _down,
    starts=False,
    part="ingest",
)
UPSTREAM_DOWN = Scenario(
    "upstream-down-at-start",
    "An upstream is down when it starts: it starts, and recovers.",
    _down,
    starts=False,
    part="upstream",
)
NO_SECRET = Scenario(
    "no-session-secret",
    "Started without the session secret: no request is let in, nor one whose session is made with a guess.",
    _without_secret,
    starts=False,
    without="world.session_secret",
)
NO_KEY = Scenario(
    "no-event-key",
    "Started without the event key: no event goes astray.",
    _lacking,
    starts=False,
    without="world.event_key",
)
ELSEWHERE = Scenario(
    "ingest-behind-a-path",
    "The ingest's base URL has a path, and its key must be encoded: an event arrives, where the target promises so.",
    _elsewhere,
    starts=False,
    promise=EXACT_ADDRESS,
    elsewhere=True,
    part="ingest",
)
