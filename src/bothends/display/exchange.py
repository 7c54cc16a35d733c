"""An exchange as a sequence diagram with times; what was said in full lies folded below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.display import markup
from bothends.display.shown import Shown
from bothends.explaining import timeline
from bothends.records import NoAnswer
from bothends.reports import harmless, trace
from bothends.reports.exchange import steps, svg

if TYPE_CHECKING:
    from bothends.display.telling import Telling
    from bothends.records import Exchange
    from bothends.reports.sanitize import Redactor


def exchange_shown(exchange: Exchange, telling: Telling) -> Shown:
    """Return an exchange to look at."""
    redactor = telling.redactor(exchange)
    told = trace(exchange, telling.base_url, redactor)
    head = headline(exchange, redactor)
    html = markup.framed(
        (
            markup.paragraph(head, strong=True),
            diagram(exchange, redactor),
            markup.folded("in full: caller, request, calls, events, answer", markup.fields(told.fields)),
        )
    )
    return Shown(html, f"{head}\n{timeline(exchange, telling.secrets)}")


def diagram(exchange: Exchange, redactor: Redactor) -> str:
    """Return the sequence diagram of an exchange as HTML."""
    drawing = svg(steps(exchange, redactor), f"What happened in exchange {exchange.number}")
    return markup.figure(drawing, "sequence diagram")


def headline(exchange: Exchange, redactor: Redactor) -> str:
    """Return an exchange in one line: in what world, what came of it, how long it took."""
    answer = exchange.answer
    if isinstance(answer, NoAnswer):
        came = f"no answer ({answer.kind})"
    else:
        came = f"{answer.status} {harmless(redactor.text(answer.media_type or '(no media type)'))}"
    states = ", ".join(sentences(exchange.case.given))
    given = f"given {harmless(redactor.text(states))}: " if states else ""
    return f"exchange {exchange.number}: {given}{came}, {events(exchange)}, {milliseconds(exchange):.0f} ms"


def events(exchange: Exchange) -> str:
    """Return how many events a consumer receives because of an exchange, in words."""
    stored = sum(delivery.stored and not delivery.repeated for delivery in exchange.deliveries)
    return {0: "no event", 1: "1 event"}.get(stored, f"{stored:,} events")


def milliseconds(exchange: Exchange) -> float:
    """Return how long an exchange took."""
    return (exchange.ended - exchange.began) * 1000
