"""Faults of an answer's body: other JSON than the schema has, none at all, or far too much."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.base import INGEST, Fault, a_status, fault, fault_of, json_text, whole_number
from bothends.world.http import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext

_JSON = (("content-type", "application/json"),)


def _answer(context: FaultContext, status: int, json: bytes) -> None:
    context.respond(Reply(status, _JSON, json))


async def _answer_as(context: FaultContext, media_type: str) -> None:
    reply = context.reply()
    headers = [(name, value) for name, value in reply.headers if name != "content-type"]
    named = replace(reply, headers=(*headers, ("content-type", media_type)))
    await context.respond_in([named.head(close=not context.connection.keep_alive) + named.body])


fault_of(
    "answers-json",
    "the {upstream} answers {status} with the JSON {json}",
    "a complete answer of any status, with this JSON text as its body",
    "A complete answer in JSON, which is not what was asked for. The event is not stored.",
    family="upstream-wrong",
    in_words=True,
    reads={"status": a_status, "json": json_text},
    plays=_answer,
)
fault_of(
    "answers-as",
    "the {upstream} answers as {media_type}",
    "the right answer with another media type; not a fault",
    "The right answer, named otherwise: the real ingest too says `text/plain` of its JSON.",
    family="",
    reads={"media_type": str},
    plays=_answer_as,
)


@fault("says-otherwise")
class SaysOtherwise(Fault):
    """The body of a success under another status. Of an error nothing is stored, of a success the event is.

    The real ingest never acknowledges with another success: whether a target takes it for one is its choice.
    """

    pattern = "the {upstream} answers {status} as if all were well"
    about = "the body of the right answer with another status; with a 2xx, the ingest has stored the event"
    family = "upstream-wrong"
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is none that ends an exchange.
        """
        super().__init__(upstream, parameters)
        self._status = a_status(parameters["status"])
        self._fails = self._status >= HTTPStatus.BAD_REQUEST
        if upstream == INGEST and not self._fails:
            self.family, self.recovers = "upstream-*", True

    async def play(self, context: FaultContext) -> None:
        """Answer so."""
        right = context.fake_success() if self._fails else context.reply()
        body = b"" if self._status == HTTPStatus.NO_CONTENT else right.body
        context.odd = not self._fails
        context.respond(replace(right, status=self._status, body=body))


# Answers that a parser, or a limit, has to be ready for.

_MOST = 1_000_000
_UNPACKED = 32 << 20
_SIZE = 1 << 30
_PART = b"a" * (256 << 10)
_PAUSE = 0.004  # 64 MiB a second at most: it is the target's limits that are tried, not the machine's


@cache
def bomb() -> bytes:
    """Return a JSON text of 32 MiB, packed with gzip into a thousandth of that."""
    return gzip.compress(b'"' + b"a" * (_UNPACKED - 2) + b'"', mtime=0)


async def _answer_bomb(context: FaultContext) -> None:
    """Answer so, whether the target takes gzip or not."""
    body = await asyncio.to_thread(bomb)
    context.respond(Reply(200, (*_JSON, ("content-encoding", "gzip")), body))


async def _answer_gigabyte(context: FaultContext) -> None:
    """Send until nobody listens any more."""
    connection = context.connection
    context.begin(Reply(200, _JSON).head().replace(b": 0", b": %d" % _SIZE), 200)
    connection.write(b'"')
    left = _SIZE - 2
    while left and await context.pause(_PAUSE) and not connection.abandoned:
        if not connection.unsent:
            connection.write(_PART[:left])
            left -= min(left, len(_PART))
    connection.write(b'"')
    if left:
        connection.reset()
    else:
        connection.done()


_large = partial(fault_of, family="upstream-*", in_words=True)
_large(
    "answers-deep",
    "the {upstream} answers {levels} arrays deep",
    "200 and JSON with this many levels",
    "So many arrays, one in the other: parsers that recurse fail at it. The event is not stored.",
    reads={"levels": lambda text: whole_number(text, _MOST, "levels")},
    plays=lambda context, levels: _answer(context, 200, b"[" * levels + b"]" * levels),
)
_large(
    "answers-bomb",
    "the {upstream} answers with a gzip bomb",
    "200 and 32 KiB that unpack to 32 MiB of JSON",
    "Small on the wire, and large for a target that unpacks it without a limit. The event is not stored.",
    tried="upstream-unclear/gzip-bomb",
    plays=_answer_bomb,
)
_large(
    "answers-gigabyte",
    "the {upstream} answers a gigabyte",
    "200 and a text of 1 GiB, until the target stops reading",
    "As fast as it is read. The event is not stored.",
    tried="upstream-unclear/gigabyte",
    outlasts=True,
    plays=_answer_gigabyte,
)


_KIB = 1024
_LONGEST_BODY = 64


async def _answer_at_length(context: FaultContext, kib: int) -> None:
    reply = context.reply()
    if reply.status == HTTPStatus.NO_CONTENT:
        context.respond(reply)  # RFC 9110 section 15.3.5: it has no body that could be longer
        return
    padded = replace(reply, body=reply.body.ljust(kib * _KIB))
    await context.respond_in([padded.head(close=not context.connection.keep_alive) + padded.body])


fault_of(
    "answers-at-length",
    "the {upstream} answers in {kib} KiB",
    "the right answer, padded with white space to this length; not a fault",
    "White space may stand after JSON (RFC 8259, section 2).",
    family="",
    reads={"kib": lambda text: whole_number(text, _LONGEST_BODY, "KiB")},
    plays=_answer_at_length,
)


@fault("answers-the-same")
class AnswersTheSame(Fault):
    """No fault: the world is otherwise at pains to answer each request with something new."""

    pattern = "the {upstream} answers the same each time"
    about = "the same right answer to all requests, like settings that are not edited; not a fault"
    family = ""

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Begin without an answer.

        Raises:
            ContractError: It is about the ingest, which acknowledges each event by an ID of its own.
        """
        super().__init__(upstream, parameters)
        if upstream == INGEST:
            raise ContractError(
                "The ingest gives each event an acknowledgement of its own.",
                expected="the name of an upstream other than ingest",
            )
        self._first: Reply | None = None

    async def play(self, context: FaultContext) -> None:
        """Answer as the first time."""
        if self._first is None:
            self._first = context.reply()
        context.repeat(self._first)


_GARBAGE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"

fault_of(
    "answers-garbage",
    "the {upstream} answers garbage",
    "200 application/json with a body that is not JSON",
    "A complete, well-formed HTTP answer that says JSON and holds none. The event is not stored.",
    tried="upstream-wrong/answers-garbage",
    family="upstream-wrong",
    in_words=True,
    plays=lambda context: _answer(context, 200, _GARBAGE),
)
