"""The HTTP/1.1 client that sends exchanges to a target: quick, bounded, and exact about bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from bothends.client.behaviours import behaviour_of
from bothends.client.connector import Connector, parse_base_url
from bothends.client.message import compose, fill
from bothends.client.payload import Payload
from bothends.client.raw_connection import RawConnection
from bothends.client.response import BODY_LIMIT, HEAD_LIMIT, ResponseReader
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from bothends.client.connection import Connection, Outcome
    from bothends.client.connector import Resolve
    from bothends.clock import Clock
    from bothends.records import Case, Credential, Request

# Servers close idle connections after two seconds and more: a request must not meet that.
_MOST_IDLE = 1.0
_MOST_KEPT = 256
# Of a body up to here a server has mostly read all when it refuses it; of a longer one it may leave a part unread, and
# then it may end the connection whatever its answer says (RFC 9112 section 9.6).
_READ_WHOLE = 8192
_UNREADABLE = frozenset(map(HTTPStatus, (400, 408, 414, 431, 501, 505)))
"""What a server answers to bytes that it can't read as a request, and then ends the connection."""
_KEEP_ALIVE = re.compile(r"\btimeout\s*=\s*(\d+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as sent, and what came of it.

    Attributes:
        answer: The answer, or why there is none.
        began: When the first byte was sent, or the connecting began where it failed; by the clock, seconds.
        ended: When the answer was whole, or its absence certain; by the clock, seconds.
        request: The request with all that the client added.
        connection: Counts the client's connections, from 1; 0 when none was made.
        reused: Whether the connection had carried a request before.
        stale: Whether a connection that had carried a request before ended before any byte of the answer to this one.
            The target may have closed it while it was idle, or may have executed the request (RFC 9112, sections 9.3.1
            and 9.6): nobody can know. The client reuses none from then on.
        further: Answers that came after it over the same connection, and that nobody had asked for.
        former: The case whose request went before on its connection, where what came may be left over from that one: no
            HTTP, or the refusal of bytes that are no request; None: that can't be, or is not known.
    """

    answer: Answer | NoAnswer
    began: float
    ended: float
    request: Request
    connection: int
    reused: bool
    stale: bool = False
    further: tuple[Answer, ...] = ()
    former: Case | None = None


class Client:
    """Sends requests to one target, and keeps connections for those that follow.

    Nothing that a target does raises. Nothing is sent twice: whether a request was executed can't be
    known, and each one counts. It belongs to the event loop that first sends with it.

    Attributes:
        base_url: The target's base URL.
        time_limit: Seconds until an answer must be whole, from when its request is sent; connecting has as long.
    """

    def __init__(  # noqa: PLR0913 -- all by name but where it sends
        self,
        base_url: str,
        *,
        clock: Clock,
        time_limit: float,
        body_limit: int = BODY_LIMIT,
        head_limit: int = HEAD_LIMIT,
        wary: bool = True,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect nothing yet; raise a `ContractError` where the base URL is none.

        A path in the base URL stands before each target. Of a body, `body_limit` bytes are read, and the rest is cut;
        with a head of more than `head_limit` bytes, an answer is `not-http`. One that is `wary` asks the kernel before
        it reuses a connection, and reuses none any more once one has ended before an answer.
        """
        self._address = parse_base_url(base_url)
        self._connector = Connector(self._address, clock=clock, time_limit=time_limit, resolve=resolve, tls=tls)
        self.base_url = self._address.url
        self.time_limit = time_limit
        self._clock = clock
        self._limits = (body_limit, head_limit)
        self._idle: list[Connection] = []
        self._wary = wary
        self._keeps = True

    async def connect(self) -> NoAnswer | None:
        """Connect ahead of the next request; return None, or why there is no connection.

        Raises:
            HarnessError: This machine is out of sockets.
        """
        made = await self._connector.connect()
        if isinstance(made, NoAnswer):
            return made
        self._idle.append(made)
        return None

    async def send(
        self,
        request: Request,
        cookies: Sequence[tuple[str, str]] = (),
        *,
        fresh: bool = False,
        case: Case | None = None,
    ) -> Sent:
        """Send a request and wait for its answer; cancelling it leaves nothing behind.

        Args:
            request: What is sent; see `message.compose` for what is added.
            cookies: Name and value pairs of the session.
            fresh: Whether a connection of its own is made for it.
            case: Whose request it is: what comes next on its connection may be left over from it.

        Raises:
            HarnessError: The request holds a line break, or this machine is out of sockets.
        """
        sent, payload = compose(request, self._address, cookies)
        called = self._clock.now()
        connection = None if fresh else self._take()
        if connection is None:
            made = await self._connector.connect()
            if isinstance(made, NoAnswer):
                return Sent(made, called, self._clock.now(), sent, connection=0, reused=False)
            connection = made
        reused = connection.uses > 0
        body_limit, head_limit = self._limits
        reader = ResponseReader(request.method, body_limit=body_limit, head_limit=head_limit)
        outcome = await connection.ask(payload, reader, self.time_limit)
        if outcome.unsent and reused:
            # Not a byte was written, so this sends nothing twice.
            return await self.send(request, cookies, fresh=True, case=case)
        stale = reused and isinstance(outcome.answer, NoAnswer) and outcome.answer.kind in {"closed", "reset"}
        stale = stale and not reader.received
        doubtful = reused and not stale and _may_be_left_over(outcome.answer, reader, had_body=connection.had_body)
        former = connection.former if doubtful else None
        connection.former, connection.had_body = case, bool(sent.body)
        # Where one is out of step, each other one may be.
        if self._wary and (stale or (doubtful and isinstance(outcome.answer, NoAnswer))):
            self._keeps = False
        self._put(connection, sent, outcome)
        return Sent(
            outcome.answer, outcome.began, outcome.ended, sent, connection.number, reused, stale=stale, former=former
        )

    async def send_with_behaviour(
        self,
        behaviour: str,
        request: Request,
        credentials: Sequence[Credential],
        at_work: Callable[[], bool],
        least_wait: float = 0.0,
    ) -> list[Sent]:
        """Send a request on a connection of its own, in some other behaviour than a good client's.

        Args:
            behaviour: The sentence of a behaviour: `the body comes in drips`.
            request: What is sent.
            credentials: What each caller shows. There is one, unless the request is raw and of two.
            at_work: Tells whether the target is seen to be at work on the request.
            least_wait: Seconds that any client waits that the target has not answered yet; there is a least for all.

        Returns:
            What came of it for each caller whose request was begun, in order; answers that nobody had asked for are
            with the last one.

        Raises:
            HarnessError: There is no such behaviour, the request holds a line break, or this machine is out of sockets.
        """
        play = behaviour_of(behaviour).play
        composed = [compose(one.applied(request), self._address, one.cookies) for one in credentials]
        payload = composed[0][1] if request.raw is None else fill(request.raw, self._address, credentials)
        connection = RawConnection(
            self._connector,
            Payload(payload, asked=len(credentials)),
            clock=self._clock,
            time_limit=self.time_limit,
            least_wait=least_wait,
            limits=self._limits,
            at_work=at_work,
        )
        refusal = await connection.connect()
        try:
            if refusal is None:
                await play(connection)
        finally:
            heard = await connection.finish()
        nothing = refusal or heard.end
        sent = []
        begun = composed if refusal else composed[: heard.begun]
        for number, (one, _) in enumerate(begun):
            last = number == len(begun) - 1
            told = heard.answers[number:] if last else heard.answers[number : number + 1]
            answer, ended = told[0] if told else (nothing, heard.ended)
            further = tuple(answer for answer, _ in told[1:])
            stale = last and heard.stale
            sent.append(
                Sent(answer, heard.began, ended, one, heard.connection, reused=False, stale=stale, further=further)
            )
        return sent

    def leave_kept(self) -> None:
        """Close the connections that are kept and idle: the next request begins one of its own."""
        while self._idle:
            self._idle.pop().drop()

    async def close(self) -> None:
        """Close all connections; what is in flight ends as `closed`."""
        self._keeps = False
        self._idle.clear()
        await self._connector.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _take(self) -> Connection | None:
        """Return the connection that was used last, if it is still good: it is the least likely to be closed.

        Once a kept one has ended before an answer, none is good: else the request would be in doubt again.
        """
        while self._idle:
            connection = self._idle.pop()
            if self._keeps and connection.fresh_enough(_MOST_IDLE, sure=self._wary):
                return connection
            connection.drop()
        return None

    def _put(self, connection: Connection, sent: Request, outcome: Outcome) -> None:
        if not connection.usable:
            return
        if not self._keeps or len(self._idle) >= _MOST_KEPT or _closes(sent, outcome.answer):
            connection.drop()
        else:
            self._idle.append(connection)


def _may_be_left_over(answer: Answer | NoAnswer, reader: ResponseReader, *, had_body: bool) -> bool:
    """Whether what came on a reused connection may be about bytes of the request before.

    A server that has not read all of that one takes the rest for the next request: it tells that it can't read it, with
    a head or without, and ends the connection.
    """
    if isinstance(answer, NoAnswer):
        return answer.kind != "timeout" and not reader.begun
    # A server may say 408 of its own accord, where a connection is idle for too long (RFC 9110, section 15.5.9).
    left = had_body or answer.status == HTTPStatus.REQUEST_TIMEOUT
    return left and answer.status in _UNREADABLE and not reader.reusable


def _closes(sent: Request, answer: Answer | NoAnswer) -> bool:
    """Whether the target will close the connection at once, or nearly so, whatever HTTP says of it."""
    if (sent.header("connection") or "").lower() == "close":
        return True
    if not isinstance(answer, Answer):
        return True
    if not answer.success and len(sent.body or b"") > _READ_WHOLE:
        return True
    keep_alive = answer.header("keep-alive")
    timeout = None if keep_alive is None else _KEEP_ALIVE.search(keep_alive)
    return timeout is not None and int(timeout[1]) <= _MOST_IDLE
