"""Remembers which values a target has taken that it had to refuse: what shows them later follows from that.

A target takes a number for a text, and stores it as a text that the schema of its answers refuses. Then each list shows
it. That the request was taken is the error, and it is told; the lists are right again when it is refused.

Only the values that the schema of the request refuses count, each by the name of its member and as the text that it may
be stored as. What it holds is bounded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import best_match, is_json, json_value, media_type_of
from bothends.contract.requests import SAFE
from bothends.laws import stored_as
from bothends.records import MISSING, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.records import Exchange

_MOST = 1 << 12
_LONGEST = 1 << 18
"""Bytes of a body that is looked into: each long text that a case has fits."""


class StoredValues:
    """What one target has taken, and was to refuse.

    Attributes:
        taken: The operation that has taken each value first, by the name of its member and its text: see `stored_as`.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.taken: dict[tuple[str, str], str] = {}

    def note(self, exchange: Exchange, operation: Operation) -> None:
        """Take an exchange, once or several times."""
        expect, sent = exchange.case.expect, exchange.sent
        if not (expect.refused and exchange.succeeded) or expect.any_answer or expect.unpromised:
            return
        if sent.method in SAFE or not sent.body or len(sent.body) > _LONGEST or operation.body is None:
            return
        for key in _refused(exchange, operation):
            if len(self.taken) < _MOST:
                self.taken.setdefault(key, operation.id)


def _refused(exchange: Exchange, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the values of a body that its schema refuses, as they may be stored."""
    said, rule = media_type_of(exchange.sent), operation.body
    name = best_match(said, rule.content) if rule is not None and is_json(said) else None
    schema = None if rule is None or name is None else rule.content[name]
    value = json_value(exchange.sent.body or b"")
    if value is MISSING or schema is None:
        return
    for error in schema.errors(value):
        for text in _texts(resolve(value, error.pointer)):
            yield stored_as(error.pointer, text)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts as which a target may store a value."""
    match value:
        case str():
            yield value
        case None:
            yield from ("", "None", "null")
        case bool():
            yield from (str(value), str(value).lower())
        case int() | float():
            yield from dict.fromkeys((json.dumps(value), str(value)))
        case _:
            return  # of what is wrong with an object or a list, nobody knows which of its values it is
