"""Delivers events: attempt after attempt, as the contract promises, until one is acknowledged.

Theory of operation. An event is one message with one identity and one body; each attempt signs it anew, with the time
of the attempt. What an answer waits for (`answer: after`) is attempted within the time of the request, and its failure
is the answer's. All else is attempted in a task of its own, which an end of the mock waits for.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.terms import UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE, UPSTREAM_WRONG, Tries
from bothends.mock.destinations import NotSentError, UnreachableError
from bothends.mock.journal import Attempt, Journal
from bothends.mock.requests import read_json
from bothends.mock.sending import BrokenError
from bothends.mock.signing import Signing, signed
from bothends.mock.upstreams import UpstreamError
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.contract import EventContract
    from bothends.contract.tables import Signature
    from bothends.mock.sending import Outgoing
    from bothends.records import Answer

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
_LAST_PAUSE = 0.2
_MOST_WAIT = 24 * 3600.0
_SERVER_ERRORS = range(500, 600)
_SUCCESS = range(200, 300)
_MOST_PENDING = 10_000
"""Events that wait for their receivers: where these never come, memory must not grow without end."""
LAST_SECONDS = 4.0
"""How long an end waits for events that are still to be delivered."""


@dataclass(frozen=True, slots=True)
class Sender:
    """How the events of a callback are sent.

    Attributes:
        event: The callback.
        ingest: The name of the ingest, for answers about its failure.
        signature: How they are signed; None: they are not.
        secrets: Returns the secrets in force.
        errors_count: Whether an `error` member beside an acknowledgement is a failure.
        identified: Whether a receiver can tell an attempt that repeats from another event.
    """

    event: EventContract
    ingest: str
    signature: Signature | None
    secrets: Callable[[], Sequence[str]]
    errors_count: bool = False
    identified: bool = False

    def takes(self, response: Answer, count: int) -> bool:
        """Return whether an answer acknowledges an event, as the callback declares it.

        Args:
            response: The answer.
            count: How many events the message has.
        """
        if response.status not in _SUCCESS:
            return False
        declared = self.event.answer_for(response.status)
        if declared is None:
            return not any(each.status.startswith("2") for each in self.event.answers)
        schemas = [schema for schema in declared.content.values() if schema is not None]
        if not schemas:
            return True
        value = read_json(response.body)
        if value is MISSING or not any(schema.is_valid(value) for schema in schemas):
            return False
        ids = value.get("ids") if isinstance(value, dict) else None
        if self.errors_count and isinstance(value, dict):
            # Of an ingest that gives ids, what counts are the ids: it answers 200 to no event at all, too.
            return not value.get("error") and (not isinstance(ids, list) or len(ids) == count)
        return True


@dataclass(slots=True)
class Message:
    """One event, or a list of them, ready to be sent.

    Attributes:
        number: Counts the events, from 1.
        sender: How it is sent.
        operation: The operation that caused it.
        url: Where it goes.
        headers: Its headers, without those of a signature.
        body: The bytes; None: it has none.
        identity: Its identity, the same on each attempt.
        value: The value of the body, for the journal.
        count: How many events it has.
        attempts: How many attempts there were.
        timestamp: When the attempt that is being made began, seconds since the epoch.
        asked_to_wait: How long the receiver asked to wait before the next attempt, seconds.
    """

    number: int
    sender: Sender
    operation: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None
    identity: str
    value: Any = None
    count: int = 1
    attempts: int = 0
    timestamp: float = 0.0
    asked_to_wait: float = 0.0


class UnsentError(UpstreamError):
    """An event was not sent, as the mock may not send to its address: another attempt can't help."""


@dataclass(slots=True)
class Deliveries:
    """Sends messages.

    Attributes:
        client: Sends requests.
        journal: Takes note of each attempt.
        seconds: Returns how long an attempt may take.
        ending: Set when the mock is to end.
    """

    client: Outgoing
    journal: Journal
    seconds: Callable[[], float]
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def until_acknowledged(self, message: Message) -> None:
        """Send a message within the time of a request, and return when it was acknowledged.

        Raises:
            UpstreamError: It was not.
        """
        terms = message.sender.event.delivery
        once = is_once(message.sender)
        last: UpstreamError | None = None
        try:
            async with asyncio.timeout(self.seconds()):
                pause = _FIRST_PAUSE
                while True:
                    last, again = await self._attempt(message, once=once)
                    if last is None:
                        return
                    most = None if terms.attempts == "until-acknowledged" else _tries(terms.attempts)
                    if not again or (most is not None and message.attempts >= most):
                        raise last
                    await asyncio.sleep(max(pause, message.asked_to_wait))
                    pause *= 2
        except TimeoutError as error:
            if last is not None:
                raise last from error
            raise UpstreamError(UPSTREAM_TIMEOUT, message.sender.ingest, "no answer in time") from error

    def begin(self, message: Message) -> None:
        """Send a message in a task of its own; one that there is no room for is given up."""
        if self.journal.pending >= _MOST_PENDING:
            self.journal.given_up += 1
            return
        self.journal.pending += 1
        task = asyncio.get_running_loop().create_task(self._deliver(message))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    async def end(self, seconds: float = LAST_SECONDS) -> int:
        """Wait for what is still to be delivered; return how many events were not.

        Args:
            seconds: How long at most.
        """
        self.ending.set()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return len(left)
        return 0

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.journal.pending -= 1

    async def _deliver(self, message: Message) -> None:
        attempts = message.sender.event.delivery.attempts
        began = asyncio.get_running_loop().time()
        for pause in _pauses(message.sender.event):
            problem, again = await self._attempt(message, once=is_once(message.sender))
            if problem is None or isinstance(problem, UnsentError):
                return
            if not again and attempts != "until-acknowledged":
                break
            if isinstance(attempts, Tries) and message.attempts >= attempts.tries:
                break
            if attempts is None and message.attempts >= _tries(attempts):
                break
            if isinstance(attempts, Tries):
                # As many as are promised, within the time that is promised.
                planned = began + message.attempts * attempts.within_ms / 1000 * 0.8 / max(attempts.tries - 1, 1)
                await self._pause(message, min(planned - asyncio.get_running_loop().time(), _LONGEST_PAUSE))
            else:
                await self._pause(message, pause)
        self.journal.given_up += 1

    async def _pause(self, message: Message, seconds: float) -> None:
        """Wait before the next attempt, at least as long as the receiver asked; an end cuts that short."""
        wait = max(seconds, message.asked_to_wait, 0.0)
        try:
            async with asyncio.timeout(_LAST_PAUSE if self.ending.is_set() else wait):
                await self.ending.wait()
                await asyncio.sleep(min(wait, _LAST_PAUSE))
        except TimeoutError:
            return

    async def _attempt(self, message: Message, *, once: bool) -> tuple[UpstreamError | None, bool]:
        """Attempt once; return what failed, None where nothing did, and whether another attempt may help."""
        message.attempts += 1
        message.timestamp = time.time()
        message.asked_to_wait = 0.0
        sender = message.sender
        headers = [*message.headers, *self._signature(message)]
        said, problem, again = "no answer in time", None, True
        taken = False
        try:
            async with asyncio.timeout(self.seconds()):
                response = await self._sent(message, headers, once=once)
            taken = sender.takes(response, message.count)
            message.asked_to_wait = _seconds_of(response.header("retry-after"))
            said = str(response.status)
            if not taken:
                problem = UpstreamError(UPSTREAM_WRONG, sender.ingest, f"status {said}")
                again = response.status in _SERVER_ERRORS or not sender.errors_count
                again = again and response.status != HTTPStatus.GONE
        except TimeoutError:
            problem = UpstreamError(UPSTREAM_TIMEOUT, sender.ingest, said)
        except NotSentError as error:
            said = f"not sent: {error}"
            problem, again = UnsentError(UPSTREAM_UNREACHABLE, sender.ingest, said), False
            self.journal.not_sent += 1
        except UnreachableError as error:
            said = f"unreachable ({error})"
            problem = UpstreamError(UPSTREAM_UNREACHABLE, sender.ingest, said)
        except BrokenError as error:
            said = f"broken off ({error})"
            problem = UpstreamError(UPSTREAM_WRONG, sender.ingest, said)
        except asyncio.CancelledError:
            # The time of the request is over, and with it the attempt.
            self._note(message, said, taken=False)
            raise
        self._note(message, said, taken=taken, sent=not isinstance(problem, UnsentError))
        return problem, again and not once

    def _note(self, message: Message, said: str, *, taken: bool, sent: bool = True) -> None:
        event = message.sender.event
        now = time.time()
        self.journal.note(
            Attempt(
                event=message.number,
                callback=event.name,
                operation=message.operation,
                method=event.method,
                url=self.journal.hidden(message.url),
                attempt=message.attempts,
                at=message.timestamp,
                took_ms=round((now - message.timestamp) * 1000),
                said=said,
                taken=taken,
                body=message.value,
                sent=sent,
            )
        )

    async def _sent(self, message: Message, headers: Sequence[tuple[str, str]], *, once: bool) -> Answer:
        method = message.sender.event.method
        try:
            # Where one attempt is all there may be, none must be wasted on a connection that lay idle.
            return await self.client.request(method, message.url, headers, message.body, new=once)
        except BrokenError as error:
            if not error.stale or once:
                raise
        return await self.client.request(method, message.url, headers, message.body, new=True)

    def _signature(self, message: Message) -> list[tuple[str, str]]:
        signature, secrets = message.sender.signature, message.sender.secrets()
        if signature is None or not secrets:
            return []
        attempt = Signing(message.identity, message.timestamp, message.body or b"")
        return signed(signature.name, signature.table.values, secrets, attempt)


def _seconds_of(text: str | None) -> float:
    """Return what a `Retry-After` says (RFC 9110, section 10.2.3), seconds; 0 where it says nothing."""
    if text is None:
        return 0.0
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), _MOST_WAIT)
    try:
        until = parsedate_to_datetime(text).timestamp()
    except ValueError:
        return 0.0
    return min(max(until - time.time(), 0.0), _MOST_WAIT)


def is_once(sender: Sender) -> bool:
    """Return whether there is one attempt: so it is promised, or a second one might be taken for another event."""
    attempts = sender.event.delivery.attempts
    return attempts == "once" or (attempts is None and not sender.identified)


def _tries(attempts: object) -> int:
    return attempts.tries if isinstance(attempts, Tries) else 2


def _pauses(event: EventContract) -> Any:
    """Yield the pauses after failed attempts, seconds, longer and longer."""
    terms = event.delivery
    # The next attempt has to come within that time of the receiver's recovery, and may itself take a while.
    longest = _LONGEST_PAUSE if terms.retry_within_ms is None else min(terms.retry_within_ms / 3000, _LONGEST_PAUSE)
    pause = min(_FIRST_PAUSE * 2, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
