"""What no answer and no event may hold: the target's keys and secrets, and the caller's credential."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from bothends.contract.messages import Moment, value_of
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import read_json
from bothends.laws.wording import part
from bothends.records import INGEST, Answer, Cause, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    """Return the secrets, or those that sign deliveries, if too long to match by chance, in each spelling."""
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


# Where a secret stands: a finding of it is the same one, whichever request shows it there.

_DEEPEST = 8
_MOST_PLACES = 16
"""Of one thing told in one message: a hostile target may repeat it without end."""


def _placed_texts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of a JSON value, the names of its members too, each behind its place.

    The items of a list have one place, that of the first. What is nested more deeply than a place tells has that of
    what it is in, and the name of a member that of its object.
    """
    pending = [("", 0, value)]
    while pending:
        place, depth, item = pending.pop()
        if isinstance(item, str):
            yield place, item
        elif isinstance(item, dict):
            deeper = depth < _DEEPEST
            members = ((place + join(name) if deeper else place, depth + 1, each) for name, each in item.items())
            pending.extend(reversed([*((place, depth, name) for name in item), *members]))
        elif isinstance(item, list):
            within = place + "/0" if depth < _DEEPEST else place
            pending.extend((within, depth + 1, each) for each in reversed(item))


def _places(texts: Iterable[tuple[str, str]], values: Sequence[str]) -> Iterator[str]:
    """Yield the places of those texts that have one of some values in them, each once."""
    found = (place for place, text in texts if any(value in text for value in values))
    return islice(dict.fromkeys(found), _MOST_PLACES)


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


def _describe(exchange: Exchange, answer: Answer, context: LawContext) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what an answer reveals, and the texts by which it does; none of them has a trace."""
    headers = [f"{name}: {value}\n".encode("utf-8", "surrogateescape") for name, value in answer.headers]
    text = b"".join(headers) + b"\n" + answer.body
    if any(key in text for key in _as_bytes(keys(context))):
        yield KEY, keys(context)
    # The port must end there: 127.0.0.1:3000 is not in 127.0.0.1:30001, which may be the target's own.
    # What callers name, in this request or in one before, is nobody's secret: an object is read with the URL it has.
    kept = (place for place in context.places if place not in context.named_by_callers)
    shown = [p for p in kept if p.encode() in text and re.search(rb"%b(?!\d)" % re.escape(p.encode()), text)]
    # What the caller has named itself (the URL of a callback) is nothing that it must not know. Nor is the URL of a
    # callback that the contract has the answer name.
    named = set(_named_to_it(answer, exchange, context)) if shown else ()
    strange = [place for place in shown if place not in named and not _named_by(exchange, place.encode())]
    if strange:
        yield "address", strange
    # A server may set the caller's own cookie again: that reveals nothing new to the caller.
    others = b"".join(header for header in headers if not header.startswith(b"set-cookie:")) + b"\n" + answer.body
    # A parser may quote the bytes that it could not read: the caller has just sent them.
    broken = exchange.case.request.raw is not None
    repeated = [] if broken else [c for c in cookies(exchange) if c.encode("utf-8", "surrogateescape") in others]
    if repeated:
        yield COOKIE, repeated
    if any(word in text for word in _OF_TRACES):
        yield from ((what, ()) for what, trace in _TRACES.items() if trace.search(text))


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
            cause=Cause(what, place),
            summary=f"The answer {answer.status} reveals {_WORDS[what]}.",
            expected="no internal data in an answer",
            actual=f"the answer contains {_WORDS[what]}{f' at {place}' if place else ''}",
        )
        for what, values in _describe(exchange, answer, context)
        for place in _places_in(answer, what, values)
    ]


def _places_in(answer: Answer, what: str, values: Sequence[str]) -> Sequence[str]:
    """Return the headers and the members of the body with one of some values in them; `""`: somewhere in the text."""
    try:
        body = list(_placed_texts(read_json(answer.body))) if values else []
    except ValueError:  # no JSON: a text has no places
        body = []
    headers = [pair for pair in answer.headers if not (what == COOKIE and pair[0] == "set-cookie")]
    return list(_places((*headers, *body), values)) or [""]


NO_SECRET_IN_ANSWER = register(
    Law(
        name="no-secret-in-answer",
        demands="No answer reveals a key, a secret, a cookie, a stack trace or the address of an upstream.",
        source="RFC 9457 section 5; OWASP ASVS 5.0 16.5.1",
        judge=_judge_no_secret_in_answer,
        scope=Scope.ANSWER,
        of_a_router=True,
        words=_WORDS,
    )
)


# No event reveals a secret to its consumers.


def _judge_no_secret_in_event(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    events = [d.content for d in exchange.deliveries if d.content is not None]
    if not events:
        return None
    texts = [pair for event in events for pair in _placed_texts(event)]
    whole = "\n".join(text for _, text in texts)
    own = {value: what for what, value in credentials(exchange)}
    told: dict[str, list[str]] = {}
    # A key that each caller shows is told of once, as what the caller has shown.
    for value, what in {**dict.fromkeys(keys(context), KEY), **own}.items():
        if value in whole:
            told.setdefault(what, []).append(value)
    return [
        Violation(
            cause=Cause(what, place),
            summary=f"The event reveals {SECRETS[what]} to its consumers.",
            expected="no secret in an event",
            actual=f"the event contains {SECRETS[what]}{f' at {place}' if place else ''}",
        )
        for what, values in told.items()
        for place in _places(texts, values)
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


def _of_message(line: str, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the texts of a request's head, each behind its place: the name of its header; the first line has none."""
    return [("", line), *((name, f"{name}: {value}") for name, value in headers)]


def _describe_no_secret_upstream(exchange: Exchange, context: LawContext) -> Iterator[tuple[str, str, str]]:
    """Yield each service, the secret that it got, and the header that it stood in; empty: the request line."""
    for call in exchange.calls:
        if call.post:
            continue  # it followed a redirect with its event: other laws speak of that
        head = _of_message(call.request_line, call.headers)
        yield from ((call.upstream, KEY, place) for place in _places(head, keys(context)))
        # A route may ask another part of its own site on the caller's behalf, unless the contract says otherwise.
        if call.upstream in context.sessionless:
            yield from ((call.upstream, what, place) for what, place in _told_of_the_caller(head, exchange))
    for delivery in exchange.deliveries:
        # The key stands in the path, which is its place.
        head = _of_message("", delivery.headers)
        signed = frozenset() if delivery.signature is None else delivery.signature.secret_headers
        others = _of_message(delivery.target, [pair for pair in delivery.headers if pair[0] not in signed])
        yield from ((delivery.ingest, KEY, place) for place in _places(others, keys(context, signing=True)))
        yield from ((INGEST, what, place) for what, place in _told_of_the_caller(head, exchange))


def _told_of_the_caller(head: Sequence[tuple[str, str]], exchange: Exchange) -> Iterator[tuple[str, str]]:
    for what, value in credentials(exchange):
        yield from ((what, place) for place in _places(head, (value,)))


def _judge_no_secret_upstream(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not exchange.calls and not exchange.deliveries:
        return None
    return [
        Violation(
            cause=Cause(what, place, upstream=who),
            summary=f"A request to {part(who)} reveals {SECRETS[what]}.",
            expected="a secret is sent only to the service that it is for",
            actual=f"{f'the header {place} contains' if place else 'the request line contains'} {SECRETS[what]}",
        )
        for who, what, place in dict.fromkeys(_describe_no_secret_upstream(exchange, context))
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
