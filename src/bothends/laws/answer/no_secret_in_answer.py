"""No answer tells a secret, an inner address or a stack trace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange

_LEAST_SECRET = 12
# Each is a form that a runtime prints and no person writes in an answer.
_TRACES = {
    "a Python traceback": re.compile(rb"Traceback \(most recent call last\)|File \"[^\"\n]+\", line \d+"),
    "a JavaScript stack trace": re.compile(rb"\n\s+at (?:async )?[\w.<>$ \[\]]+ \((?:file:|node:|/)[^)\n]+:\d+:\d+\)"),
    "a Java stack trace": re.compile(rb"\n\s+at [\w.$]+\([\w]+\.java:\d+\)"),
    "a Go stack trace": re.compile(rb"goroutine \d+ \[running\]"),
}


def _secrets(exchange: Exchange, grounds: Grounds) -> Iterator[tuple[str, bytes]]:
    for secret in grounds.secrets:
        yield "a key or secret of the target", secret.encode()
    for place in grounds.places:
        yield "the address of an upstream", place.encode()
    cookie = exchange.sent.header("cookie") or ""
    for pair in cookie.split("; "):
        value = pair.partition("=")[2]
        if len(value) >= _LEAST_SECRET:
            yield "the caller's session cookie", value.encode("utf-8", "surrogateescape")


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer):
        return None
    # A server may well set the caller's own cookie once more: it tells the caller nothing new.
    headers = "\n".join(f"{k}: {v}" for k, v in answer.headers if k != "set-cookie")
    text = headers.encode("utf-8", "surrogateescape") + b"\n\n" + answer.body
    told = dict.fromkeys(what for what, secret in _secrets(exchange, grounds) if secret in text)
    told.update(dict.fromkeys(what for what, trace in _TRACES.items() if trace.search(text)))
    return [
        Broken(
            cause=f"{what} in {answer.status}",
            summary=f"The answer {answer.status} tells {what}.",
            expected="nothing internal in an answer",
            actual=f"{what} is in it",
        )
        for what in told
    ]


LAW = Law(
    name="no-secret-in-answer",
    demands="No answer tells a key, a secret, a cookie, a stack trace or the address of an upstream.",
    source="RFC 9457 section 5; OWASP ASVS 5.0 16.5.1",
    judge=_judge,
)
