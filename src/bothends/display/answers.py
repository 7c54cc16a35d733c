"""A table of answers: what came out at both ends in each state of the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.display import markup
from bothends.display.exchange import milliseconds
from bothends.display.shown import Shown
from bothends.records import NoAnswer
from bothends.reports import harmless, text_of
from bothends.reports.blocks import Row, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.display.telling import Telling
    from bothends.records import Breach, Exchange


@dataclass(frozen=True, slots=True)
class Tried:
    """One state of the world, and what came out of it.

    Attributes:
        exchange: All that was witnessed.
        breaches: The laws that it broke.
    """

    exchange: Exchange
    breaches: tuple[Breach, ...]

    @property
    def state(self) -> str:
        """The state as a person names it."""
        return ", ".join(sentences(self.exchange.case.given)) or "all is well"


_HEAD = ("given", "promised", "answer", "sent", "stored", "told", "ms", "laws broken")
_NUMERIC = frozenset({3, 4, 5, 6})


def answers_shown(tried: Iterable[Tried], telling: Telling) -> Shown:
    """Return a table of answers to look at."""
    table = Table(_HEAD, _NUMERIC, tuple(_row(one, telling) for one in tried))
    note = (
        "Events: how many the route sent, how many the ingest stored, and of how many it could tell the route so."
        " A state of the ingest may store the event and hide it."
    )
    html = markup.framed((markup.table(table, "What comes out"), markup.paragraph(note)))
    return Shown(html, text_of([table]).rstrip("\n"))


def _row(one: Tried, telling: Telling) -> Row:
    exchange = one.exchange
    redactor = telling.redactor(exchange)
    answer, expect = exchange.answer, exchange.case.expect
    came = answer.kind if isinstance(answer, NoAnswer) else f"{answer.status} {answer.media_type or ''}".rstrip()
    stored = [delivery for delivery in exchange.deliveries if delivery.stored and not delivery.repeated]
    laws = ", ".join(dict.fromkeys(breach.law for breach in one.breaches))
    cells = (
        harmless(redactor.text(one.state)),
        " or ".join(map(str, sorted(expect.statuses))) or "any declared",
        harmless(redactor.text(came)),
        f"{len(exchange.deliveries):,}",
        f"{len(stored):,}",
        f"{sum(delivery.acknowledged for delivery in exchange.deliveries):,}",
        f"{milliseconds(exchange):,.0f}",
        laws or "none",
    )
    return Row(cells, Tone.BAD if one.breaches else Tone.PLAIN)
