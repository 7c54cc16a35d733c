"""Bugs that are planted in the mock: what an implementation may do wrong, each with the laws that it breaks.

A bug replaces one function of the mock in the process of the target: `python tests/mock/target.py BUG --port N`. The
contract is that of `examples/orders`, whose settings say how a target is told of the world.
"""

# Each bug puts a function of its own in the place of a right one, with another type where that is the bug.
# mypy: ignore-errors

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.terms import INVALID_BODY, MALFORMED_BODY
from bothends.mock import answers, credentials, delivery, events, exchange, keys, requests, service, signing, upstreams
from bothends.mock.server import Server
from bothends.records import MISSING
from bothends.world.http import Reply
from bothends.world.sessions import jwt_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Bug:
    """A bug.

    Attributes:
        name: Its name.
        about: What the mock does wrong.
        laws: Those one of which must be broken.
        only: The cases that show it; empty: all.
        plant: Plants it.
    """

    name: str
    about: str
    laws: tuple[str, ...]
    only: str
    plant: Callable[[], None]


BUGS: dict[str, Bug] = {}


def bug(name: str, *laws: str, only: str = "success") -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Return what registers a bug: a function that plants it, and whose docstring says what is wrong."""

    def take_in(plant: Callable[[], None]) -> Callable[[], None]:
        assert name not in BUGS
        BUGS[name] = Bug(name, (plant.__doc__ or "").strip(), laws, only, plant)
        return plant

    return take_in


# Answers.


@bug("status-200", "declared-status", "family-status")
def _status_200() -> None:
    """A success is 200, and not what is declared."""
    right = answers.Answers.success
    answers.Answers.success = lambda self, code=None: (200, right(self, code)[1])


@bug("answer-lacks-a-member", "answer-schema")
def _answer_lacks() -> None:
    """The answer lacks a member that is required."""
    right = answers.Answers._value  # noqa: SLF001

    def wrong(*given: Any, **named: Any) -> Any:
        value = right(*given, **named)
        value.pop("total", None)
        value.pop("status", None)
        return value

    answers.Answers._value = wrong  # noqa: SLF001


@bug("answer-is-text", "declared-media-type")
def _answer_is_text() -> None:
    """The answer is JSON, and says that it is a text."""
    right = answers.Answers._body  # noqa: SLF001
    answers.Answers._body = lambda *given: ("text/plain", *right(*given)[1:])  # noqa: SLF001


@bug("total-is-text", "answer-schema")
def _total_is_text() -> None:
    """A number is written as a text."""
    right = answers.dumps
    answers.dumps = lambda value: right(
        {**value, "total": str(value["total"])} if isinstance(value, dict) and "total" in value else value
    )


@bug("problem-status-500", "problem-status", only="invalid-body")
def _problem_status() -> None:
    """Problem details have another status than the answer."""
    right = answers.dumps
    answers.dumps = lambda value: right(
        {**value, "status": 500} if isinstance(value, dict) and "title" in value else value
    )


@bug("invalid-is-400", "family-status", only="invalid-body")
def _invalid_is_400() -> None:
    """A body that its schema refuses is answered as one that is no JSON."""
    right = service.Service._refused  # noqa: SLF001

    def wrong(self: Any, one: Any, families: Any, detail: str, *more: Any) -> Reply:
        if families[0] == INVALID_BODY:
            families = (MALFORMED_BODY,)
        return right(self, one, families, detail, *more)

    service.Service._refused = wrong  # noqa: SLF001


@bug("malformed-is-500", "no-server-error", "family-status", only="malformed-body")
def _malformed_is_500() -> None:
    """A body that is no JSON is a failure of the server."""
    right = requests.read_json

    def wrong(body: bytes) -> Any:
        value = right(body)
        if value is MISSING:
            raise RuntimeError("no JSON")
        return value

    requests.read_json = wrong


@bug("any-media-type", "family-status", "no-event-without-success", only="unsupported-media-type")
def _any_media_type() -> None:
    """The media type of a body is not looked at."""
    requests._media_type = lambda rule, _message: next(iter(rule.content))  # noqa: SLF001


@bug("any-body", "family-status", "no-event-without-success", only="invalid-body")
def _any_body() -> None:
    """A body is not held to its schema."""
    right = requests.read_body

    def wrong(rule: Any, message: Any, *examples: Any) -> Any:
        try:
            return right(rule, message, *examples)
        except requests.WrongError as error:
            if error.families[0] != INVALID_BODY:
                raise
            return requests.read_json(message.body or b"{}")

    service.read_body = wrong


@bug("any-size", "family-status", only="body-too-large")
def _any_size() -> None:
    """A body may be as large as it likes."""
    right = requests.read_body
    service.read_body = lambda rule, message, *examples: right(
        None if rule is None else replace(rule, max_bytes=None), message, *examples
    )


@bug("location-elsewhere", "provenance")
def _location_elsewhere() -> None:
    """The event has another URL than the answer's `Location`."""
    right = exchange.Exchange._value  # noqa: SLF001

    def wrong(self: Any, source: Any, schema: Any) -> Any:
        value = right(self, source, schema)
        return f"{value}0" if source.kind == "answer-header" else value

    exchange.Exchange._value = wrong  # noqa: SLF001


# Who asks.


@bug("everybody", "family-status", "no-event-without-success", only="signed-out")
def _everybody() -> None:
    """Whoever is not known is let in."""
    right = credentials.Gate.verdict

    async def wrong(self: Any, *given: Any) -> Any:
        verdict = await right(self, *given)
        return replace(verdict, allowed=True)

    credentials.Gate.verdict = wrong


@bug("expired-tokens", "family-status", "no-event-without-success", only="signed-out")
def _expired() -> None:
    """A token that has expired is taken."""
    jwt_reading.check_times = lambda *_: None


@bug("any-audience", "family-status", "no-event-without-success", only="signed-out")
def _any_audience() -> None:
    """A token for another audience is taken."""

    def wrong(_: Any, claims: Any, request: Any) -> None:
        jwt_reading.check_times(claims, request.now, 30)

    jwt_reading.TokenReader._check_claims = wrong  # noqa: SLF001


@bug("unsigned-tokens", "family-status", "no-event-without-success", only="signed-out")
def _unsigned() -> None:
    """The signature of a token is not looked at."""

    async def wrong(*_: Any) -> bool:
        return True

    jwt_reading.TokenReader._is_signed = wrong  # noqa: SLF001


# Events: whether they are sent.


@bug("not-sent", "event-for-success")
def _not_sent() -> None:
    """No event is sent."""
    events.Events.owed = lambda *_: iter(())


@bug("sent-twice", "one-event", "own-event")
def _sent_twice() -> None:
    """Each event is sent twice, as two."""
    right = events.Events.owed

    def wrong(self: Any, *given: Any) -> Iterator[Any]:
        yield from right(self, *given)
        yield from right(self, *given)

    events.Events.owed = wrong


@bug("sent-when-refused", "no-event-without-success", only="invalid-body")
def _sent_when_refused() -> None:
    """An event is sent for a request that is refused."""
    right = service.Service._refused  # noqa: SLF001

    def wrong(self: Any, one: Any, *given: Any, **named: Any) -> Reply:
        reply = right(self, one, *given, **named)
        one.body = {"sku": "x", "quantity": 1, "price": 1}
        answer = {"id": "ord_0123456789abcdef0123", "total": 1}
        one.answer = answer
        for message in self.events.owed(one, Reply(201, (("Location", "/orders/ord_0123456789abcdef0123"),), b"{}")):
            self._deliveries.begin(message)
        return reply

    service.Service._refused = wrong  # noqa: SLF001


@bug("answers-first", "acknowledged-first", "event-for-success", only="upstream-*")
def _answers_first() -> None:
    """The answer does not wait until the event is acknowledged."""

    async def wrong(self: Any, one: Any, reply: Reply) -> None:
        for message in self.events.owed(one, reply):
            self._deliveries.begin(message)

    service.Service._send = wrong  # noqa: SLF001


@bug("failure-swallowed", "family-status", "event-for-success", "acknowledged-first", only="upstream-*")
def _swallowed() -> None:
    """A failure of the warehouse is a success to the caller."""
    right = delivery.Deliveries.until_acknowledged

    async def wrong(self: Any, message: Any) -> None:
        try:
            await right(self, message)
        except upstreams.UpstreamError:
            return

    delivery.Deliveries.until_acknowledged = wrong


@bug("any-status-acknowledges", "family-status", "event-for-success", "attempted-again", only="upstream-*")
def _any_status() -> None:
    """Whatever the receiver says is an acknowledgement."""
    delivery.Sender.takes = lambda *_: True


@bug("never-again", "attempted-again", only="redelivery")
def _never_again() -> None:
    """An event that is not taken is not sent again."""
    delivery._pauses = lambda _event: iter([0.0])  # noqa: SLF001


@bug("again-much-later", "attempted-again", only="redelivery")
def _much_later() -> None:
    """The next attempt comes after half a minute."""
    right = delivery._pauses  # noqa: SLF001
    delivery._pauses = lambda event: (pause + 30 for pause in right(event))  # noqa: SLF001


# Events: what is in them.


def _filled(change: Callable[[Any], Any]) -> None:
    right = events.Events._value  # noqa: SLF001
    events.Events._value = lambda *given: change(right(*given))  # noqa: SLF001


@bug("other-type", "event-schema")
def _other_type() -> None:
    """The type of the event is written otherwise."""
    _filled(lambda value: {**value, "type": value["type"].replace(".", "-")})


@bug("field-dropped", "event-schema")
def _field_dropped() -> None:
    """A member of the event is left out."""
    _filled(lambda value: {**value, "data": {k: v for k, v in value["data"].items() if k not in ("sku", "reason")}})


@bug("field-retyped", "event-schema")
def _field_retyped() -> None:
    """A number of the event is a text."""
    _filled(lambda value: {**value, "data": {k: f"{v}" for k, v in value["data"].items()}})


@bug("value-lowered", "provenance")
def _value_lowered() -> None:
    """A text of the request is written in small letters."""
    right = exchange.Exchange._value  # noqa: SLF001

    def wrong(self: Any, source: Any, schema: Any) -> Any:
        value = right(self, source, schema)
        return value.lower() if source.kind == "request-body" and isinstance(value, str) else value

    exchange.Exchange._value = wrong  # noqa: SLF001


@bug("user-of-another", "provenance", "own-event")
def _user_of_another() -> None:
    """An event has the user of the request before."""
    last: list[Any] = []
    right = exchange.Exchange._value  # noqa: SLF001

    def wrong(self: Any, source: Any, schema: Any) -> Any:
        value = right(self, source, schema)
        if source.kind != "session":
            return value
        last.append(value)
        return last[-2] if len(last) > 1 else value

    exchange.Exchange._value = wrong  # noqa: SLF001


@bug("seconds", "provenance")
def _seconds() -> None:
    """A time in milliseconds is in seconds."""
    exchange.clock = lambda unit: int(time.time()) if unit == "ms" else "2020-01-01T00:00:00Z"


@bug("query-lost", "right-address")
def _query_lost() -> None:
    """The query of the caller's URL is left out."""
    right = events.Events._url  # noqa: SLF001
    events.Events._url = lambda *given: right(*given).partition("?")[0]  # noqa: SLF001


# Signatures.


def _attempted(change: Callable[[Any], Any]) -> None:
    right = delivery.signed
    delivery.signed = lambda kind, table, secrets, attempt: right(kind, table, secrets, change(attempt))


@bug("unsigned", "authentic")
def _not_signed() -> None:
    """Events are not signed."""
    delivery.signed = lambda *_: []


@bug("wrong-secret", "authentic")
def _wrong_secret() -> None:
    """Events are signed with another secret."""
    right = signing.signed
    other = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    delivery.signed = lambda kind, table, _, attempt: right(kind, table, [other], attempt)


@bug("other-bytes-signed", "authentic")
def _other_bytes() -> None:
    """What is signed is not what is sent."""
    _attempted(lambda attempt: replace(attempt, body=attempt.body.replace(b",", b", ")))


@bug("old-timestamp", "signature-timestamp")
def _old_timestamp() -> None:
    """The timestamp is an hour old."""
    _attempted(lambda attempt: replace(attempt, timestamp=attempt.timestamp - 3600))


@bug("new-identity", "same-identity", "one-event", only="redelivery")
def _new_identity() -> None:
    """Each attempt has an identity of its own."""
    count = iter(range(1_000_000))
    _attempted(lambda attempt: replace(attempt, identity=f"{attempt.identity}{next(count)}"))


@bug("one-identity", "own-identity", "signature-identity")
def _one_identity() -> None:
    """All events have the same identity."""
    _attempted(lambda attempt: replace(attempt, identity="msg_1"))


# Keys, and the end.


@bug("key-ignored", "one-event-per-key", "first-answer-again", only="idempotency")
def _key_ignored() -> None:
    """A request that is repeated with its key is another request."""

    async def wrong(_self: Any, _exchange: Any, answer: Any, _refuse: Any) -> Reply:
        reply: Reply = await answer()
        return reply

    keys.Keys.once = wrong


@bug("conflict-ignored", "key-refusals", only="idempotency")
def _conflict_ignored() -> None:
    """Another body with a known key gets the first answer."""
    keys._content = lambda _exchange: b""  # noqa: SLF001


@bug("cut-off-at-the-end", "drains", "answered", only="start-and-stop")
def _cut_off() -> None:
    """SIGTERM closes all connections at once."""

    async def wrong(self: Any) -> None:
        await asyncio.gather(*(listener.stop() for listener in self._listeners))

    Server.end = wrong
