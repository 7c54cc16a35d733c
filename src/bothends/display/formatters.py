"""Teaches IPython to show records: a record is plain data, and knows of no notebook."""

from __future__ import annotations

import json
import sys
from html import escape as html_escape
from typing import TYPE_CHECKING, Any

from bothends.display import markup
from bothends.display.exchange import render_breaches, render_exchange, render_findings
from bothends.display.markup import Rendered, Telling
from bothends.display.summary import render_summary
from bothends.records import (
    MISSING,
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
    join,
    json_equal,
    resolve,
)
from bothends.reports import answer_line, call_line, delivery_lines, escape, preformatted, request_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.display.markup import Printer


# An event as it was sent beside what a consumer receives of it, with what the ingest dropped or changed marked.

MOST_LINES = 200
"""Lines of one event that are shown."""


def render_delivery(delivery: Delivery, telling: Telling) -> Rendered:
    """Return a delivery to look at."""
    redactor = telling.redactor()
    lines = delivery_lines(delivery, redactor)
    sent = redactor.value(delivery.event)
    got = None if delivery.consumed is None else redactor.value(dict(delivery.consumed))
    boxes = [markup.box("sent", _marked(sent, got, "del"))]
    if got is None:
        boxes.append(markup.box("received by a consumer", markup.paragraph("nothing"), "bad"))
    else:
        boxes.append(markup.box("received by a consumer", _marked(got, sent, "ins"), "good"))
    lost = [f"{pointer or 'the event'}: {what}" for pointer, what in delivery.losses]
    parts = [markup.paragraph(lines[0], strong=True), markup.columns(boxes)]
    parts += [markup.paragraph(f"changed silently: {escape(redactor.text(text))}") for text in lost]
    return Rendered(markup.framed(parts), "\n".join(lines))


def _marked(value: Any, other: Any, tag: str) -> str:
    """Return a JSON value line by line; what the other does not have, or has otherwise, is marked."""
    rows = []
    for number, (depth, pointer, text) in enumerate(_rows(value)):
        if number == MOST_LINES:
            rows.append("...")
            break
        shown = "  " * depth + html_escape(escape(text, len(text)))
        same = other is None or _same(resolve(value, pointer), resolve(other, pointer))
        rows.append(shown if same else f"<{tag}>{shown}</{tag}>")
    return f"<pre>{chr(10).join(rows)}</pre>"


def _same(one: Any, other: Any) -> bool:
    """Whether nothing is to be marked here: of two objects, or two arrays, what is in them is looked at instead."""
    if other is MISSING:
        return False
    return type(one) is type(other) if isinstance(one, dict | list) else json_equal(one, other)


def _rows(
    value: Any, pointer: str = "", name: str = "", depth: int = 0, end: str = ""
) -> Iterator[tuple[int, str, str]]:
    """Yield a JSON value's lines: how far each is indented, the JSON pointer of what it is about, and its text."""
    if not isinstance(value, dict | list) or not value:
        yield depth, pointer, f"{name}{json.dumps(value, ensure_ascii=False)}{end}"
        return
    pairs = list(value.items()) if isinstance(value, dict) else [(str(n), item) for n, item in enumerate(value)]
    first, last = "{}" if isinstance(value, dict) else "[]"
    yield depth, pointer, f"{name}{first}"
    for number, (key, item) in enumerate(pairs, 1):
        inner = pointer + join(key)
        label = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        yield from _rows(item, inner, label, depth + 1, "," if number < len(pairs) else "")
    yield depth, pointer, f"{last}{end}"


def _line(text: str) -> Rendered:
    return Rendered(markup.framed([preformatted([text])]), text)


def _request(request: Request, telling: Telling) -> Rendered:
    case = Case(operation="", family="", name="", request=request)
    signed_in = request.header("cookie") is not None
    told = request_field(case, telling.base_url, telling.redactor(), signed_in=signed_in)
    return _line("\n".join(told.lines))


_RENDERERS: dict[type, Callable[[Any, Telling], Rendered]] = {
    Exchange: render_exchange,
    Delivery: render_delivery,
    Finding: lambda finding, telling: render_findings([finding], telling),
    Breach: lambda breach, telling: render_breaches([breach], telling),
    Summary: render_summary,
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
        return self._rendered(record).html

    def text(self, record: object, printer: Printer, _cycle: object) -> None:
        """Write a record as text."""
        printer.text(self._rendered(record).text)

    def _rendered(self, record: object) -> Rendered:
        """Return a record to look at: as what it is, or as what its class was made from."""
        kind = next(kind for kind in type(record).__mro__ if kind in _RENDERERS)
        return _RENDERERS[kind](record, self.telling)


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
    for kind in _RENDERERS:
        html.for_type(kind, formatters.html)
        text.for_type(kind, formatters.text)


def _shell() -> Any:
    """Return the IPython shell that this runs in; None: it does not. IPython is never loaded for it."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
