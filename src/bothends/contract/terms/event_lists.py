"""Bodies of callbacks that are lists of events: each item is an event of its own.

What a callback declares is the body of a request. Where that is an array, a product sends its events in batches: as
many as have come together, of one request or of several. Then each item is an event, and what the contract says of the
event (`x-from`, the identity, how many are owed) is said of an item; the address, the headers and the signature are
those of the delivery. An array of fixed places (`prefixItems`) is no list: it is one event.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from bothends.schemas import choices, same, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.schemas import Schema, Target

Said = Literal["each", "one"]
"""What `events` in `x-delivery` says of a list: each item is an event, or all of it is one."""

_DEEPEST = 8


def split_body(schema: Schema, said: Said | None) -> tuple[Schema, Schema | None, bool]:
    """Return the schema of one event, that of a whole body that may be a list of them, and whether each body is one.

    Where no body is such a list, there is no second schema.

    Args:
        schema: What a body is, as declared.
        said: What the contract says of lists; None: an array is a list of events.
    """
    if said == "one":
        return schema, None, False
    definitions = schema.raw.get("$defs", {})
    leaves = list(_leaves(schema.raw, targets_in(schema.raw), said))
    if not any(listed for _, listed in leaves):
        if said is None:
            return schema, None, False
        # Declared is one event, or anything, and lists of them are sent.
        one = {key: part for key, part in schema.raw.items() if key != "$defs"}
        return schema, schema.like({"anyOf": [one, {"type": "array", "items": one}], "$defs": definitions}), False
    found = {json.dumps(part, sort_keys=True): part for part, _ in leaves}
    parts = list(found.values())
    raw = {"anyOf": parts} if len(parts) > 1 or not isinstance(parts[0], dict) else parts[0]
    return schema.like({**raw, "$defs": definitions}), schema, all(listed for _, listed in leaves)


def _leaves(schema: Any, target: Target, said: Said | None, depth: int = 0) -> Iterator[tuple[Any, bool]]:
    """Yield the schema of each alternative that an event may be, and whether it is one of the items of a list."""
    bare = {key: part for key, part in schema.items() if key != "$defs"} if isinstance(schema, dict) else schema
    if not isinstance(bare, dict) or depth > _DEEPEST:
        yield bare, False
        return
    if _is_list(bare, said):
        yield bare.get("items", True), True
        return
    held = same(bare, target)
    inner = [*(held if len(held) == 1 else ()), *next(iter(choices(bare)), ())]
    found = [leaf for part in inner for leaf in _leaves(part, target, said, depth + 1)]
    # What has no list in it stays whole, as it is written.
    yield from found if any(listed for _, listed in found) else [(bare, False)]


def _is_list(schema: Mapping[str, Any], said: Said | None) -> bool:
    types = schema.get("type", "array" if "items" in schema else ())
    return "array" in ([types] if isinstance(types, str) else types) and (said == "each" or "prefixItems" not in schema)
