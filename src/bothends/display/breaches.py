"""Broken laws: what was promised, what happened, the exchange as a diagram, the law and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.display import markup
from bothends.display.exchange import diagram
from bothends.display.shown import Shown
from bothends.display.telling import Telling
from bothends.records import Breach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.display.shown import Printer
    from bothends.records import Exchange, Finding


KEPT = "No law is broken."


class Breaches(list[Breach]):
    """The laws that an exchange has broken: a list that a notebook shows in words."""

    def __init__(self, breaches: Iterable[Breach], telling: Telling | None = None) -> None:
        """Take what was broken.

        Args:
            breaches: What was broken; none when the contract was kept.
            telling: What is needed to tell of it.
        """
        super().__init__(breaches)
        self._telling = telling or Telling()

    def _repr_html_(self) -> str:
        """Return the HTML, as IPython asks for it."""
        return breaches_shown(self, self._telling).html

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        """Write the text, as IPython asks for it."""
        printer.text(breaches_shown(self, self._telling).text)


def breaches_shown(breaches: Iterable[Breach], telling: Telling) -> Shown:
    """Return broken laws to look at."""
    broken = list(breaches)
    if not broken:
        return Shown(markup.framed([markup.box("the contract is kept", markup.paragraph(KEPT), "good")]), KEPT)
    failures = telling.failures()
    parts = [markup.entry(failures.breach(b), _drawn(b.exchange, telling)) for b in broken]
    return Shown(markup.framed(parts), failures.breaches(broken))


def findings_shown(findings: Iterable[Finding], telling: Telling) -> Shown:
    """Return findings to look at, each with its smallest request and the command that replays it."""
    found = list(findings)
    if not found:
        return Shown(markup.framed([markup.box("findings", markup.paragraph("None."), "good")]), "No findings.")
    failures = telling.failures()
    parts = [
        markup.entry(failures.finding(f, number), _drawn(f.breach.exchange, telling))
        for number, f in enumerate(found, 1)
    ]
    return Shown(markup.framed(parts), failures.findings(found))


def _drawn(exchange: Exchange | None, telling: Telling) -> str:
    return "" if exchange is None else diagram(exchange, telling.redactor(exchange))
