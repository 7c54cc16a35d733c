"""Faults of time: an answer that comes late, in pieces, stops half-way, or never comes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.base import Fault, an_error_status, fault, fault_of, milliseconds
from bothends.world.faults.statuses import error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


# An answer that never comes, or not whole.


def _begin_head(context: FaultContext) -> None:
    reply = context.reply()
    context.begin(reply.head()[:-8], reply.status)


def _answer_by_half(context: FaultContext) -> None:
    reply = context.reply()
    context.begin(reply.head() + reply.body[: len(reply.body) // 2], reply.status)


_endless = partial(fault_of, family="upstream-timeout", holds=True)
_endless(
    "hangs",
    "the {upstream} hangs",
    "the request is read, and no answer is sent",
    "Not a byte, and the connection stays open until the target gives up. The event is not stored.",
    tried="upstream-timeout/hangs",
    plays=lambda _: None,
)
_endless(
    "stalls-in-head",
    "the {upstream} stalls in the head",
    "the start of a head, then nothing until the target gives up",
    "A status line and half a header; the connection stays open. The ingest has stored the event.",
    tried="upstream-timeout/stalls-in-head",
    may_store=True,
    plays=_begin_head,
)
_endless(
    "stalls-in-body",
    "the {upstream} stalls in the body",
    "the first half of the right answer, then nothing until the target gives up",
    "The right head and half the body; the connection stays open. The ingest has stored the event.",
    tried="upstream-timeout/stalls-in-body",
    in_words=True,
    may_store=True,
    plays=_answer_by_half,
)


# An answer that is late. The ingest has stored the event by then, whether or not anyone waits to hear it.

_PARTS = 40


async def _answer_after(context: FaultContext, ms: int) -> None:
    reply = context.reply()
    await context.pause(ms / 1000)
    context.respond(reply)


async def _answer_over(context: FaultContext, ms: int) -> None:
    """Answer part by part, as long as anybody listens."""
    reply = context.reply()
    data = reply.head(close=not context.connection.keep_alive) + reply.body
    size = max(1, -(-len(data) // _PARTS))
    await context.respond_in([data[at : at + size] for at in range(0, len(data), size)], over=ms / 1000)


async def _fail_after(context: FaultContext, status: int, ms: int) -> None:
    if await context.pause(ms / 1000):
        context.respond(error_reply(status, context.here))


_late = partial(fault_of, family="", may_store=True, holds=True)
_late(
    "answers-after",
    "the {upstream} answers after {ms} ms",
    "the right answer after a delay; not a fault while the delay is well within the target's timeout",
    "The event is stored at once.",
    reads={"ms": milliseconds},
    plays=_answer_after,
)


@fault("answers-together")
class AnswersTogether(Fault):
    """The right answer, late, and at the same moment for all that wait: what they do next, they do at once."""

    pattern = "the {upstream} answers all that wait every {ms} ms"
    about = (
        "the right answer at the next multiple of this time, so that all requests that wait are answered in the same "
        "moment; not a fault while it is well within the target's timeout"
    )
    family = ""
    may_store = True
    holds = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the time from one moment to the next: milliseconds, at least one, a minute at most."""
        super().__init__(upstream, parameters)
        self._seconds = milliseconds(parameters["ms"]) / 1000
        if not self._seconds:
            raise ContractError(f"The {upstream} can't answer every 0 ms")

    async def play(self, context: FaultContext) -> None:
        """Store at once, wait for the others, then answer."""
        reply = context.reply()
        await context.pause(self._seconds - asyncio.get_running_loop().time() % self._seconds)
        context.respond(reply)


_late(
    "answers-over",
    "the {upstream} answers over {ms} ms",
    "the right answer in 40 parts, the last one after this time; not a fault within the target's timeout",
    "Late in the end, though never silent for long. Whether that is a fault is a matter of the time.",
    reads={"ms": milliseconds},
    plays=_answer_over,
)
fault_of(
    "fails-after",
    "the {upstream} fails with {status} after {ms} ms",
    "an error answer, 400 to 599, after a delay",
    "An error answer, late. The event is not stored, whether or not anyone waits for the answer.",
    family="upstream-*",
    holds=True,
    reads={"status": an_error_status, "ms": milliseconds},
    plays=_fail_after,
)
