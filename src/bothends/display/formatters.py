"""Teaches IPython to show records: a record is plain data, and knows of no notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from bothends.display import markup
from bothends.display.breaches import breaches_shown, findings_shown
from bothends.display.delivery import delivery_shown
from bothends.display.exchange import exchange_shown
from bothends.display.shown import Shown
from bothends.display.summary import summary_shown
from bothends.display.telling import Telling
from bothends.records import (
    Answer,
    Breach,
    Case,
    Delivery,
    Exchange,
    Finding,
    NoAnswer,
    Request,
    Summary,
    UpstreamCall,
)
from bothends.reports.curl import request_field
from bothends.reports.exchange import answer_line, call_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.display.shown import Printer


def _line(text: str) -> Shown:
    return Shown(markup.framed([markup.preformatted([text])]), text)


def _request(request: Request, telling: Telling) -> Shown:
    case = Case(operation="", family="", name="", request=request)
    signed_in = request.header("cookie") is not None
    told = request_field(case, telling.base_url, telling.redactor(), signed_in=signed_in)
    return _line("\n".join(told.lines))


_SHOWN: dict[type, Callable[[Any, Telling], Shown]] = {
    Exchange: exchange_shown,
    Delivery: delivery_shown,
    Finding: lambda finding, telling: findings_shown([finding], telling),
    Breach: lambda breach, telling: breaches_shown([breach], telling),
    Summary: summary_shown,
    Request: _request,
    Answer: lambda answer, telling: _line(answer_line(answer, telling.redactor())),
    NoAnswer: lambda answer, telling: _line(answer_line(answer, telling.redactor())),
    UpstreamCall: lambda call, telling: _line(call_line(call, telling.redactor())),
}


class _Formatters:
    """What one IPython shell shows records with; it keeps the secrets of all worlds that were opened in it."""

    def __init__(self) -> None:
        self.telling = Telling()

    def learn(self, telling: Telling) -> None:
        """Hide these secrets too; commands are for the target that was started last."""
        secrets = self.telling.secrets | telling.secrets
        self.telling = Telling(secrets, telling.base_url, telling.config)

    def html(self, record: object) -> str:
        """Return a record's HTML."""
        return self._shown(record).html

    def text(self, record: object, printer: Printer, _cycle: object) -> None:
        """Write a record as text."""
        printer.text(self._shown(record).text)

    def _shown(self, record: object) -> Shown:
        """Return a record to look at: as what it is, or as what its class was made from."""
        kind = next(kind for kind in type(record).__mro__ if kind in _SHOWN)
        return _SHOWN[kind](record, self.telling)


def show_records(telling: Telling) -> None:
    """Let records show themselves, where this runs in IPython; elsewhere, do nothing.

    Args:
        telling: What is never shown, and what commands are for. What was told before stays hidden.
    """
    shell = _shell()
    if shell is None:
        return
    html = shell.display_formatter.formatters["text/html"]
    text = shell.display_formatter.formatters["text/plain"]
    before = getattr(html.for_type(Exchange), "__self__", None)
    formatters = before if isinstance(before, _Formatters) else _Formatters()
    formatters.learn(telling)
    for kind in _SHOWN:
        html.for_type(kind, formatters.html)
        text.for_type(kind, formatters.text)


def _shell() -> Any:
    """Return the IPython shell that this runs in; None: it does not. IPython is never loaded for it."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
