"""An exchange as the HTML report lists it, and as it shows it when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.records import NoAnswer
from bothends.reports.hostile import harmless
from bothends.reports.steps import steps
from bothends.reports.trace import trace

if TYPE_CHECKING:
    from bothends.engine.events import ExchangeJudged
    from bothends.reports.redact import Redactor


def row(event: ExchangeJudged, redactor: Redactor) -> list[Any]:
    """Return what the list shows: number, case, state of the world, answer, events, milliseconds, broken laws.

    Args:
        event: The exchange.
        redactor: Knows the run's secrets and the exchange's cookies.
    """
    exchange = event.exchange
    answer = exchange.answer
    return [
        exchange.number,
        harmless(redactor.text(exchange.case.label)),
        harmless(redactor.text(" and ".join(sentences(exchange.case.given)))),
        answer.kind if isinstance(answer, NoAnswer) else answer.status,
        len(exchange.deliveries),
        round((exchange.ended - exchange.began) * 1000),
        ", ".join(dict.fromkeys(breach.law for breach in event.breaches)),
    ]


def details(event: ExchangeJudged, base_url: str, redactor: Redactor) -> list[Any]:
    """Return what is shown of an opened exchange: its steps, and what was sent and received.

    Args:
        event: The exchange.
        base_url: The target's.
        redactor: Knows the run's secrets and the exchange's cookies.
    """
    told = steps(event.exchange, redactor)
    entry = trace(event.exchange, base_url, redactor, event.breaches)
    return [
        [[step.at, step.sender, step.receiver, step.text, step.mood.value] for step in told],
        [[field.label, list(field.lines), int(field.command)] for field in entry.fields],
    ]
