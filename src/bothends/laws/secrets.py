"""What no answer and no event may hold: the target's keys and secrets, and the caller's credential."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from bothends.contract.runtime_expressions import Moment, value_of
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.wording import part
from bothends.records import INGEST, Answer, Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.records import Exchange


# What is shorter may stand in any text by chance: a user's own event key can be `local`.
_LEAST_KEY = 8
_LEAST_COOKIE = 12

KEY, COOKIE, CREDENTIAL = "key", "cookie", "credential"
SECRETS = {
    KEY: "a key or secret of the target",
    COOKIE: "the caller's session cookie",
    CREDENTIAL: "the caller's credential",
}
"""What each of them is called."""


def keys(context: LawContext, *, signing: bool = False) -> tuple[str, ...]:
    """Return the keys and secrets that are long enough not to match by chance, in each spelling.

    Args:
        context: What laws judge by.
        signing: Whether only those are looked for that deliveries are signed with.
    """
    return _in_each_spelling(context.signing_secrets if signing else context.secrets)


@lru_cache(maxsize=64)
def _in_each_spelling(secrets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for secret in secrets if len(secret) >= _LEAST_KEY for text in spellings(secret))


@lru_cache(maxsize=64)
def _as_bytes(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


@lru_cache(maxsize=64)
def spellings(secret: str) -> tuple[str, ...]:
    """Return a secret as it is, and in the encodings in which it may be repeated, alone or within a longer text.

    Those are percent-encoding (RFC 3986 section 2.1), hexadecimal, and Base64 in both alphabets (RFC 4648). In
    Base64 a text looks otherwise by where it begins, so each of the three ways is there, without the characters at
    its ends that its neighbours have a part in.
    """
    octets = secret.encode()
    found = [secret, quote(secret, safe=""), octets.hex(), octets.hex().upper()]
    for before in range(3):
        whole = (before + len(octets)) * 8 // 6
        begins = -(-before * 8 // 6)
        padded = bytes(before) + octets
        found += [e(padded).decode()[begins:whole] for e in (base64.b64encode, base64.urlsafe_b64encode)]
    return tuple(dict.fromkeys(found))


def credentials(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield the credentials that the caller sent and that are long enough: the kind and the value."""
    shown = dict.fromkeys(cookies(exchange), COOKIE)
    for value in exchange.credential.secrets if exchange.credential is not None else ():
        if len(value) >= _LEAST_COOKIE:
            shown.setdefault(value, CREDENTIAL)
    yield from ((what, value) for value, what in shown.items())


def cookies(exchange: Exchange) -> Iterator[str]:
    """Yield the values of the cookies that were sent, as far as they are long enough."""
    for pair in (exchange.sent.header("cookie") or "").split(";"):
        value = pair.partition("=")[2].strip()
        if len(value) >= _LEAST_COOKIE:
            yield value


# No answer reveals a secret, an internal address or a stack trace.

# Each is a form that a runtime prints and no person writes in an answer. Lines are not looked for:
# in JSON a line's end is written `\n`, in HTML `<br>`. Lengths are bounded, so that a search is never slow.
_TRACES = {
    "python-traceback": re.compile(rb"Traceback \(most recent call last\)|File \\?\"[^\"\n]{1,300}\", line \d+, in "),
    "javascript-trace": re.compile(
        rb"\bat (?:async )?[\w.<>$ \[\]]{1,100} \((?:file:|node:|/|[A-Z]:\\)[^()\n]{1,300}:\d+:\d+\)"
    ),
    "java-trace": re.compile(rb"\bat [\w.$/@<>]{1,200}\(\w{1,100}\.java:\d+\)"),
    "go-trace": re.compile(rb"goroutine \d+ \[running\]"),
}


_OF_TRACES = (b"Traceback (", b"File ", b"at ", b"goroutine ")
"""Of each of these forms, what is looked for first: hardly any answer has it."""

_WORDS = {
    **SECRETS,
    "address": "the address of an upstream",
    "python-traceback": "a Python traceback",
    "javascript-trace": "a JavaScript stack trace",
    "java-trace": "a Java stack trace",
    "go-trace": "a Go stack trace",
}


def _describe(exchange: Exchange, answer: Answer, context: LawContext) -> Iterator[str]:
    headers = [f"{name}: {value}\n".encode("utf-8", "surrogateescape") for name, value in answer.headers]
    text = b"".join(headers) + b"\n" + answer.body
    if any(key in text for key in _as_bytes(keys(context))):
        yield KEY
    # The port must end there: 127.0.0.1:3000 is not in 127.0.0.1:30001, which may be the target's own.
    # What callers name, in this request or in one before, is nobody's secret: an object is read with the URL it has.
    kept = (place for place in context.places if place not in context.named_by_callers)
    shown = [p for p in kept if p.encode() in text and re.search(rb"%b(?!\d)" % re.escape(p.encode()), text)]
    # What the caller has named itself (the URL of a callback) is nothing that it must not know. Nor is the URL of a
    # callback that the contract has the answer name.
    named = set(_named_to_it(answer, exchange, context)) if shown else ()
    if any(place not in named and not _named_by(exchange, place.encode()) for place in shown):
        yield "address"
    # A server may set the caller's own cookie again: that reveals nothing new to the caller.
    others = b"".join(header for header in headers if not header.startswith(b"set-cookie:")) + b"\n" + answer.body
    # A parser may quote the bytes that it could not read: the caller has just sent them.
    broken = exchange.case.request.raw is not None
    if not broken and any(cookie.encode("utf-8", "surrogateescape") in others for cookie in cookies(exchange)):
        yield COOKIE
    if any(word in text for word in _OF_TRACES):
        yield from (what for what, trace in _TRACES.items() if trace.search(text))


def _named_by(exchange: Exchange, place: bytes) -> bool:
    sent = exchange.sent
    headers = (value.encode("utf-8", "surrogateescape") for _, value in sent.headers)
    texts = (sent.raw or b"", sent.body or b"", unquote_to_bytes(sent.target), *headers)
    return any(place in text for text in texts)


def _named_to_it(answer: Answer, exchange: Exchange, context: LawContext) -> Iterator[str]:
    """Yield `host:port` of the URLs to which an answer says that events go."""
    moment = Moment(context.operation.path, exchange.sent, answer)
    for event in context.operation.events:
        whole = event.url.whole
        value = value_of(whole, moment) if whole is not None and not whole.of_request else None
        if isinstance(value, str):
            yield urlsplit(value).netloc


def _judge_no_secret_in_answer(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer):
        return None
    return [
        Violation(
            cause=Cause(what),
            summary=f"The answer {answer.status} reveals {_WORDS[what]}.",
            expected="no internal data in an answer",
            actual=f"the answer contains {_WORDS[what]}",
        )
        for what in _describe(exchange, answer, context)
    ]


NO_SECRET_IN_ANSWER = register(
    Law(
        name="no-secret-in-answer",
        demands="No answer reveals a key, a secret, a cookie, a stack trace or the address of an upstream.",
        source="RFC 9457 section 5; OWASP ASVS 5.0 16.5.1",
        judge=_judge_no_secret_in_answer,
        scope=Scope.ANSWER,
        words=_WORDS,
    )
)


# No event reveals a secret to its consumers.


def _texts(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _judge_no_secret_in_event(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    events = [d.content for d in exchange.deliveries if d.content is not None]
    if not events:
        return None
    text = "\n".join(_texts(events))
    secrets = [*((KEY, key) for key in keys(context)), *credentials(exchange)]
    told = dict.fromkeys(what for what, value in secrets if value in text)
    return [
        Violation(
            cause=Cause(what),
            summary=f"The event reveals {SECRETS[what]} to its consumers.",
            expected="no secret in an event",
            actual=f"the event contains {SECRETS[what]}",
        )
        for what in told
    ]


NO_SECRET_IN_EVENT = register(
    Law(
        name="no-secret-in-event",
        demands="No event contains a key, a secret or a session cookie.",
        source="OWASP ASVS 5.0 14.2.1",
        judge=_judge_no_secret_in_event,
        scope=Scope.EVENT,
        words=SECRETS,
        as_check=True,
    )
)


# No upstream gets a secret that is not for it.


def _text(line: str, headers: Iterable[tuple[str, str]]) -> str:
    return "\n".join([line, *(f"{name}: {value}" for name, value in headers)])


def _describe_no_secret_upstream(exchange: Exchange, context: LawContext) -> Iterator[tuple[str, str]]:
    """Yield each service, and the secret that it got."""
    for call in exchange.calls:
        if call.post:
            continue  # it followed a redirect with its event: other laws speak of that
        text = _text(call.request_line, call.headers)
        if any(key in text for key in keys(context)):
            yield call.upstream, KEY
        # A route may ask another part of its own site on the caller's behalf, unless the contract says otherwise.
        if call.upstream in context.sessionless:
            yield from ((call.upstream, what) for what, value in credentials(exchange) if value in text)
    for delivery in exchange.deliveries:
        # The key stands in the path, which is its place.
        text = _text("", delivery.headers)
        signed = frozenset() if delivery.signature is None else delivery.signature.secret_headers
        others = _text(delivery.target, [pair for pair in delivery.headers if pair[0] not in signed])
        if any(key in others for key in keys(context, signing=True)):
            yield delivery.ingest, KEY
        yield from ((INGEST, what) for what, value in credentials(exchange) if value in text)


def _judge_no_secret_upstream(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not exchange.calls and not exchange.deliveries:
        return None
    return [
        Violation(
            cause=Cause(what, upstream=who),
            summary=f"A request to {part(who)} reveals {SECRETS[what]}.",
            expected="a secret is sent only to the service that it is for",
            actual=f"the request line or the headers contain {SECRETS[what]}",
        )
        for who, what in dict.fromkeys(_describe_no_secret_upstream(exchange, context))
    ]


NO_SECRET_UPSTREAM = register(
    Law(
        name="no-secret-upstream",
        demands="No request to an upstream or to the ingest contains a key, a secret or a cookie that is not for it.",
        source="the contract: the key is the ingest's, the cookie the target's; CWE-201",
        judge=_judge_no_secret_upstream,
        scope=Scope.EXCHANGE,
        words={kind: f"{what} to {{who}}" for kind, what in SECRETS.items()},
        as_check=True,
    )
)
