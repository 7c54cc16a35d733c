"""How clients behave: a behaviour is a sentence, and what is done with a connection."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.client.raw_connection import LEAVES_AFTER, QUIET
from bothends.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from bothends.client.raw_connection import RawConnection


# What a behaviour is: a way in which a client sends a request, other than a good client's.


@dataclass(frozen=True, slots=True)
class ClientBehaviour:
    """A behaviour. A new one is one definition in this file, and one line in `BEHAVIOURS`.

    Attributes:
        sentence: Names it: `the body comes in drips`.
        about: What it is on the wire.
        play: Sends the line's payload, once it is connected, and waits for as long as such a client would.
    """

    sentence: str
    about: str
    play: Callable[[RawConnection], Awaitable[None]]


# The client has a connection for itself, and reads all that comes.


async def _own_connection(connection: RawConnection) -> None:
    connection.write(connection.payload)
    await connection.answers(LEAVES_AFTER)


OWN_CONNECTION = ClientBehaviour(
    "on a connection of its own",
    "all bytes at once; every answer that comes is read, asked for or not, until nothing more comes",
    _own_connection,
)


# The client sends all that it has at once, and waits for each answer for as long as a good client would.


async def _waits_for_each(connection: RawConnection) -> None:
    connection.write(connection.payload)
    await connection.answers(connection.time_limit)


WAITS_FOR_EACH = ClientBehaviour(
    "the client waits for each answer",
    "all bytes at once; all answers that were asked for are waited for, up to the time limit",
    _waits_for_each,
)


# The body comes in a few pieces, each of which ends within a character of several bytes where there is one.

_PIECES = 4
# Apart enough for each to be read by itself, and no slower than a bad network.
_PAUSE = 0.03
_CONTINUATION = 0b10


def cuts(body: bytes, pieces: int) -> Iterator[int]:
    """Yield where to cut a body, in order: before a byte that continues a character in UTF-8, if one is near.

    Args:
        body: What is cut.
        pieces: Into how many pieces.
    """
    for number in range(1, pieces):
        place = len(body) * number // pieces
        inside = (at for at in range(place, min(place + 8, len(body))) if body[at] >> 6 == _CONTINUATION)
        yield next(inside, place)


async def _in_pieces(connection: RawConnection) -> None:
    connection.write(connection.head)
    start = 0
    for end in (*cuts(connection.body, _PIECES), len(connection.body)):
        await connection.until(lambda: connection.answered, _PAUSE)
        connection.write(connection.body[start:end])
        start = end
    await connection.answers(connection.time_limit)


IN_PIECES = ClientBehaviour(
    "the body comes in pieces", "the head, then the body in four pieces, cut within a character", _in_pieces
)


# The head of the request comes in small pieces, with pauses.

_PIECES_HEAD_DRIPS = 10
_PAUSE_HEAD_DRIPS = 0.08


async def _head_drips(connection: RawConnection) -> None:
    await connection.drip(connection.head, _PIECES_HEAD_DRIPS, _PAUSE_HEAD_DRIPS)
    connection.write(connection.body)
    await connection.answers(LEAVES_AFTER)


HEAD_DRIPS = ClientBehaviour(
    "the head comes in drips", "the head in ten pieces over most of a second, then the body", _head_drips
)


# The body of the request comes in small pieces, with pauses.


async def _body_drips(connection: RawConnection) -> None:
    connection.write(connection.head)
    await connection.drip(connection.body, _PIECES, _PAUSE)
    await connection.answers(LEAVES_AFTER)


BODY_DRIPS = ClientBehaviour(
    "the body comes in drips", "the head, then the body in ten pieces over most of a second", _body_drips
)


# The client stops in the middle of the head, keeps the connection for a while, and goes.


async def _stops_in_head(connection: RawConnection) -> None:
    # All but the empty line that ends the head: what is there could be taken for the whole.
    connection.write(connection.head[:-2])
    await connection.answers(LEAVES_AFTER)


STOPS_IN_HEAD = ClientBehaviour(
    "the client stops in the head", "the head without its end, then silence, then a FIN", _stops_in_head
)


# The client stops in the middle of the body, keeps the connection for a while, and goes.


async def _stops_in_body(connection: RawConnection) -> None:
    connection.write(connection.head + connection.body[: len(connection.body) // 2])
    await connection.answers(LEAVES_AFTER)


STOPS_IN_BODY = ClientBehaviour(
    "the client stops in the body", "the head and half the body, then silence, then a FIN", _stops_in_body
)


# The client asks whether to send its body, and waits a little for the word (RFC 9110, section 10.1.1).

# A client must not wait for ever: there are servers that never say it.
_LONGEST_WAIT = 0.5


async def _expects_continue(connection: RawConnection) -> None:
    connection.write(connection.head)
    await connection.until(lambda: connection.has_received, _LONGEST_WAIT)
    if not connection.answered:
        connection.write(connection.body)
    await connection.answers(connection.time_limit)


EXPECTS_CONTINUE = ClientBehaviour(
    "the client waits to be told to go on",
    "the head; after `100 Continue`, or half a second without it, the body; after a final answer, nothing more",
    _expects_continue,
)


# The body of a request that is refused comes after its answer, and then a second request over the same connection.
#
# The second is written once, when the first is answered: over the same connection where the target keeps it, else over
# a new one. Written behind a first one that is not answered yet, it might be executed though no answer to it comes
# (RFC 9112, sections 9.3.2 and 9.6), and nobody could tell whether it may be sent again.

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


async def _rest_comes_late(connection: RawConnection) -> None:
    connection.one_by_one()
    length = _LENGTH.search(connection.head)
    size = len(connection.body) if connection.asked == 1 else int(length[1]) if length else 0
    rest, second = connection.body[:size], connection.body[size:]
    connection.write(connection.head)
    await connection.until(lambda: connection.answered, _LONGEST_WAIT)
    if not connection.ended:
        connection.write(rest)
        await connection.until(lambda: connection.answered, connection.time_limit)
    if connection.asked > 1 and connection.answered:
        await connection.until(lambda: connection.ended, QUIET)
        if connection.ended:
            # The target ends the connection after its answer, as it may: what follows goes over another one.
            await connection.again()
        connection.next(second)
    await connection.answers(connection.time_limit)


REST_COMES_LATE = ClientBehaviour(
    "the rest comes after the answer",
    "the head; after its answer, or half a second, the body, and a second request: over a new connection if need be",
    _rest_comes_late,
)


# The client says that it sends no more, and waits for its answer: legal (RFC 9112, section 9.6).


async def _half_closes(connection: RawConnection) -> None:
    connection.write(connection.payload)
    connection.half_close()
    await connection.answers(LEAVES_AFTER)


HALF_CLOSES = ClientBehaviour("the client half-closes", "all bytes, then a FIN; the answer is waited for", _half_closes)


# The client closes the connection while the target is at work on its request.


async def _goes_away(connection: RawConnection) -> None:
    connection.write(connection.payload)
    await connection.until_at_work(LEAVES_AFTER)
    connection.leave()


GOES_AWAY = ClientBehaviour(
    "the client goes away after the request",
    "all bytes; when the target is seen to be at work on them, the connection is closed with a FIN",
    _goes_away,
)


# The client's process dies while the target is at work on its request.


async def _resets(connection: RawConnection) -> None:
    connection.write(connection.payload)
    await connection.until_at_work(LEAVES_AFTER)
    connection.reset()


RESETS = ClientBehaviour(
    "the client resets after the request",
    "all bytes; when the target is seen to be at work on them, the connection is broken off with a RST",
    _resets,
)


# The client never reads its answer.

_SECONDS = 0.7


async def _never_reads(connection: RawConnection) -> None:
    connection.read_no_more()
    connection.write(connection.payload)
    await asyncio.sleep(_SECONDS)
    connection.reset()


NEVER_READS = ClientBehaviour(
    "the client never reads", "all bytes; nothing is read, and at last the connection is broken off", _never_reads
)


# Other clients have stalled, some within the head and some within the body: a good one must be served all the same.

_OF_EACH = 3
_AHEAD = 0.05


async def _others_stalled(connection: RawConnection) -> None:
    for _ in range(_OF_EACH):
        await connection.fellow(connection.head[:-2])
        if connection.body:
            await connection.fellow(connection.head + connection.body[:-1])
    await asyncio.sleep(_AHEAD)  # a server that takes one connection after the other has taken theirs
    connection.write(connection.payload)
    await connection.answers(connection.time_limit)


OTHERS_STALLED = ClientBehaviour(
    "other clients have stalled",
    "six connections stop within a request and stay open until this client, who does not, has its answer",
    _others_stalled,
)


# Other clients are connected and ask for nothing: a server has room for them, and serves the one that asks.

# Servers are set up for a hundred connections and more: fewer than that is no more than they promise.
_FELLOWS = 64


async def _others_idle(connection: RawConnection) -> None:
    for _ in range(_FELLOWS):
        await connection.fellow(b"")
    await connection.afresh()  # the last to come
    if not connection.over:
        connection.write(connection.payload)
        await connection.answers(connection.time_limit)


OTHERS_IDLE = ClientBehaviour(
    "other clients are idle",
    "sixty-four connections over which nothing is sent, until this client has its answer",
    _others_idle,
)


# The client has a connection, and asks nothing over it until the target has long been at work on others.

LATER = 0.2
"""Seconds for which the target has been at work on others when the client asks."""


async def _asks_later(connection: RawConnection) -> None:
    await connection.until_at_work(LEAVES_AFTER)
    await asyncio.sleep(LATER)
    if not connection.over:
        connection.write(connection.payload)
        await connection.answers(LEAVES_AFTER)


ASKS_LATER = ClientBehaviour(
    "the client asks later",
    "a connection; when the target has been at work on others for a while, and has not ended it, all bytes at once",
    _asks_later,
)


# The client connects when the target has long been at work on others, and may be refused.


async def _comes_later(connection: RawConnection) -> None:
    await connection.until_at_work(LEAVES_AFTER)
    await asyncio.sleep(LATER)
    await connection.again()
    if not connection.over:
        connection.write(connection.payload)
        await connection.answers(LEAVES_AFTER)


COMES_LATER = ClientBehaviour(
    "the client comes later",
    "no byte; when the target has been at work on others for a while, a new connection and all bytes at once",
    _comes_later,
)


# All behaviours, by their sentences. A new one is one definition above and one line here.


def table(behaviours: Iterable[ClientBehaviour]) -> Mapping[str, ClientBehaviour]:
    """Return behaviours by their sentences.

    Raises:
        ValueError: Two have one sentence.
    """
    found: dict[str, ClientBehaviour] = {}
    for behaviour in behaviours:
        if behaviour.sentence in found:
            raise ValueError(f"two client behaviours are called {behaviour.sentence!r}")
        found[behaviour.sentence] = behaviour
    return found


BEHAVIOURS: Mapping[str, ClientBehaviour] = table(
    (
        OWN_CONNECTION,
        WAITS_FOR_EACH,
        IN_PIECES,
        HEAD_DRIPS,
        BODY_DRIPS,
        STOPS_IN_HEAD,
        STOPS_IN_BODY,
        EXPECTS_CONTINUE,
        REST_COMES_LATE,
        HALF_CLOSES,
        GOES_AWAY,
        RESETS,
        NEVER_READS,
        OTHERS_STALLED,
        OTHERS_IDLE,
        ASKS_LATER,
        COMES_LATER,
    )
)


def behaviour_of(sentence: str) -> ClientBehaviour:
    """Return the behaviour of a sentence.

    Raises:
        HarnessError: There is none.
    """
    if sentence not in BEHAVIOURS:
        raise HarnessError(f"no client behaviour is called {sentence!r}", expected=" or ".join(BEHAVIOURS))
    return BEHAVIOURS[sentence]
