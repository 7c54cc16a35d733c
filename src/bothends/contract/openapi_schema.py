"""Checks an OpenAPI document against the schema that OpenAPI publishes for it.

openapi-spec-validator ships that schema as a resource. Importing its package takes most of a second,
so only the file is taken, and jsonschema-rs checks it in a millisecond. What the published schema
leaves out (schemas in the document, references) is checked where it is read.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.contract.bundles import DIALECTS
from bothends.errors import HarnessError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.documents import Place


_VERSION = re.compile(r"3\.1\.\d+(-.+)?")
_QUOTED = re.compile(r"'([^']*)' was unexpected")


def check_version(root: Place) -> None:
    """Check that a document says that it is OpenAPI 3.1.

    Raises:
        ContractError: It is another version or another thing.
    """
    value = root.value
    if not isinstance(value, dict):
        raise root.error("The spec is not a mapping.", expected="an OpenAPI 3.1 document")
    if "swagger" in value:
        advice = "Convert it to OpenAPI 3.1: Swagger 2.0 has no callbacks, so no event can be declared."
        raise root.child("swagger").error("The spec is Swagger 2.0.", expected="openapi: 3.1.0", advice=advice)
    if "openapi" not in value:
        raise root.error("The spec has no OpenAPI version.", expected="openapi: 3.1.0")
    version = value["openapi"]
    if not isinstance(version, str) or _VERSION.fullmatch(version) is None:
        raise _other_version(root.child("openapi"))
    if value.get("jsonSchemaDialect", DIALECTS[0]) not in DIALECTS:
        problem = f"bothends does not support the JSON Schema dialect {value['jsonSchemaDialect']}."
        raise root.child("jsonSchemaDialect").error(problem, expected=DIALECTS[0])


def _other_version(place: Place) -> Exception:
    version = place.value
    if str(version) == "3.1":
        problem = f"The OpenAPI version is {'the string 3.1' if isinstance(version, str) else 'the number 3.1'}."
        return place.error(problem, expected="a string with three numbers: openapi: 3.1.0")
    older = isinstance(version, str) and version.startswith("3.0")
    return place.error(
        f"The spec is OpenAPI {version}. bothends supports 3.1.",
        expected="openapi: 3.1.0",
        advice="In 3.1, write `type: [string, 'null']` for `nullable: true`." if older else "",
    )


def check_structure(root: Place) -> None:
    """Check a document of OpenAPI 3.1 against the schema that is published for it.

    Raises:
        ContractError: A part of it is not as OpenAPI says.
    """
    errors = list(_validator().iter_errors(root.value))
    if errors:
        # The deepest error is the most to the point: those above it are often its echoes.
        raise _error(root, max(errors, key=lambda error: (len(error.instance_path), error.kind.name == "required")))


def _error(root: Place, error: jsonschema_rs.ValidationError) -> Exception:
    place = root
    for key in error.instance_path:
        # jsonschema-rs gives the key '401' as the number 401.
        place = place.child(key if isinstance(place.value, list) else str(key))
    advice, match = "", _QUOTED.search(error.message)
    if match is not None:
        advice = did_you_mean(match[1], _known_keys(error))
        if match[1] in place.mapping():
            place = place.child(match[1])
    return place.error(f"This is not valid OpenAPI 3.1: {error.message}.", advice=advice)


def _known_keys(error: jsonschema_rs.ValidationError) -> list[str]:
    """Return the keys that the part of the published schema knows which refused an unknown one."""
    name = str(error.schema_path[-2]) if len(error.schema_path) > 1 else ""
    properties = _schema()["$defs"].get(name, {}).get("properties", {})
    return list(properties)


@cache
def _schema() -> Any:
    found = find_spec("openapi_spec_validator")
    folders = (found.submodule_search_locations if found is not None else None) or []
    for folder in folders:
        file = Path(folder, "resources", "schemas", "v3.1", "schema.json")
        if file.is_file():
            return _with_extended_callbacks(json.loads(file.read_text("utf-8")))
    raise HarnessError(
        "openapi-spec-validator has no schema of OpenAPI 3.1 where bothends expects it.",
        advice="Reinstall bothends with its dependencies.",
    )


def _with_extended_callbacks(schema: Any) -> Any:
    """Let a Callback Object be extended, as OpenAPI says (3.1.0, section 4.8.18).

    The published schema takes each key of it for a path item's, extensions too.
    """
    callbacks = schema["$defs"]["callbacks"]
    callbacks["patternProperties"] = {"^(?!x-)": callbacks.pop("additionalProperties")}
    return schema


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(_schema(), offline=True)


# Checks of a whole document that no reader of a part of it can make: references and strays.

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
_PATH_ITEM = re.compile(r"/paths/[^/]+|/components/pathItems/[^/]+|.*/callbacks/[^/]+/[^/]+")
_PARAMETER = re.compile(
    r"(/paths/[^/]+(/[a-z]+)?|/components/pathItems/[^/]+(/[a-z]+)?)/parameters/\d+|/components/parameters/[^/]+"
)
X_IDEMPOTENCY = "x-idempotency"
_ABOUT_CALLBACKS = frozenset({"x-when", "x-delivery"})
X_SENDS = "x-sends"
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
                "x-given is beside a $ref, where tools ignore it.",
                expected="the response inline, with description, content and x-given",
            )
        if _PATH_ITEM.fullmatch(place.pointer) and not _BESIDE_REF.issuperset(place.value):
            raise place.error(
                "This path item has a $ref and other keys. OpenAPI does not define which of them applies.",
                expected="only the $ref, or the path item inline",
            )
        place.library.resolve(reference, place.child("$ref"))


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
        for name in _ABOUT_CALLBACKS & place.value.keys():
            if _CALLBACK.fullmatch(place.pointer) is None:
                raise place.child(name).error(
                    f"{name} has no meaning here.",
                    expected=f"{name} on a callback: paths/<path>/<method>/callbacks/<name>",
                )
        if X_SENDS in place.value and _OPERATION.fullmatch(place.pointer) is None:
            raise place.child(X_SENDS).error(
                f"{X_SENDS} has no meaning here.", expected=f"{X_SENDS} on an operation: paths/<path>/<method>"
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
