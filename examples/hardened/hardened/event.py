"""The event, built as its schema says: `const` is a constant, `x-from` says where a value comes from."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hardened.document import Document, SpecError, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fill = Callable[[Mapping[str, Any]], Any]

CLOCK = "clock.ms"
USER = "session.user"
SETTINGS = "upstream.settings"
_EVENT = "the event"


class EventBuilder:
    """Builds the event of a callback from the values of one request.

    Attributes:
        sources: Schema of each value that an `x-from` asks for, by that `x-from`.
    """

    def __init__(self, document: Document, schema: Any) -> None:
        """Plan the event.

        Raises:
            SpecError: The schema asks for something that this endpoint does not have.
        """
        self.sources: dict[str, Any] = {}
        self._document = document
        with reading("callbacks"):
            self._fill = self._plan(schema, _EVENT)
        missing = {CLOCK, USER, SETTINGS} - set(self.sources)
        if missing:
            raise SpecError(f"no value in the event comes from {', '.join(sorted(missing))}")

    def build(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return one event, with an id of its own where the schema has one.

        Args:
            values: What each of `sources` is for this event.
        """
        event: dict[str, Any] = self._fill(values)
        return event

    def _plan(self, schema: Any, place: str) -> Fill:
        node = self._document.resolve(schema)
        if "x-from" in node:
            return self._source(node["x-from"], schema, place)
        if "const" in node:
            return lambda _values: node["const"]
        for alternative in node.get("oneOf", node.get("anyOf", ())):
            if self._document.resolve(alternative).get("type") == "object":
                return self._plan(alternative, place)
        if node.get("type") == "object":
            return self._object(node, place)
        raise SpecError(f"{place} has neither const nor x-from")

    def _source(self, source: str, schema: Any, place: str) -> Fill:
        if source not in {CLOCK, USER, SETTINGS}:
            raise SpecError(f"{place} is from {source}, which this endpoint does not have")
        self.sources[source] = schema
        return itemgetter(source)

    def _object(self, node: dict[str, Any], place: str) -> Fill:
        properties = node.get("properties", {})
        members: dict[str, Fill] = {}
        if place == _EVENT and "id" in properties:
            # The ingest stores one event for an id, which is what makes a second attempt safe.
            members["id"] = lambda _values: str(uuid4())
        for name in node.get("required", ()):
            if name not in members:
                members[name] = self._plan(properties.get(name, {}), f"{place}'s {name}")
        return lambda values: {name: fill(values) for name, fill in members.items()}
