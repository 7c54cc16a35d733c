"""An event as it was sent beside what a consumer receives of it, with what the ingest dropped or changed marked."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from bothends.display import markup
from bothends.display.shown import Shown
from bothends.records import MISSING, json_equal, resolve
from bothends.reports import delivery_lines, harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.display.telling import Telling
    from bothends.records import Delivery

MOST_LINES = 200
"""Lines of one event that are shown."""


def delivery_shown(delivery: Delivery, telling: Telling) -> Shown:
    """Return a delivery to look at."""
    redactor = telling.redactor()
    lines = delivery_lines(delivery, redactor)
    sent = redactor.value(delivery.event)
    got = None if delivery.consumed is None else redactor.value(dict(delivery.consumed))
    boxes = [markup.box("what was sent", _marked(sent, got, "del"))]
    if got is None:
        boxes.append(markup.box("what a consumer receives", markup.paragraph("nothing"), "bad"))
    else:
        boxes.append(markup.box("what a consumer receives", _marked(got, sent, "ins"), "good"))
    lost = [f"{pointer or 'the event'}: {what}" for pointer, what in delivery.losses]
    parts = [markup.paragraph(lines[0], strong=True), markup.columns(boxes)]
    parts += [markup.paragraph(f"without a word: {harmless(redactor.text(text))}") for text in lost]
    return Shown(markup.framed(parts), "\n".join(lines))


def _marked(value: Any, other: Any, tag: str) -> str:
    """Return a JSON value line by line; what the other does not have, or has otherwise, is marked."""
    rows = []
    for number, (depth, pointer, text) in enumerate(_rows(value)):
        if number == MOST_LINES:
            rows.append("...")
            break
        shown = "  " * depth + escape(harmless(text, len(text)))
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
        inner = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        label = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        yield from _rows(item, inner, label, depth + 1, "," if number < len(pairs) else "")
    yield depth, pointer, f"{last}{end}"
