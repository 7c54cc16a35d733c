"""How clients behave: a behaviour is a sentence, and what is done with a connection."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bothends.client.waits import LEAVES_AFTER, QUIET
from bothends.errors import HarnessError
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bothends.client.raw_connection import RawConnection


# What a behaviour is: a way in which a client sends a request, other than a good client's.


@dataclass(frozen=True, slots=True)
class ClientBehaviour:
    """A behaviour. A new one is one function, registered by `behaviour`.

    Attributes:
        sentence: Names it: `the body comes in drips`.
        about: What it does on the wire.
        play: Sends the line's payload, once it is connected, and waits for as long as such a client would.
        seconds: How long it takes with what is waited for when it has gone, about.
    """

    sentence: str
    about: str
    play: Callable[[RawConnection], Awaitable[None]]
    seconds: float = 1.0


BEHAVIOURS: Registry[ClientBehaviour] = Registry("client behaviour", lambda one: one.sentence)
"""All behaviours, in the order of their definitions."""

_Play = TypeVar("_Play", bound="Callable[[RawConnection], Awaitable[None]]")


def behaviour(sentence: str, about: str, seconds: float = 1.0) -> Callable[[_Play], _Play]:
    """Return what registers a behaviour: the function that plays it, and `about`, what it does on the wire.

    It takes about so many seconds, with what is waited for when it has gone: lanes and shards share the work by that.
    """

    def take_in(play: _Play) -> _Play:
        BEHAVIOURS.add(ClientBehaviour(sentence, about, play, seconds))
        return play

    return take_in


def behaviour_of(sentence: str) -> ClientBehaviour:
    """Return the behaviour of a sentence, or raise a `HarnessError`."""
    found = BEHAVIOURS.find(sentence)
    if found is None:
        raise HarnessError(f"Unknown client behaviour {sentence!r}", expected=" or ".join(BEHAVIOURS.names))
    return found


# The client has a connection for itself, and reads all that comes.


@behaviour(
    "on a connection of its own",
    "all bytes at once; every answer is read, expected or not, until nothing more comes",
)
async def _own_connection(connection: RawConnection) -> None:
    connection.write(connection.payload.whole)
    await connection.wait.for_answers(connection.wait.least_wait)


# The client sends all that it has at once, and waits for each answer for as long as a good client would.


@behaviour(
    "the client waits for each answer",
    "all bytes at once; the client waits for all expected answers, up to the time limit",
)
async def _waits_for_each(connection: RawConnection) -> None:
    connection.write(connection.payload.whole)
    await connection.wait.for_answers(connection.wait.time_limit)


# The body comes in a few pieces, each of which ends within a character of several bytes where there is one.

_PIECES = 4
# Apart enough for each to be read by itself, and no slower than a bad network.
_PAUSE = 0.03
_CONTINUATION = 0b10


def cuts(body: bytes, pieces: int) -> Iterator[int]:
    """Yield where to cut a body, in order: before a byte that continues a character in UTF-8, if one is near."""
    for number in range(1, pieces):
        place = len(body) * number // pieces
        inside = (at for at in range(place, min(place + 8, len(body))) if body[at] >> 6 == _CONTINUATION)
        yield next(inside, place)


@behaviour("the body comes in pieces", "the head, then the body in four pieces, cut within a character", seconds=0.3)
async def _in_pieces(connection: RawConnection) -> None:
    connection.write(connection.payload.head)
    start = 0
    for end in (*cuts(connection.payload.body, _PIECES), len(connection.payload.body)):
        await connection.wait.until(lambda: connection.heard.answered, _PAUSE)
        connection.write(connection.payload.body[start:end])
        start = end
    await connection.wait.for_answers(connection.wait.time_limit)


# The head or the body of the request comes in small pieces, with pauses.

_DRIPS = 10
_DRIP_PAUSE = 0.08


@behaviour("the head comes in drips", "the head in ten pieces over most of a second, then the body")
async def _head_drips(connection: RawConnection) -> None:
    await connection.drip(connection.payload.head, _DRIPS, _DRIP_PAUSE)
    connection.write(connection.payload.body)
    await connection.wait.for_answers(connection.wait.least_wait)


@behaviour("the body comes in drips", "the head, then the body in ten pieces over most of a second")
async def _body_drips(connection: RawConnection) -> None:
    connection.write(connection.payload.head)
    await connection.drip(connection.payload.body, _DRIPS, _DRIP_PAUSE)
    await connection.wait.for_answers(connection.wait.least_wait)


# The client stops in the middle of the head, keeps the connection for a while, and goes.


@behaviour("the client stops in the head", "the head without its end, then silence, then a FIN")
async def _stops_in_head(connection: RawConnection) -> None:
    # All but the empty line that ends the head: what is there could be taken for the whole.
    connection.write(connection.payload.head[:-2])
    await connection.wait.for_answers(LEAVES_AFTER)


# The client stops in the middle of the body, keeps the connection for a while, and goes.


@behaviour("the client stops in the body", "the head and half the body, then silence, then a FIN")
async def _stops_in_body(connection: RawConnection) -> None:
    connection.write(connection.payload.head + connection.payload.body[: len(connection.payload.body) // 2])
    await connection.wait.for_answers(LEAVES_AFTER)


# The client asks whether to send its body, and waits a little for the word (RFC 9110, section 10.1.1).

# A client must not wait for ever: there are servers that never say it.
_LONGEST_WAIT = 0.5


@behaviour(
    "the client waits to be told to go on",
    "the head; after `100 Continue`, or half a second without it, the body; after a final answer, nothing more",
)
async def _expects_continue(connection: RawConnection) -> None:
    connection.write(connection.payload.head)
    await connection.wait.until(lambda: connection.heard.has_received, _LONGEST_WAIT)
    if not connection.heard.answered:
        connection.write(connection.payload.body)
    await connection.wait.for_answers(connection.wait.time_limit)


# The body of a request that is refused comes after its answer, and then a second request over the same connection.
#
# The second is written once, when the first is answered: over the same connection where the target keeps it, else over
# a new one. Written behind a first one that is not answered yet, it might be executed though no answer to it comes
# (RFC 9112, sections 9.3.2 and 9.6), and nobody could tell whether it may be sent again.

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


@behaviour(
    "the rest comes after the answer",
    "the head; after its answer, or half a second, the body, and a second request, on a new connection if needed",
)
async def _rest_comes_late(connection: RawConnection) -> None:
    connection.one_by_one()
    length = _LENGTH.search(connection.payload.head)
    size = len(connection.payload.body) if connection.payload.asked == 1 else int(length[1]) if length else 0
    rest, second = connection.payload.body[:size], connection.payload.body[size:]
    connection.write(connection.payload.head)
    await connection.wait.until(lambda: connection.heard.answered, _LONGEST_WAIT)
    if not connection.heard.ended:
        connection.write(rest)
        await connection.wait.until(lambda: connection.heard.answered, connection.wait.time_limit)
    if connection.payload.asked > 1 and connection.heard.answered:
        await connection.wait.until(lambda: connection.heard.ended, QUIET)
        if connection.heard.ended:
            # The target ends the connection after its answer, as it may: what follows goes over another one.
            await connection.again()
        connection.next(second)
    await connection.wait.for_answers(connection.wait.time_limit)


# The client says that it sends no more, and waits for its answer: legal (RFC 9112, section 9.6).


@behaviour("the client half-closes", "all bytes, then a FIN; the client waits for the answer")
async def _half_closes(connection: RawConnection) -> None:
    connection.write(connection.payload.whole)
    connection.half_close()
    # It waits as any client does: a target that guarantees an answer has the time limit for it.
    await connection.wait.for_answers(connection.wait.time_limit)


# The client closes the connection while the target is at work on its request.


@behaviour(
    "the client goes away after the request",
    "all bytes; when the target works on them, the connection is closed with a FIN",
)
async def _goes_away(connection: RawConnection) -> None:
    connection.write(connection.payload.whole)
    await connection.wait.until_at_work(LEAVES_AFTER)
    connection.leave()


# The client's process dies while the target is at work on its request.


@behaviour(
    "the client resets after the request",
    "all bytes; when the target works on them, the connection is reset with a RST",
)
async def _resets(connection: RawConnection) -> None:
    connection.write(connection.payload.whole)
    await connection.wait.until_at_work(LEAVES_AFTER)
    connection.reset()


# The client never reads its answer.

_SECONDS = 0.7


@behaviour("the client never reads", "all bytes; nothing is read, and after a while the connection is reset")
async def _never_reads(connection: RawConnection) -> None:
    connection.read_no_more()
    connection.write(connection.payload.whole)
    await asyncio.sleep(_SECONDS)
    connection.reset()


# Other clients have stalled, some within the head and some within the body: a good one must be served all the same.

_OF_EACH = 3
_AHEAD = 0.05


@behaviour(
    "other clients have stalled",
    "six connections stop within a request and stay open until this client, which sends all of its own, has its answer",
)
async def _others_stalled(connection: RawConnection) -> None:
    for _ in range(_OF_EACH):
        await connection.fellow(connection.payload.head[:-2])
        if connection.payload.body:
            await connection.fellow(connection.payload.head + connection.payload.body[:-1])
    await asyncio.sleep(_AHEAD)  # a server that takes one connection after the other has taken theirs
    connection.write(connection.payload.whole)
    await connection.wait.for_answers(connection.wait.time_limit)


# Other clients are connected and ask for nothing: a server has room for them, and serves the one that asks.

# Servers are set up for a hundred connections and more: fewer than that is no more than they promise.
_FELLOWS = 64


@behaviour("other clients are idle", "sixty-four open connections without a request, until this client has its answer")
async def _others_idle(connection: RawConnection) -> None:
    for _ in range(_FELLOWS):
        await connection.fellow(b"")
    await connection.afresh()  # the last to come
    if not connection.heard.over:
        connection.write(connection.payload.whole)
        await connection.wait.for_answers(connection.wait.time_limit)


# The client has a connection, and asks nothing over it until the target has long been at work on others.

LATER = 0.2
"""Seconds for which the target has been at work on others when the client asks."""


@behaviour(
    "the client asks later",
    "a connection; when the target has worked on other requests for a while, and has not closed it, all bytes at once",
)
async def _asks_later(connection: RawConnection) -> None:
    await connection.wait.until_at_work(LEAVES_AFTER)
    await asyncio.sleep(LATER)
    if not connection.heard.over:
        connection.write(connection.payload.whole)
        await connection.wait.for_answers(connection.wait.least_wait)


# The client connects when the target has long been at work on others, and may be refused.


@behaviour(
    "the client comes later",
    "no byte; when the target has worked on other requests for a while, a new connection and all bytes at once",
)
async def _comes_later(connection: RawConnection) -> None:
    await connection.wait.until_at_work(LEAVES_AFTER)
    await asyncio.sleep(LATER)
    await connection.again()
    if not connection.heard.over:
        connection.write(connection.payload.whole)
        await connection.wait.for_answers(connection.wait.least_wait)
