"""What happened when in an exchange: a short sequence, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.reports import delivery_lines, harmless
from bothends.reports.exchange import answer_line, call_line, json_line
from bothends.reports.sanitize import Redactor, cookies_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Delivery, Exchange


LONGEST = 240
"""Characters of one moment that are told."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was seen in an exchange.

    Attributes:
        ms: Milliseconds since the request was begun.
        who: `caller`, `upstream`, `event` or `answer`.
        what: What was seen, on one line, without secrets.
    """

    ms: float
    who: str
    what: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.ms:6.0f} ms  {self.who:<8}  {self.what}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of an exchange, in order; its text has one line for each."""

    moments: tuple[Moment, ...]

    def __str__(self) -> str:
        """Return it as lines."""
        return "\n".join(map(str, self.moments))


def timeline(exchange: Exchange, secrets: Iterable[str]) -> Timeline:
    """Return what happened when in an exchange.

    Args:
        exchange: The exchange.
        secrets: What is never shown.
    """
    redactor = Redactor(secrets).also(cookies_of(exchange))
    began = exchange.began
    moments = [Moment(0.0, "caller", _request(exchange, redactor))]
    moments += [Moment((c.began - began) * 1000, "upstream", call_line(c, redactor)) for c in exchange.calls]
    moments += [Moment((d.received - began) * 1000, "event", _event(d, redactor)) for d in exchange.deliveries]
    moments.append(Moment((exchange.ended - began) * 1000, "answer", answer_line(exchange.answer, redactor)))
    bounded = (replace(moment, what=harmless(moment.what, LONGEST)) for moment in moments)
    return Timeline(tuple(sorted(bounded, key=lambda moment: moment.ms)))


def _event(delivery: Delivery, redactor: Redactor) -> str:
    taken, sent = delivery_lines(delivery, redactor)[:2]
    return f"{taken}: {sent.removeprefix('sent').lstrip()}"


def _request(exchange: Exchange, redactor: Redactor) -> str:
    request = exchange.case.request
    caller = "signed out" if exchange.session is None else f"as {json_line(dict(exchange.session), redactor)}"
    if request.raw is not None:
        return f"{len(request.raw):,} raw bytes, {caller}"
    body = "" if request.body is None else f" {harmless(redactor.text(request.body.decode(errors='backslashreplace')))}"
    return f"{harmless(request.method)} {harmless(redactor.text(request.target))}{body}, {caller}"
