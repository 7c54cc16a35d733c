"""No answer tells a secret, an inner address or a stack trace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from bothends.contract.runtime_expressions import Moment, value_of
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.secrets import COOKIE, KEY, SECRETS, cookies, keys
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange

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


_WORDS = {
    **SECRETS,
    "address": "the address of an upstream",
    "python-traceback": "a Python traceback",
    "javascript-trace": "a JavaScript stack trace",
    "java-trace": "a Java stack trace",
    "go-trace": "a Go stack trace",
}


def _told(exchange: Exchange, answer: Answer, grounds: Grounds) -> Iterator[str]:
    headers = [f"{name}: {value}\n".encode("utf-8", "surrogateescape") for name, value in answer.headers]
    text = b"".join(headers) + b"\n" + answer.body
    if any(key.encode() in text for key in keys(grounds)):
        yield KEY
    # The port must end there: 127.0.0.1:3000 is not in 127.0.0.1:30001, which may be the target's own.
    # What the caller has named itself (the URL of a callback) is nothing that it must not know. Nor is the URL of a
    # callback that the contract has the answer name.
    named = set(_named_to_it(answer, exchange, grounds))
    inner = [place for place in grounds.places if place not in named and not _named_by(exchange, place.encode())]
    if any(re.search(rb"%b(?!\d)" % re.escape(place.encode()), text) for place in inner):
        yield "address"
    # A server may well set the caller's own cookie once more: it tells the caller nothing new.
    kept = b"".join(header for header in headers if not header.startswith(b"set-cookie:")) + b"\n" + answer.body
    # A parser may quote the very bytes that it choked on: the caller has just sent them.
    broken = exchange.case.request.raw is not None
    if not broken and any(cookie.encode("utf-8", "surrogateescape") in kept for cookie in cookies(exchange)):
        yield COOKIE
    for what, trace in _TRACES.items():
        if trace.search(text):
            yield what


def _named_by(exchange: Exchange, place: bytes) -> bool:
    sent = exchange.sent
    headers = (value.encode("utf-8", "surrogateescape") for _, value in sent.headers)
    texts = (sent.raw or b"", sent.body or b"", unquote_to_bytes(sent.target), *headers)
    return any(place in text for text in texts)


def _named_to_it(answer: Answer, exchange: Exchange, grounds: Grounds) -> Iterator[str]:
    """Yield `host:port` of the URLs to which an answer says that events go."""
    moment = Moment(grounds.operation.path, exchange.sent, answer)
    for event in grounds.operation.events:
        whole = event.url.whole
        value = value_of(whole, moment) if whole is not None and not whole.of_request else None
        if isinstance(value, str):
            yield urlsplit(value).netloc


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer):
        return None
    return [
        Broken(
            cause=Cause(what),
            summary=f"The answer {answer.status} tells {_WORDS[what]}.",
            expected="nothing internal in an answer",
            actual=f"{_WORDS[what]} is in it",
        )
        for what in _told(exchange, answer, grounds)
    ]


LAW = register(
    Law(
        name="no-secret-in-answer",
        demands="No answer tells a key, a secret, a cookie, a stack trace or the address of an upstream.",
        source="RFC 9457 section 5; OWASP ASVS 5.0 16.5.1",
        judge=_judge,
        scope=Scope.ANSWER,
        words=_WORDS,
    )
)
