"""What events have in them, by those that arrived: a schema, with where each value was seen to come from."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bothends.engine.evidence import agreeing, likeliest, varies
from bothends.records import count_of, join
from bothends.scaffold.events import Arrived, Described, event_of, json_body, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Contract, Operation
    from bothends.scaffold.events import SeenCallback


def body_of(callback: SeenCallback, operation: Operation, contract: Contract) -> Described | None:
    """Return the schema of an event's body, with an `x-from` at each value that was seen to come from somewhere.

    Args:
        callback: What was seen.
        operation: Its operation.
        contract: The contract.

    Returns:
        None where the bodies are no JSON.
    """
    if any(each.delivery.payload is None for each in callback.events):
        return None
    reading = _Reading(operation, contract)
    schema = reading.schema([(event_of(each), each) for each in callback.events], "")
    notes = reading.notes
    key, text = callback.word
    if key:
        schema["properties"][key] = {"const": text}
        for place in ("", "/type"):
            notes.pop(f"/properties{join(key)}{place}", None)
        notes[f"/properties{join(key)}/const"] = "other events at this address have another text here"
    if all(each.delivery.listed for each in callback.events):
        notes = {"/items" + pointer: note for pointer, note in notes.items()}
        schema = {"type": "array", "minItems": 1, "items": schema}
    return Described(schema, notes)


_BODIES = ("request.body#", "answer.body#")

Row = tuple[Any, Arrived]
"""A value, and the event that it is in."""


def equal_sources(rows: Sequence[Row], operation: Operation, contract: Contract) -> tuple[str, ...]:
    """Return each source that the values at a place are equal to, as `x-from` has it, the likeliest kinds first."""
    # No time: that it is near enough to another one may be due to how soon one request follows the other.
    return tuple(each.text for each in agreeing(rows_of(rows), operation, contract) if each.kind != "clock")


def source_of(rows: Sequence[Row], pointer: str, operation: Operation, contract: Contract) -> tuple[str, str, bool]:
    """Return where the values at a place come from, what is to be said of it, and whether that is certain.

    Args:
        rows: The values, each with its event.
        pointer: Where they stand.
        operation: The operation that sent the events.
        contract: The contract.

    Returns:
        An empty source where it is unknown.
    """
    values = [value for value, _ in rows]
    found = list(agreeing(rows_of(rows), operation, contract))
    if not found:
        return "", "", False
    # What a request is about was made right before: a time of the request may be that of the object.
    is_young = bool(operation.id_places) and (
        operation.method == "DELETE" or any(may_precede(value, one.seen.exchange.began) for value, one in rows)
    )
    if is_young and varies(values):
        found = [each for each in found if each.kind != "clock"] or found
    chosen = likeliest(found, pointer)
    first, others = chosen.text, [each.text for each in found if each is not chosen]
    if chosen.kind == "clock":
        return first, f"within the time of its request, in {count_of(len(rows), 'event')}", not is_young
    also = f", which was that of {', '.join(others[:2])}, too" if others else ""
    return first, f"the value of {first} in {count_of(len(rows), 'event')}{also}", varies(values)


_FRACTION = re.compile(r":\d\d[.,](\d+)")
_FROM_HERE_MS = 1e11


def may_precede(value: Any, began: float) -> bool:
    """Return whether a time may be from before its request began: one of whole seconds says too little.

    Args:
        value: The time, as an event has it.
        began: When the request began, seconds since the epoch.
    """
    if isinstance(value, str):
        fraction = _FRACTION.search(value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return True
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return fraction is None or moment.timestamp() + 10.0 ** -len(fraction[1]) < began
    if not isinstance(value, int | float):
        return True
    is_ms = value > _FROM_HERE_MS
    return (value + 1) / 1000 < began if is_ms else isinstance(value, int) or value < began


class _Reading:
    """Makes a schema of values, and notes where they come from.

    Attributes:
        notes: By JSON pointer into the schema: a comment.
    """

    def __init__(self, operation: Operation, contract: Contract) -> None:
        self._operation = operation
        self._contract = contract
        self.notes: dict[str, str] = {}

    def schema(self, rows: Sequence[Row], pointer: str) -> dict[str, Any]:
        values = [value for value, _ in rows]
        if all(value is None for value in values):
            return {"description": "Always null, as far as was seen."}
        schema: dict[str, Any] = {"type": _types(values)}
        source = self._source(rows, pointer) if pointer else ""
        if source:
            # The value is that of the body whatever its type is: it may be null where nobody has sent null yet.
            return {"x-from": source} if source.startswith(_BODIES) else {**schema, "x-from": source}
        if pointer in self.notes:
            return {}
        objects = [row for row in rows if isinstance(row[0], dict)]
        if objects:
            self._describe_members(objects, pointer, schema)
        items = [item for value, _ in rows if isinstance(value, list) for item in value]
        if items:
            # No x-from in lists: which item is which is not known.
            schema["items"] = _shape(items)
        return schema

    def _describe_members(self, rows: Sequence[Row], pointer: str, schema: dict[str, Any]) -> None:
        keys = dict.fromkeys(key for value, _ in rows for key in value)
        required = [key for key in keys if all(key in value for value, _ in rows)]
        # Whether a member depends on another one of the request was tried with JSON only.
        if required and all(isinstance(json_body(one.seen), dict) for _, one in rows):
            schema["required"] = required
        schema["properties"] = {
            key: self.schema(
                [(value[key], one) for value, one in rows if key in value], f"{pointer}/properties{join(key)}"
            )
            for key in keys
        }

    def _source(self, rows: Sequence[Row], pointer: str) -> str:
        """Return where the values at a place come from; empty where that is unknown, or not certain."""
        values = [value for value, _ in rows]
        source, why, is_sure = source_of(rows, pointer, self._operation, self._contract)
        if source and is_sure:
            self.notes[f"{pointer}/x-from"] = why
            return source
        if len(values) > 1 and not varies(values) and isinstance(values[0], str | int | float):
            also = f"; x-from: {source} would fit" if source and not isinstance(values[0], bool) else ""
            # Of what seems to be of a body, the type is no more known than the value.
            place = pointer if source.startswith(_BODIES) else f"{pointer}/type"
            self.notes[place] = f"unsure: always {json.dumps(values[0], ensure_ascii=False)}{also}"
        return ""


def _shape(values: Sequence[Any]) -> dict[str, Any]:
    if all(value is None for value in values):
        return {}
    schema: dict[str, Any] = {"type": _types(values)}
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        keys = dict.fromkeys(key for value in objects for key in value)
        required = [key for key in keys if all(key in value for value in objects)]
        schema |= {"required": required} if required else {}
        schema["properties"] = {key: _shape([value[key] for value in objects if key in value]) for key in keys}
    items = [item for value in values if isinstance(value, list) for item in value]
    return schema | ({"items": _shape(items)} if items else {})


_NAMES = (
    (type(None), "null"),
    (bool, "boolean"),
    (int | float, "number"),  # what was whole each time need not always be
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _types(values: Sequence[Any]) -> str | list[str]:
    found = dict.fromkeys(next(name for kind, name in _NAMES if isinstance(value, kind)) for value in values)
    return next(iter(found)) if len(found) == 1 else list(found)
