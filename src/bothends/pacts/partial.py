"""Schemas for examples that name only a part of a value.

A consumer's example holds what that consumer reads, and nothing else (Postel's law, on which Pact
rests). So what a schema says about what is *not* there is left out: `required` and its kin. What it says
about each value that *is* there stays: types, constants, closed objects.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from bothends.contract.schema import Schema, walk

if TYPE_CHECKING:
    from typing import Any

# These judge what is absent, or how many there are: an example of a list has one item for all of them, or
# several that are alike.
_ABSENCE = ("required", "dependentRequired", "minProperties", "minItems", "contains", "minContains", "maxContains")
# These turn a judgement round, or hang on one: with `required` gone they would say something else.
_TURNED = ("not", "if", "then", "else", "uniqueItems")


@lru_cache(maxsize=64)
def for_parts(schema: Schema) -> Schema:
    """Return a schema that takes any part of what a schema takes.

    Args:
        schema: A schema of the contract.
    """
    raw: dict[str, Any] = copy.deepcopy(schema.raw)
    for _, each in list(walk(raw)):
        for keyword in (*_ABSENCE, *_TURNED):
            each.pop(keyword, None)
        if "oneOf" in each:
            # A part of a value may fit several branches, of which the whole fits one.
            either = [{"anyOf": each.pop("oneOf")}]
            each["allOf"] = [*each.get("allOf", []), *either]
    return Schema(raw, schema.pointer)
