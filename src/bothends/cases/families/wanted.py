"""What the contract says of the ingest's acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.media_types import is_json

if TYPE_CHECKING:
    from bothends.contract import Schema
    from bothends.contract.model import Operation

_OK = 200


def acknowledgement(operation: Operation) -> Schema | None:
    """Return the schema of what the ingest answers with 200; None where the callback does not say.

    A media type that is not JSON's counts as well: a server may name its JSON `text/plain`.
    """
    for event in operation.events:
        declared = event.answer_for(_OK)
        if declared is not None:
            content = sorted(declared.content.items(), key=lambda one: not is_json(one[0]))
            return next((schema for _, schema in content if schema is not None), None)
    return None
