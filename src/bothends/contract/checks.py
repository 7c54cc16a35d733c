"""Checks of a whole document that no reader of a part of it can make: references and strays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.references import Place

# Under these keys stand values of the user's, in which `$ref` and `x-given` are only words.
_DATA = frozenset({"example", "default", "enum", "const", "value", "externalValue", "mapping"})
# Under these keys, the next level of keys are the user's names, not OpenAPI's words.
_PROPERTY_NAMES = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_NAMES = frozenset(
    {
        *("paths", "pathItems", "webhooks", "responses", "callbacks", "schemas", "parameters", "requestBodies"),
        *("headers", "links", "examples", "securitySchemes", "content", "encoding", "variables"),
    }
)
_RESPONSE = re.compile(r"(/paths/[^/]+/[a-z]+/responses|/components/(pathItems/[^/]+/[a-z]+/)?responses)/[^/]+")
_CALLBACK = re.compile(
    r"(/paths/[^/]+/[a-z]+/callbacks|/components/(pathItems/[^/]+/[a-z]+/)?callbacks)/[^/]+(/[^/]+(/[a-z]+)?)?"
    r"|/components/pathItems/[^/]+(/[a-z]+)?"
)
_PATH_ITEM = re.compile(r"/paths/[^/]+|/components/pathItems/[^/]+|.*/callbacks/[^/]+/[^/]+")
_ABOUT_CALLBACKS = frozenset({"x-when", "x-delivery"})
_BESIDE_REF = frozenset({"$ref", "summary", "description"})


def check_references(root: Place) -> None:
    """Check that each `$ref` leads somewhere, and stands alone where it must.

    Raises:
        ContractError: One does not.
    """
    for place in _mappings(root):
        reference = place.value.get("$ref")
        if not isinstance(reference, str):
            continue
        if "x-given" in place.value:
            raise place.child("x-given").error(
                "x-given stands beside a $ref, where tools drop it.",
                expected="the response written out, with its description, content and x-given",
            )
        if _PATH_ITEM.fullmatch(place.pointer) and not _BESIDE_REF.issuperset(place.value):
            raise place.error(
                "A path item has a $ref and more: OpenAPI does not say which of them counts.",
                expected="either a $ref, or the path item written out",
            )
        place.library.resolve(reference, place.child("$ref"))


def check_strays(root: Place) -> None:
    """Check that each `x-given` stands on a response of an operation, and what is about a callback on a callback.

    Raises:
        ContractError: One stands where nothing would read it.
    """
    for place in _mappings(root):
        if "x-given" in place.value and _RESPONSE.fullmatch(place.pointer) is None:
            raise place.child("x-given").error(
                "x-given stands where it says nothing.",
                expected="x-given on a response of an operation: paths/<path>/<method>/responses/<status>",
            )
        for name in _ABOUT_CALLBACKS & place.value.keys():
            if _CALLBACK.fullmatch(place.pointer) is None:
                raise place.child(name).error(
                    f"{name} stands where it says nothing.",
                    expected=f"{name} on a callback: paths/<path>/<method>/callbacks/<name>",
                )


def _mappings(root: Place) -> Iterator[Place]:
    """Yield the mappings of a document that OpenAPI gives a meaning to."""
    pending: list[tuple[Any, str]] = [(root, "")]
    while pending:
        place, key = pending.pop()
        if isinstance(place.value, list):
            pending.extend((place.child(index), "") for index in range(len(place.value)))
        elif isinstance(place.value, dict):
            if key not in _PROPERTY_NAMES:
                yield place
            pending.extend(
                (place.child(name), _word(key, name)) for name in place.value if _has_meaning(place, key, name)
            )


def _word(key: str, name: str) -> str:
    """Return the word of OpenAPI that a name is, or nothing when it is the user's own."""
    return "" if key in _PROPERTY_NAMES or key in _NAMES else name


def _has_meaning(place: Place, key: str, name: str) -> bool:
    """Tell whether OpenAPI gives a meaning to a member of a mapping that stands under a key."""
    if key in _PROPERTY_NAMES:
        return True
    if name.startswith("x-"):
        return False
    return key in _NAMES or not (name in _DATA or _is_examples_of_schema(place, name))


def _is_examples_of_schema(place: Place, name: str) -> bool:
    """Tell a schema's `examples`, a list of values, from a media type's, a mapping of Example Objects."""
    return name == "examples" and isinstance(place.value[name], list)
