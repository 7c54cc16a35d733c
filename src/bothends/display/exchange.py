"""An exchange as a sequence diagram with times; what was said in full lies folded below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.display import markup
from bothends.display.markup import Rendered, Telling
from bothends.failure_text import timeline
from bothends.records import Breach, NoAnswer, count_of, grouped
from bothends.reports import Row, Table, Tone, escape, html_table, steps, svg, text_of, trace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.display.markup import Printer
    from bothends.records import Exchange, Finding
    from bothends.reports import Redactor


def render_exchange(exchange: Exchange, telling: Telling) -> Rendered:
    """Return an exchange to look at."""
    redactor = telling.redactor(exchange)
    told = trace(exchange, telling.base_url, redactor)
    head = headline(exchange, redactor)
    html = markup.framed(
        (
            markup.paragraph(head, strong=True),
            diagram(exchange, redactor),
            markup.folded("details: caller, request, calls, events, answer", markup.fields(told.fields)),
        )
    )
    return Rendered(html, f"{head}\n{timeline(exchange, telling.secrets)}")


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
        came = f"{answer.status} {escape(redactor.text(answer.media_type or '(no media type)'))}"
    states = ", ".join(sentences(exchange.case.given))
    given = f"given {escape(redactor.text(states))}: " if states else ""
    return f"exchange {exchange.number}: {given}{came}, {events(exchange)}, {milliseconds(exchange):.0f} ms"


def events(exchange: Exchange) -> str:
    """Return how many events a consumer receives because of an exchange, in words."""
    stored = sum(delivery.stored and not delivery.repeated for delivery in exchange.deliveries)
    return count_of(stored, "event") if stored else "no event"


def milliseconds(exchange: Exchange) -> float:
    """Return how long an exchange took."""
    return (exchange.ended - exchange.began) * 1000


# A table of answers: what came out at both ends in each state of the world.


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
        return ", ".join(sentences(self.exchange.case.given)) or "all services work"


_HEAD = ("given", "promised", "answer", "sent", "stored", "acknowledged", "ms", "laws broken")
_NUMERIC = frozenset({3, 4, 5, 6})


def render_answers(tried: Iterable[Tried], telling: Telling) -> Rendered:
    """Return a table of answers to look at."""
    table = Table(_HEAD, _NUMERIC, tuple(_row(one, telling) for one in tried))
    note = (
        "Events: how many the route sent, how many the ingest stored, and how many of these it acknowledged."
        " In some states, the ingest stores the event and does not acknowledge it."
    )
    html = markup.framed((html_table(table, "Answers and events"), markup.paragraph(note)))
    return Rendered(html, text_of([table]).rstrip("\n"))


def _row(one: Tried, telling: Telling) -> Row:
    exchange = one.exchange
    redactor = telling.redactor(exchange)
    answer, expect = exchange.answer, exchange.case.expect
    came = answer.kind if isinstance(answer, NoAnswer) else f"{answer.status} {answer.media_type or ''}".rstrip()
    stored = [delivery for delivery in exchange.deliveries if delivery.stored and not delivery.repeated]
    laws = ", ".join(dict.fromkeys(breach.law for breach in one.breaches))
    cells = (
        escape(redactor.text(one.state)),
        " or ".join(map(str, sorted(expect.statuses))) or "any declared",
        escape(redactor.text(came)),
        f"{len(exchange.deliveries):,}",
        f"{len(stored):,}",
        f"{sum(delivery.acknowledged for delivery in exchange.deliveries):,}",
        f"{milliseconds(exchange):,.0f}",
        laws or "none",
    )
    return Row(cells, Tone.BAD if one.breaches else Tone.PLAIN)


# Broken laws: what was promised, what happened, the exchange as a diagram, the law and its source.

NOTHING_BROKEN = "No law is broken."


class Breaches(list[Breach]):
    """The laws that an exchange has broken: a list that a notebook shows in words."""

    def __init__(self, breaches: Iterable[Breach], telling: Telling | None = None) -> None:
        """Take what was broken, and what is needed to tell of it."""
        super().__init__(breaches)
        self._telling = telling or Telling()

    def _repr_html_(self) -> str:
        """Return the HTML, as IPython asks for it."""
        return render_breaches(self, self._telling).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(render_breaches(self, self._telling).text)


def render_breaches(breaches: Iterable[Breach], telling: Telling) -> Rendered:
    """Return broken laws to look at."""
    broken = list(breaches)
    if not broken:
        return Rendered(
            markup.framed([markup.box("the contract is kept", markup.paragraph(NOTHING_BROKEN), "good")]),
            NOTHING_BROKEN,
        )
    failures = telling.failures()
    parts = [markup.entry(failures.breach(b), _drawn(b.exchange, telling)) for b in broken]
    return Rendered(markup.framed(parts), failures.breaches(broken))


def render_findings(findings: Iterable[Finding], telling: Telling) -> Rendered:
    """Return findings to look at, each with its smallest request and the command that replays it."""
    found = list(findings)
    if not found:
        return Rendered(markup.framed([markup.box("findings", markup.paragraph("None."), "good")]), "No findings.")
    failures = telling.failures()
    parts = [
        markup.entry(failures.finding(f, number, others), _drawn(f.breach.exchange, telling))
        for number, (f, *others) in enumerate(grouped(found), 1)
    ]
    return Rendered(markup.framed(parts), failures.findings(found))


def _drawn(exchange: Exchange | None, telling: Telling) -> str:
    return "" if exchange is None else diagram(exchange, telling.redactor(exchange))
