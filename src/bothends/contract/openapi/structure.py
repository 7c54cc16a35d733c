"""Checks an OpenAPI document against the schemas that OpenAPI publishes for its versions.

openapi-spec-validator ships them as resources. Importing its package takes most of a second, so only the files are
taken, and jsonschema-rs checks a part of a document in a moment. Only what an operation reaches is checked: what is
wrong elsewhere in a large document stops nobody. What the published schemas leave out (schemas in the document,
references) is checked where it is read.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jsonschema_rs

from bothends.contract.openapi.strays import X_SENDS
from bothends.errors import ContractError, HarnessError, did_you_mean
from bothends.schemas import DIALECTS, as_written, short, to_the_point

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.documents import Place


_VERSIONS = re.compile(r"(3\.[012])\.\d+(-.+)?")
_QUOTED = re.compile(r"'([^']*)' was unexpected")
_LOWER_CASE_CLASS = re.compile(r"[1-5]xx")
_PATH_ITEM = re.compile(r"/paths/[^/]+|/components/pathItems/[^/]+|.*/callbacks/[^/]+/[^/]+")
OLD = "3.0"
"""The version whose schemas are written in other words."""
_BESIDE_REF = frozenset({"$ref", "summary", "description"})


def check_version(root: Place) -> None:
    """Check that a document says that it is OpenAPI 3.0, 3.1 or 3.2, and note which.

    Raises:
        ContractError: It is another version or another thing.
    """
    value = root.value
    if not isinstance(value, dict):
        raise root.error("The spec is not a mapping.", expected="an OpenAPI 3.0, 3.1 or 3.2 document")
    if "swagger" in value:
        advice = (
            "Convert it, such as with `npx swagger2openapi --yaml --outfile openapi.yaml FILE`. Swagger 2.0 has no "
            "callbacks: events are declared in what comes of it, or in an overlay."
        )
        expected = "an OpenAPI 3.0, 3.1 or 3.2 document"
        raise root.child("swagger").error("The spec is Swagger 2.0.", expected=expected, advice=advice)
    if "openapi" not in value:
        raise root.error("The spec has no OpenAPI version.", expected="openapi: 3.1.0")
    version = value["openapi"]
    found = _VERSIONS.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise _other_version(root.child("openapi"))
    root.library.version = found[1]
    if value.get("jsonSchemaDialect", DIALECTS[0]) not in DIALECTS:
        problem = f"bothends does not support the JSON Schema dialect {value['jsonSchemaDialect']}."
        raise root.child("jsonSchemaDialect").error(problem, expected=DIALECTS[0])


def _other_version(place: Place) -> Exception:
    version = place.value
    if str(version) in {"3.0", "3.1", "3.2"}:
        kind = "string" if isinstance(version, str) else "number"
        problem = f"The OpenAPI version is the {kind} {version}."
        return place.error(problem, expected=f"a string with three numbers: openapi: {version}.0")
    return place.error(f"The spec is OpenAPI {version}. bothends supports 3.0, 3.1 and 3.2.", expected="openapi: 3.1.0")


# The structure of a document: each part that an operation reaches, held against the schema that OpenAPI publishes.

Kind = Literal[
    "operation",
    "parameter",
    "request-body",
    "media-type",
    "encoding",
    "response",
    "header",
    "link",
    "example",
    "callbacks",
    "path-item",
]
"""What a part of a document is, by its name in the published schema."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_OLD_NAMES: dict[Kind, str] = {
    "operation": "Operation",
    "parameter": "Parameter",
    "request-body": "RequestBody",
    "media-type": "MediaType",
    "encoding": "Encoding",
    "response": "Response",
    "header": "Header",
    "link": "Link",
    "example": "Example",
    "callbacks": "Callback",
    "path-item": "PathItem",
}
INSIDE: dict[Kind, dict[str, Kind]] = {
    "operation": {
        "parameters": "parameter",
        "requestBody": "request-body",
        "responses": "response",
        "callbacks": "callbacks",
    },
    "parameter": {"content": "media-type", "examples": "example"},
    "request-body": {"content": "media-type"},
    "media-type": {"examples": "example", "encoding": "encoding"},
    "encoding": {"headers": "header"},
    "response": {"content": "media-type", "headers": "header", "links": "link"},
    "header": {"content": "media-type", "examples": "example"},
    "path-item": {"parameters": "parameter", **dict.fromkeys(METHODS, "operation")},
}
"""Where parts stand in parts; those in a mapping by names, those in a list by numbers."""
_NOTES = frozenset({"summary", "description", "tags", "externalDocs", "deprecated"})
"""What an operation says to people only: nothing that is tried depends on it."""
_ALONE = frozenset({"requestBody", *METHODS})
"""The keys under which one part stands, and no mapping or list of them."""


class Structure:
    """Checks the parts of a document that operations reach; each part that others refer to is checked once."""

    def __init__(self, root: Place) -> None:
        """Take the document, whose version is known."""
        self._root = root
        self._version = root.library.version
        self._seen: set[tuple[str, str]] = set()
        self._within: list[tuple[str, str]] = []
        self._wrong: dict[tuple[str, str], ContractError] = {}

    def check_root(self) -> None:
        """Check what stands beside the paths and the components: `info`, `servers`, `tags`."""
        inside = {"paths", "webhooks", "components"} & self._root.mapping().keys()
        rest = {**self._root.value, **{name: {} for name in inside}}
        self._raise(self._root, _validator("", self._version).iter_errors(rest))

    def check_operation(self, item: Place, operation: Place) -> None:
        """Check an operation, the parameters of its path item, and all that they refer to but schemas.

        Raises:
            ContractError: A part is not as OpenAPI says, or a reference leads nowhere.
        """
        own = operation.value
        without = {key: value for key, value in own.items() if key not in _NOTES and key != "callbacks"}
        if not isinstance(own.get("operationId"), str):
            without.pop("operationId", None)
        self._check(replace(operation, value=without), "operation")
        sent, webhooks = own.get(X_SENDS), self._root.value.get("webhooks")
        for name in sent if isinstance(sent, list) and isinstance(webhooks, dict) else ():
            if isinstance(name, str) and name in webhooks:  # what else stands there is told where it is read
                self._visit(self._root.child("webhooks").child(name), "path-item")
        listed = item.child("parameters").follow() if "parameters" in item.value else item
        for index in range(len(listed.value)) if isinstance(listed.value, list) else ():
            parameter = listed.child(index)
            self._visit(parameter, "parameter")
            if "$ref" not in parameter.mapping():
                self._validate(parameter, "parameter")

    def check_callback(self, callback: Place) -> None:
        """Check a callback, and all that it refers to but schemas."""
        self._visit(callback, "callbacks")
        if isinstance(callback.value, dict) and "$ref" not in callback.value:
            self._validate(callback, "callbacks")

    def _check(self, place: Place, kind: Kind) -> None:
        # References first, because of one that is wrong the published schema can only say that it is unexpected.
        self._descend(place, kind)
        self._validate(place, kind)

    def _validate(self, place: Place, kind: Kind) -> None:
        validator = _validator(kind, self._version)
        if not validator.is_valid(place.value) and not validator.is_valid(_with_classes(_whole(place, kind))):
            self._raise(place, validator.iter_errors(place.value))

    def _raise(self, place: Place, errors: Iterable[jsonschema_rs.ValidationError]) -> None:
        known = [error for each in errors for error in to_the_point(each)]
        if known:
            # The deepest error is the most to the point: those above it are often its echoes.
            deepest = max(known, key=lambda error: (len(error.instance_path), error.kind.name == "required"))
            raise _error(place, deepest, self._version)

    def _visit(self, place: Place, kind: Kind) -> None:
        if not isinstance(place.value, dict):
            return
        if "$ref" not in place.value:
            self._descend(place, kind)
            return
        _check_reference(place)
        target = place.follow()
        key = target.identity
        if key not in self._seen:
            self._seen.add(key)
            try:
                self._check(target, kind)
            except ContractError as error:
                self._wrong[key] = error
        if key in self._wrong:
            raise self._wrong[key]

    def _descend(self, place: Place, kind: Kind) -> None:
        inside = INSIDE.get(kind, {}) if isinstance(place.value, dict) else {}
        if kind == "callbacks" and isinstance(place.value, dict):
            inside = dict.fromkeys((key for key in place.value if not key.startswith("x-")), "path-item")
        for key, inner in inside.items():
            if key not in place.value:
                continue
            holder = place.child(key)
            if kind == "callbacks" or key in _ALONE:
                self._visit(holder, inner)
                continue
            with self._followed(holder) as mapping:
                if isinstance(mapping.value, list):
                    for index in range(len(mapping.value)):
                        self._visit(mapping.child(index), inner)
                elif isinstance(mapping.value, dict):
                    for name in mapping.value:
                        if not name.startswith("x-") or key in {"headers", "content"}:
                            self._visit(mapping.child(name), inner)

    @contextlib.contextmanager
    def _followed(self, holder: Place) -> Iterator[Place]:
        """Follow a reference to a whole mapping: bundlers take it, though OpenAPI does not have it.

        Raises:
            ContractError: It leads to what it stands in, by way of other such references.
        """
        mapping, here = holder.follow(), holder.is_reference
        if here and mapping.identity in self._within:
            raise holder.child("$ref").error("This $ref is circular: it leads to what it stands in.")
        self._within += [mapping.identity] if here else []
        try:
            yield mapping
        finally:
            if here:
                self._within.pop()


def _whole(place: Place, kind: Kind) -> Any:
    """Return a part with what stands behind references to whole mappings, such as `content: {$ref: …}`.

    OpenAPI does not have them; bundlers take them, and documents that are made of many files use them.
    """
    value = place.value
    if not isinstance(value, dict) or "$ref" in value:
        return value
    made = dict(value)
    for key, inner in INSIDE.get(kind, {}).items():
        if key not in value:
            continue
        holder = place.child(key)
        if key in _ALONE:
            made[key] = _whole(holder, inner)
            continue
        holder = holder.follow()
        if isinstance(holder.value, list):
            made[key] = [_whole(holder.child(index), inner) for index in range(len(holder.value))]
        elif isinstance(holder.value, dict):
            made[key] = {name: _whole(holder.child(name), inner) for name in holder.value}
    return made


def _with_classes(value: Any) -> Any:
    """Return a part with `2XX` for `2xx`, as the name of an answer: nobody can mean anything else by it."""
    if isinstance(value, list):
        return [_with_classes(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key.upper() if _LOWER_CASE_CLASS.fullmatch(key) else key: _with_classes(each) for key, each in value.items()
    }


def _error(root: Place, error: jsonschema_rs.ValidationError, version: str) -> ContractError:
    place = root
    for key in as_written(root.value, error.instance_path):
        place = place.child(key)
    advice, match = "", _QUOTED.search(error.message)
    if match is not None:
        advice = did_you_mean(match[1], _known_keys(error, version))
        if isinstance(place.value, dict) and match[1] in place.value:
            place = place.child(match[1])
    return place.error(f"This is not valid OpenAPI {version}: {short(error.message)}.", advice=advice)


def _known_keys(error: jsonschema_rs.ValidationError, version: str) -> list[str]:
    """Return the keys that the part of the published schema knows which refused an unknown one."""
    name = str(error.schema_path[-2]) if len(error.schema_path) > 1 else ""
    properties = _definitions(_schema(version)).get(name, {}).get("properties", {})
    return list(properties)


def _definitions(schema: Any) -> dict[str, Any]:
    return schema.get("$defs") or schema.get("definitions") or {}


@cache
def _schema(version: str) -> Any:
    found = find_spec("openapi_spec_validator")
    folders = (found.submodule_search_locations if found is not None else None) or []
    for folder in folders:
        file = Path(folder, "resources", "schemas", f"v{version}", "schema.json")
        if file.is_file():
            schema = json.loads(file.read_text("utf-8"))
            return _in_newer_words(schema) if version == OLD else _as_the_text_says(schema)
    raise HarnessError(
        f"openapi-spec-validator has no schema of OpenAPI {version} where bothends expects it.",
        advice="Reinstall bothends with its dependencies.",
    )


def _as_the_text_says(schema: Any) -> Any:
    """Return the published schema of 3.1 or 3.2 where it is no stricter than the text of OpenAPI, which counts.

    A Callback Object may be extended (3.1.0, section 4.8.18); the schema takes each key of it for a path item's. What
    stands beside a `$ref` must be ignored (section 4.8.23); the schema refuses it.
    """
    callbacks, reference = schema["$defs"]["callbacks"], schema["$defs"]["reference"]
    callbacks["patternProperties"] = {"^(?!x-)": callbacks.pop("additionalProperties")}
    reference.pop("unevaluatedProperties", None)
    return schema


def _in_newer_words(schema: Any) -> Any:
    """Return the published schema of 3.0, which is draft 4, such that its errors say what is wrong.

    It writes `oneOf: [a part, a reference]`, of which an error only says that neither fits. What is a reference is
    known by its `$ref`. Schemas in a document are checked where they are read.
    """
    definitions = schema["definitions"]
    definitions["Schema"] = {}

    def told_apart(value: Any) -> Any:
        if isinstance(value, list):
            return [told_apart(each) for each in value]
        if not isinstance(value, dict):
            return value
        reference = {"$ref": "#/definitions/Reference"}
        choices = value.get("oneOf", ())
        if reference in choices:
            part = next(each for each in choices if each != reference)
            return {"if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": part}
        return {key: told_apart(each) for key, each in value.items() if key != "id"}

    made = told_apart(schema)
    made["definitions"]["Callback"]["patternProperties"] = {"^(?!x-)": {"$ref": "#/definitions/PathItem"}}
    made["definitions"]["Callback"].pop("additionalProperties")
    return {**made, "$schema": "http://json-schema.org/draft-07/schema#"}


@cache
def _validator(kind: Kind | Literal[""], version: str) -> jsonschema_rs.Validator:
    """Return what checks a part of a document; of no kind: the document itself."""
    schema = _schema(version)
    if kind:
        place, name = ("definitions", _OLD_NAMES[kind]) if version == OLD else ("$defs", kind)
        schema = {"$schema": schema["$schema"], "$ref": f"#/{place}/{name}", place: schema[place]}
    return jsonschema_rs.validator_for(schema, offline=True)


def _check_reference(place: Place) -> None:
    """Check that a `$ref` stands alone where it must.

    Raises:
        ContractError: It does not.
    """
    if "x-given" in place.value:
        raise place.child("x-given").error(
            "x-given is beside a $ref, where tools ignore it.",
            expected="the response inline, with description, content and x-given",
        )
    if _PATH_ITEM.fullmatch(place.pointer):
        check_path_item(place)


def check_path_item(place: Place) -> None:
    """Check that the `$ref` of a path item stands alone.

    Raises:
        ContractError: It does not.
    """
    if "$ref" in place.mapping() and not _BESIDE_REF.issuperset(place.value):
        raise place.error(
            "This path item has a $ref and other keys. OpenAPI does not define which of them applies.",
            expected="only the $ref, or the path item inline",
        )
