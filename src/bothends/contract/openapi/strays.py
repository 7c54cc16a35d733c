"""Finds extensions of bothends where they have no meaning: a contract must not seem to say what nobody reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bothends.documents import Place

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
    r"|(/components/pathItems|/webhooks)/[^/]+(/[a-z]+)?"
)
_OPERATION = re.compile(r"(/paths|/components/pathItems)/[^/]+/[a-z]+")
_PARAMETER = re.compile(
    r"(/paths/[^/]+(/[a-z]+)?|/components/pathItems/[^/]+(/[a-z]+)?)/parameters/\d+|/components/parameters/[^/]+"
)
X_IDEMPOTENCY = "x-idempotency"
X_SENDS = "x-sends"
X_NEEDS = "x-needs"
X_TRANSITIONS = "x-transitions"
X_SHARED = "x-shared"
X_NEW = "x-new"
X_REGISTERS = "x-registers"
X_STATE = "x-state"
X_CONSISTENCY = "x-consistency"
X_PAGES = "x-pages"
_ABOUT_CALLBACKS = frozenset({"x-when", "x-delivery", X_STATE})
_SCHEMA = re.compile(r"/schemas?(/|$)")
_ABOUT_OPERATIONS = frozenset({X_CONSISTENCY, X_PAGES, X_REGISTERS, X_SENDS, X_SHARED, X_TRANSITIONS})
EXTENSIONS = (
    *("x-given", "x-from", *sorted(_ABOUT_CALLBACKS)),
    *(X_IDEMPOTENCY, X_NEW, X_SENDS, X_NEEDS, X_TRANSITIONS, X_REGISTERS, X_SHARED, X_CONSISTENCY),
    X_PAGES,
)
"""The extensions of bothends."""


def check_strays(root: Place) -> None:
    """Check that each extension stands where it has a meaning: on a response, on a callback, on a header parameter.

    Raises:
        ContractError: One is at a place where nothing reads it.
    """
    for place in _mappings(root):
        if "x-given" in place.value and _RESPONSE.fullmatch(place.pointer) is None:
            raise place.child("x-given").error(
                "x-given has no meaning here.",
                expected="x-given on a response of an operation: paths/<path>/<method>/responses/<status>",
            )
        if X_IDEMPOTENCY in place.value and _PARAMETER.fullmatch(place.pointer) is None:
            raise place.child(X_IDEMPOTENCY).error(
                f"{X_IDEMPOTENCY} has no meaning here.",
                expected=f"{X_IDEMPOTENCY} on a header parameter of an operation: parameters/<number>",
            )
        if X_NEEDS in place.value and not any(each.fullmatch(place.pointer) for each in (_OPERATION, _PARAMETER)):
            raise place.child(X_NEEDS).error(
                f"{X_NEEDS} has no meaning here.",
                expected=f"{X_NEEDS} on an operation, paths/<path>/<method>, or on a parameter: parameters/<number>",
            )
        if X_NEW in place.value and _SCHEMA.search(place.pointer) is None:
            raise place.child(X_NEW).error(
                f"{X_NEW} has no meaning here.", expected=f"{X_NEW} on a member of an answer's schema"
            )
        for name in _ABOUT_CALLBACKS & place.value.keys():
            if _CALLBACK.fullmatch(place.pointer) is None:
                raise place.child(name).error(
                    f"{name} has no meaning here.",
                    expected=f"{name} on a callback: paths/<path>/<method>/callbacks/<name>",
                )
        for name in _ABOUT_OPERATIONS & place.value.keys():
            if _OPERATION.fullmatch(place.pointer) is None:
                raise place.child(name).error(
                    f"{name} has no meaning here.", expected=f"{name} on an operation: paths/<path>/<method>"
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
