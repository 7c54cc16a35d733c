"""Faults of an answer's body: other JSON than the schema has, none at all, or far too much."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.base import INGEST, Fault, fault, json_text, status_of, whole_number
from bothends.world.http import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


_FIRST = 200
_LAST = 599


@fault("answers-json")
class AnswersJson(Fault):
    """A complete answer in JSON, which is not what was asked for. The event is not stored."""

    pattern = "the {upstream} answers {status} with the JSON {json}"
    about = "a complete answer of any status, with this JSON text as its body"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the text.

        Raises:
            ContractError: The status is none that ends an exchange, or the text is no JSON.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._body = json_text(parameters["json"])

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        context.respond(Reply(self._status, (("content-type", "application/json"),), self._body))


@fault("answers-as")
class AnswersAs(Fault):
    """The right answer, named otherwise: the real ingest too says `text/plain` of its JSON."""

    pattern = "the {upstream} answers as {media_type}"
    about = "the right answer with another media type; not a fault"
    family = ""

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        reply = context.reply()
        headers = [(name, value) for name, value in reply.headers if name != "content-type"]
        named = replace(reply, headers=(*headers, ("content-type", self.parameters["media_type"])))
        await context.respond_in([named.head(close=not context.connection.keep_alive) + named.body])


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
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._fails = self._status >= HTTPStatus.BAD_REQUEST
        if upstream == INGEST and not self._fails:
            self.family, self.recovers = "upstream-*", True

    async def play(self, context: FaultContext) -> None:
        """Answer so."""
        right = context.fake_success() if self._fails else context.reply()
        body = b"" if self._status == HTTPStatus.NO_CONTENT else right.body
        context.odd = not self._fails
        context.respond(replace(right, status=self._status, body=body))


_MOST = 1_000_000


@fault("answers-deep")
class AnswersDeep(Fault):
    """200 and so many arrays, one in the other: parsers that recurse fail at it. The event is not stored."""

    pattern = "the {upstream} answers {levels} arrays deep"
    about = "200 and JSON with this many levels"
    family = "upstream-*"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the depth.

        Raises:
            ContractError: It is no number, or over a million.
        """
        super().__init__(upstream, parameters)
        self._levels = whole_number(parameters["levels"], _MOST, "levels")

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        body = b"[" * self._levels + b"]" * self._levels
        context.respond(Reply(200, (("content-type", "application/json"),), body))


_UNPACKED = 32 << 20


@cache
def bomb() -> bytes:
    """Return a JSON text of 32 MiB, packed with gzip into a thousandth of that."""
    return gzip.compress(b'"' + b"a" * (_UNPACKED - 2) + b'"', mtime=0)


@fault("answers-bomb", tried="upstream-unclear/gzip-bomb")
class AnswersBomb(Fault):
    """200 and `Content-Encoding: gzip`, whether the target takes that or not. The event is not stored."""

    pattern = "the {upstream} answers with a gzip bomb"
    about = "200 and 32 KiB that unpack to 32 MiB of JSON"
    family = "upstream-*"
    in_words = True

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        body = await asyncio.to_thread(bomb)
        context.respond(Reply(200, (("content-type", "application/json"), ("content-encoding", "gzip")), body))


_SIZE = 1 << 30
_PART = b"a" * (256 << 10)
_PAUSE = 0.004  # 64 MiB a second at most: it is the target's limits that are tried, not the machine's


@fault("answers-gigabyte", tried="upstream-unclear/gigabyte")
class AnswersGigabyte(Fault):
    """200 and a JSON text of a gigabyte, as fast as it is read. The event is not stored."""

    pattern = "the {upstream} answers a gigabyte"
    about = "200 and a text of 1 GiB, until the target stops reading"
    family = "upstream-*"
    in_words = True
    outlasts = True

    async def play(self, context: FaultContext) -> None:
        """Send until nobody listens any more."""
        connection = context.connection
        context.begin(Reply(200, (("content-type", "application/json"),)).head().replace(b": 0", b": %d" % _SIZE), 200)
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


_KIB = 1024
_LONGEST_BODY = 64


@fault("answers-at-length")
class AnswersAtLength(Fault):
    """The right answer with white space after its JSON (RFC 8259, section 2), up to a length."""

    pattern = "the {upstream} answers in {kib} KiB"
    about = "the right answer, padded with white space to this length; not a fault"
    family = ""

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the length.

        Raises:
            ContractError: It is no number, or one that a target may find too great.
        """
        super().__init__(upstream, parameters)
        self._length = whole_number(parameters["kib"], _LONGEST_BODY, "KiB") * _KIB

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        reply = context.reply()
        if reply.status == HTTPStatus.NO_CONTENT:
            context.respond(reply)  # RFC 9110 section 15.3.5: it has no body that could be longer
            return
        padded = replace(reply, body=reply.body.ljust(self._length))
        await context.respond_in([padded.head(close=not context.connection.keep_alive) + padded.body])


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


_GARBAGE = Reply(200, (("content-type", "application/json"),), b"lskdu018973t09sylgasjkfg1][]'./.sdlv")


@fault("answers-garbage", tried="upstream-wrong/answers-garbage")
class AnswersGarbage(Fault):
    """A complete, well-formed HTTP answer that says JSON and holds none. The event is not stored."""

    pattern = "the {upstream} answers garbage"
    about = "200 application/json with a body that is not JSON"
    family = "upstream-wrong"
    in_words = True

    async def play(self, context: FaultContext) -> None:
        """Answer with garbage."""
        context.respond(_GARBAGE)
