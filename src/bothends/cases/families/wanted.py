"""What the contract says of an ingest's acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families.samples import sample_of
from bothends.contract.media_types import is_json

if TYPE_CHECKING:
    from bothends.contract import Schema
    from bothends.contract.model import Operation

_OK = 200
_ITEMS: tuple[Any, ...] = ("one", 1, {}, True)


def acknowledgement(operation: Operation, ingest: str) -> Schema | None:
    """Return the schema of what an ingest answers with 200; None where no callback says.

    A media type that is not JSON's counts as well: a server may name its JSON `text/plain`.

    Args:
        operation: The operation.
        ingest: The ingest's name.
    """
    for event in operation.events:
        declared = event.answer_for(_OK) if event.ingest == ingest else None
        if declared is not None:
            content = sorted(declared.content.items(), key=lambda one: not is_json(one[0]))
            return next((schema for _, schema in content if schema is not None), None)
    return None


def acknowledged(schema: Schema) -> dict[str, Any]:
    """Return an acknowledgement of one event, with one thing in each list; empty where none can be guessed.

    Args:
        schema: The schema of an acknowledgement.
    """
    value = sample_of(schema.raw)
    if not isinstance(value, dict):
        return {}
    for key, part in value.items():
        if isinstance(part, list):
            item = next((one for one in _ITEMS if schema.is_valid({**value, key: [one]})), "one")
            value = {**value, key: [item]}
    return value


def without_identity(schema: Schema) -> dict[str, dict[str, Any]]:
    """Return acknowledgements, named, with an empty text in a list: what a server says that has stored nothing.

    Args:
        schema: The schema of an acknowledgement, which must refuse them.
    """
    base = acknowledged(schema)
    empty = {f"{key}-with-empty-text": {**base, key: [""]} for key, part in base.items() if isinstance(part, list)}
    return {name: value for name, value in empty.items() if not schema.is_valid(value)}
