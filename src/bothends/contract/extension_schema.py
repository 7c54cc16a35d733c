"""What holds an extension to the JSON Schema that ships for it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bothends.contract.schema import Schema

if TYPE_CHECKING:
    from bothends.contract.references import Place


@cache
def extension_schema(name: str) -> Schema:
    """Return the JSON Schema of an extension's value.

    Args:
        name: `x-when` or `x-delivery`.
    """
    raw: dict[str, Any] = json.loads(
        files("bothends.contract.extensions").joinpath(f"{name}.schema.json").read_text("utf-8")
    )
    return Schema({key: value for key, value in raw.items() if key != "$id"})


def check_extension(place: Place, name: str, expected: str) -> None:
    """Check that an extension's value is what its schema asks for.

    Args:
        place: The value.
        name: `x-when` or `x-delivery`.
        expected: What would be right, for a person to read.

    Raises:
        ContractError: It is not.
    """
    wrong = extension_schema(name).errors(place.value)
    if wrong:
        raise place.error(f"{name} is not right: {wrong[0].message}.", expected=expected)
