"""Which value of an exchange a value of its event is: what an `x-from` may name, and what it has there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract.provenance import can_lead
from bothends.contract.runtime_expressions import body_value, path_value
from bothends.records import MISSING, Answer
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.records import Exchange

_NAME = re.compile(r"[\w-]+")
_EARLIER_SECONDS = 2.0
_LATER_SECONDS = 10.0


def named_values(exchange: Exchange, operation: Operation, contract: Contract) -> dict[str, Any]:
    """Return what each `x-from` may name in an exchange, the likest source first; the clock left aside.

    Args:
        exchange: The exchange.
        operation: Its operation.
        contract: The contract, which says what may be named.
    """
    found: dict[str, Any] = {}
    sent, answer = exchange.sent, exchange.answer
    schemas = [] if operation.body is None else [each for each in operation.body.content.values() if each is not None]
    if operation.body is not None:
        whole = body_value(sent.body, sent.header("content-type"), "")
        found |= _pointed("request.body", whole, schemas)
    query = dict(reversed(parse_qsl(sent.target.partition("?")[2], keep_blank_values=True)))
    for parameter in operation.parameters:
        name = parameter.name
        values = {
            "path": path_value(operation.path, sent.target, name),
            "query": query.get(name, MISSING),
            "header": sent.header(name) or MISSING,
        }
        found[f"request.{parameter.location}.{name}"] = values.get(parameter.location, MISSING)
    if exchange.session is not None:
        found |= _of_session(exchange.session)
    for upstream, schema in contract.answers.items():
        values_there = [call.value for call in exchange.calls if call.upstream == upstream and call.value is not None]
        if len(values_there) == 1:
            found |= _pointed(f"upstream.{upstream}", values_there[0], [schema])
    if isinstance(answer, Answer):
        declared = operation.answer_for(answer.status)
        content = [] if declared is None else [each for each in declared.content.values() if each is not None]
        found |= _pointed("answer.body", body_value(answer.body, answer.media_type, ""), content)
        headers = () if declared is None else declared.headers
        found |= {f"answer.header.{name}": answer.header(name) or MISSING for name in headers}
    return {text: value for text, value in found.items() if value is not MISSING}


def _pointed(outer: str, value: Any, schemas: Sequence[Any]) -> dict[str, Any]:
    """Return all values in a value, each by its pointer, as far as the schemas allow them; lists as a whole."""
    found: dict[str, Any] = {}
    pending = [("", value)]
    while pending:
        pointer, each = pending.pop(0)
        if each is MISSING or (schemas and not any(can_lead(schema, pointer) for schema in schemas)):
            continue
        if pointer or not outer.startswith("answer"):
            found[f"{outer}#{pointer}" if pointer else outer] = each
        if isinstance(each, dict):
            pending += [(pointer + join(key), member) for key, member in each.items()]
    return found


def _of_session(identity: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pending: list[tuple[str, Any]] = [("session.user", identity)]
    while pending:
        text, value = pending.pop(0)
        found[text] = value
        if isinstance(value, Mapping):
            pending += [(f"{text}.{key}", each) for key, each in value.items() if _NAME.fullmatch(key)]
    return found


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    return _written(one) == _written(other)


def _written(value: Any) -> str:
    return "" if value is MISSING else json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def varies(values: Sequence[Any]) -> bool:
    """Return whether not all of some values are equal."""
    return len({_written(value) for value in values}) > 1


def clock_of(values: Sequence[tuple[Any, Exchange]]) -> str:
    """Return the `x-from` of values that are each the time of their exchange; empty: they are not.

    Args:
        values: The values, each with its exchange.
    """
    for text, seconds in (("clock.ms", _of_ms), ("clock.s", _of_s), ("clock.iso", _of_iso)):
        times = [(seconds(value), exchange) for value, exchange in values]
        if times and all(time is not None and _is_then(time, exchange) for time, exchange in times):
            return text
    return ""


def _is_then(time: float, exchange: Exchange) -> bool:
    return exchange.began - _EARLIER_SECONDS <= time <= exchange.ended + _LATER_SECONDS


def _of_ms(value: Any) -> float | None:
    return value / 1000 if _is_number(value) else None


def _of_s(value: Any) -> float | None:
    return value if _is_number(value) else None


def _of_iso(value: Any) -> float | None:
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def matching(values: Sequence[tuple[Any, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield each `x-from` that has, in each exchange, the very value that the event has.

    Args:
        values: The event's value and the named values of its exchange, for each event.
    """
    _, first = values[0]
    for text in first:
        if all(text in named and same(value, named[text]) for value, named in values):
            yield text
