"""Faults of time: an answer that comes late, in pieces, stops half-way, or never comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.base import Fault, fault, status_of, whole_number
from bothends.world.faults.statuses import error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


@fault("hangs", tried="upstream-timeout/hangs")
class Hangs(Fault):
    """Not a byte, and the connection stays open until the target gives up. The event is not stored."""

    pattern = "the {upstream} hangs"
    about = "the request is read, and no answer is sent"
    family = "upstream-timeout"
    holds = True

    async def play(self, context: FaultContext) -> None:
        """Do nothing: an unanswered request hangs."""


@fault("stalls-in-head", tried="upstream-timeout/stalls-in-head")
class StallsInHead(Fault):
    """A status line and half a header; the connection stays open. The ingest has stored the event."""

    pattern = "the {upstream} stalls in the head"
    about = "the start of a head, then nothing until the target gives up"
    family = "upstream-timeout"
    may_store = True
    holds = True

    async def play(self, context: FaultContext) -> None:
        """Begin to answer."""
        reply = context.reply()
        context.begin(reply.head()[:-8], reply.status)


@fault("stalls-in-body", tried="upstream-timeout/stalls-in-body")
class StallsInBody(Fault):
    """The right head and half the body; the connection stays open. The ingest has stored the event."""

    pattern = "the {upstream} stalls in the body"
    about = "the first half of the right answer, then nothing until the target gives up"
    family = "upstream-timeout"
    in_words = True
    may_store = True
    holds = True

    async def play(self, context: FaultContext) -> None:
        """Answer by half."""
        reply = context.reply()
        context.begin(reply.head() + reply.body[: len(reply.body) // 2], reply.status)


_LONGEST = 60_000


@fault("answers-after")
class AnswersAfter(Fault):
    """The right answer, late. The ingest has stored the event by then, whether or not anyone waits to hear it."""

    pattern = "the {upstream} answers after {ms} ms"
    about = "the right answer after a delay; not a fault while the delay is well within the target's timeout"
    family = ""
    may_store = True
    holds = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the pause.

        Raises:
            ContractError: The pause is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000

    async def play(self, context: FaultContext) -> None:
        """Store at once, wait, then answer."""
        reply = context.reply()
        await context.pause(self._seconds)
        context.respond(reply)


@fault("answers-together")
class AnswersTogether(Fault):
    """The right answer, late, and at the same moment for all that wait: what they do next, they do at once.

    The ingest has stored the event by then, whether or not anyone waits to hear it.
    """

    pattern = "the {upstream} answers all that wait every {ms} ms"
    about = (
        "the right answer at the next multiple of this time, so that all requests that wait are answered in the same "
        "moment; not a fault while it is well within the target's timeout"
    )
    family = ""
    may_store = True
    holds = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the time from one moment to the next.

        Raises:
            ContractError: It is no number of milliseconds, none at all, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000
        if not self._seconds:
            raise ContractError(f"The {upstream} can't answer every 0 ms")

    async def play(self, context: FaultContext) -> None:
        """Store at once, wait for the others, then answer."""
        reply = context.reply()
        await context.pause(self._seconds - asyncio.get_running_loop().time() % self._seconds)
        context.respond(reply)


_PARTS = 40


@fault("answers-over")
class AnswersOver(Fault):
    """The right answer, a few bytes at a time: it is late in the end, though never silent for long.

    Whether that is a fault is a matter of the time. The ingest has stored the event.
    """

    pattern = "the {upstream} answers over {ms} ms"
    about = "the right answer in 40 parts, the last one after this time; not a fault within the target's timeout"
    family = ""
    may_store = True
    holds = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how long.

        Raises:
            ContractError: It is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000

    async def play(self, context: FaultContext) -> None:
        """Answer part by part, as long as anybody listens."""
        reply = context.reply()
        data = reply.head(close=not context.connection.keep_alive) + reply.body
        size = max(1, -(-len(data) // _PARTS))
        await context.respond_in([data[at : at + size] for at in range(0, len(data), size)], over=self._seconds)


_FIRST_ERROR = 400
_LAST_ERROR = 599


@fault("fails-after")
class FailsAfter(Fault):
    """An error answer, late. The event is not stored, whether or not anyone waits for the answer."""

    pattern = "the {upstream} fails with {status} after {ms} ms"
    about = "an error answer, 400 to 599, after a delay"
    family = "upstream-*"
    holds = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the pause.

        Raises:
            ContractError: The status is no error, or the pause is no number of milliseconds, or longer than a minute.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST_ERROR, _LAST_ERROR)
        self._seconds = whole_number(parameters["ms"], _LONGEST, "milliseconds") / 1000

    async def play(self, context: FaultContext) -> None:
        """Wait, then fail."""
        if await context.pause(self._seconds):
            context.respond(error_reply(self._status, context.here))
