"""Remembers what answers have shown under strong tags, and what was written, to see a tag stay where content does not.

A strong tag is another one for each change that a reading shows (RFC 9110, sections 8.8.1 and 8.8.3). What also goes by
the time, a target may overlook: so nothing counts but what a write has sent and a reading shows, of the same name and
value, where another reading under the same tag does not. What it holds is bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_json, json_value
from bothends.contract.requests import PRECONDITIONS, SAFE
from bothends.laws import strong_tag
from bothends.records import MISSING, Answer, SameTag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Operation
    from bothends.records import Exchange

_MOST = 1 << 12
"""Readings, and paths that were written to, of which the last ones are remembered."""
_MOST_WRITES = 64
"""Writes to one path, and what is below it, likewise."""
_MOST_BYTES = 1 << 16
"""The largest body that is looked at."""

_Leaf = tuple[str, Any]
"""A value that holds no others, behind the name of its member; of a list, behind that of the list."""


@dataclass(slots=True)
class _Written:
    """What was written to a path, and to what is below it: when, and all values."""

    times: list[tuple[float, float]] = field(default_factory=list)
    values: set[_Leaf] = field(default_factory=set)


class StrongTags:
    """What one target has shown under strong tags in one run."""

    def __init__(self, starts: Sequence[float] = ()) -> None:
        self._starts = starts  # when the target was started, seconds; later starts may be added
        self._written: OrderedDict[str, _Written] = OrderedDict()
        self._shown: OrderedDict[tuple[Any, ...], tuple[int, frozenset[_Leaf]]] = OrderedDict()

    def note(self, exchange: Exchange) -> None:
        """Note what an exchange may have written; all that were under way at once are noted before one is looked at."""
        sent = exchange.sent
        if sent.method in SAFE:
            return
        values = {} if not exchange.succeeded else dict.fromkeys(_leaves(json_value(sent.body or b"")))
        path = sent.target.partition("?")[0]
        while path:
            known = self._written.setdefault(path, _Written())
            self._written.move_to_end(path)
            known.times[:] = [*known.times, (exchange.began, exchange.ended)][-_MOST_WRITES:]
            if len(known.values) < _MOST:
                known.values.update(values)
            path = path.rpartition("/")[0]
        while len(self._written) > _MOST:
            self._written.popitem(last=False)

    def kept(self, exchange: Exchange, operation: Operation) -> SameTag | None:
        """Return what shows that a strong tag stayed where the content did not; None: nothing does.

        Args:
            exchange: What is judged, once or several times.
            operation: What it is a request of.
        """
        tag, content = strong_tag(exchange, operation), _content(exchange)
        if not tag or content is None:
            return None
        path = exchange.sent.target.partition("?")[0]
        written = self._written.get(path, _Written())
        if any(began <= exchange.ended and exchange.began <= ended for began, ended in written.times):
            return None  # which of both it shows is up to chance
        start = bisect_right(self._starts, exchange.began)
        key = (operation.id, start, exchange.sent.target, *_selected_by(exchange, operation), tag)
        number, before = self._shown.setdefault(key, (exchange.number, content))
        while len(self._shown) > _MOST:
            self._shown.popitem(last=False)
        differing = sorted((content ^ before) & written.values, key=str)
        return SameTag(number, tag, differing[0][0], differing[0] in content) if differing else None


def _content(exchange: Exchange) -> frozenset[_Leaf] | None:
    """Return the values of an answer, whose body is JSON, and whole; None: it is not."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.size != len(answer.body) or answer.size > _MOST_BYTES:
        return None
    packed = (answer.header("content-encoding") or "identity").lower() != "identity"
    if packed or answer.media_type is None or not is_json(answer.media_type):
        return None
    value = json_value(answer.body)
    return None if value is MISSING else frozenset(_leaves(value))


def _selected_by(exchange: Exchange, operation: Operation) -> Iterator[object]:
    """Yield what else a representation goes by: the caller, and the headers that the contract or the answer names."""
    caller, answer = exchange.credential, exchange.answer
    yield None if caller is None else (caller.headers, caller.cookies, caller.query)
    vary = "" if not isinstance(answer, Answer) else answer.header("vary") or ""
    names = {one.name.lower() for one in operation.parameters if one.location == "header"}
    names |= {"accept", "accept-language", *(name.strip().lower() for name in vary.split(","))}
    for name in sorted(names - PRECONDITIONS):
        yield name, exchange.sent.header(name)


def _leaves(value: Any, name: str = "") -> Iterator[_Leaf]:
    pending = [(name, value)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += value.items()
        elif isinstance(value, list):
            pending += [(name, each) for each in value]
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, value
