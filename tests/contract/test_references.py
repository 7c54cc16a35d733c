"""References between places and files, and schemas that stand alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.documents import Library, Place
from bothends.errors import ContractError
from bothends.schemas import Schema, SchemaShelf, bundle

if TYPE_CHECKING:
    from tests.contract.folder import Folder


def root(folder: Folder, value: Any) -> Place:
    """Write a document and return its root."""
    folder.file("api.json", value)
    return Library().open(folder.path / "api.json")


def problem(place: Place) -> str:
    """Return what making a schema of a place says."""
    with pytest.raises(ContractError) as caught:
        SchemaShelf().take(place)
    return f"{caught.value.where} {caught.value.problem}".replace(f"{place.document.file.parent}/", "")


def test_references_are_followed_through_files(folder: Folder) -> None:
    """A reference leads through other files, relative to the one that it stands in; each file is read once."""
    folder.file("more/a.yaml", "Thing:\n  $ref: 'b.yaml#/$defs/Other'\n")
    folder.file("more/b.yaml", "$defs:\n  Other: {type: integer}\n  Back: {$ref: '../api.json#/here'}\n")
    start = root(folder, {"x": {"$ref": "more/a.yaml#/Thing"}, "y": {"$ref": "more/b.yaml#/$defs/Back"}, "here": 5})
    assert start.child("x").follow().value == {"type": "integer"}
    here = start.child("y").follow()
    assert (here.pointer, here.value) == ("/here", 5)
    assert [document.file.name for document in start.library.documents] == ["api.json", "a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("#/a~1b/0", 1),
        ("#/a~1b/1", 2),
        ("#/with%20space", 3),
        ("#", "root"),
        ("#named", {"$anchor": "named"}),
        ("https://example.com/thing#/k", 4),
    ],
)
def test_every_form_of_reference_is_resolved(folder: Folder, reference: str, expected: Any) -> None:
    """JSON pointers, percent-encoded ones, anchors and schemas with an absolute $id are found."""
    document = {
        "a/b": [1, 2],
        "with space": 3,
        "list": [{"deep": {"$anchor": "named"}}],
        "components": {"schemas": {"T": {"$id": "https://example.com/thing", "k": 4}}},
        "at": reference,
    }
    place = root(folder, document)
    found = place.library.resolve(reference, place.child("at")).value
    assert (document if expected == "root" else expected) == found


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (5, "This $ref is not a string."),
        ("#nowhere", "has no $anchor 'nowhere'"),
        ("#/list/7", "api.json#/list has no '7'."),
        ("https://example.com/x.yaml", "points to a remote document. bothends reads only files."),
        ("urn:x", "points to a remote document. bothends reads only files."),
        ("other.yaml#/x", "points to other.yaml, which does not exist."),
        (".", "which does not exist."),
        ("broken.yaml", "The file can't be read as YAML: it is empty."),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(folder: Folder, reference: Any, expected: str) -> None:
    """Whatever can't be followed is an error of the contract's."""
    folder.file("broken.yaml", "")
    place = root(folder, {"list": [1], "at": reference})
    with pytest.raises(ContractError) as caught:
        place.library.resolve(reference, place.child("at"))
    assert expected in caught.value.problem.replace(f"{folder.path}/", "")


def test_circles_of_references_are_refused(folder: Folder) -> None:
    """References that lead to each other and nowhere else are an error, not an endless loop."""
    place = root(folder, {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}})
    with pytest.raises(ContractError, match="is circular"):
        place.child("a").follow()


def test_places_know_what_they_hold(folder: Folder) -> None:
    """What is no mapping, list or text where one is expected is named."""
    place = root(folder, {"m": 1, "l": {"a": 1}, "t": {"name": 5}})
    not_a_list, not_a_text = place.child("l"), place.child("t")
    for call in (place.child("m").mapping, lambda: list(not_a_list.items()), lambda: not_a_text.text("name")):
        with pytest.raises(ContractError, match="This is not a "):
            call()


def test_a_bundle_stands_alone_and_knows_its_origins(folder: Folder) -> None:
    """References of a bundle lead to its own $defs, equal names are told apart, and data is left as it is."""
    folder.file("other.json", {"Thing": {"type": "string", "$id": "https://example.com/x"}})
    schema = {
        "properties": {
            "$ref": {"$ref": "#/Thing"},
            "other": {"$ref": "other.json#/Thing", "x-from": "clock.ms"},
            "again": {"$ref": "#/Thing"},
            "self": {"$ref": "#/Root"},
        },
        "prefixItems": [{"$ref": "#/Thing"}, True],
        "const": {"$ref": "just data"},
        "$defs": {"unused": {"$ref": "#/nowhere"}},
    }
    place = root(folder, {"Root": schema, "Thing": {"type": "integer"}, "n/a me": {}})
    made = bundle(place.child("Root"))
    assert made.schema["properties"]["$ref"] == {"$ref": "#/$defs/Thing"}
    assert made.schema["properties"]["other"] == {"$ref": "#/$defs/Thing-2", "x-from": "clock.ms"}
    assert made.schema["const"] == {"$ref": "just data"}
    assert {"Thing", "Thing-2", "Root"} == made.schema["$defs"].keys()
    assert made.schema["$defs"]["Thing-2"] == {"type": "string"}
    assert made.origin("/$defs/Thing-2/type").document.file.name == "other.json"
    assert made.origin("/$defs/Thing/type").pointer == "/Thing/type"
    assert made.origin("/prefixItems/1").pointer == "/Root/prefixItems/1"
    assert made.origin("/prefixItems/7").pointer == "/Root/prefixItems"
    schema_object = Schema(made.schema)
    assert schema_object.is_valid({"$ref": 1, "other": "x", "self": {"again": 2}}) is False  # it is not the const
    assert [e for e in schema_object.errors({"$ref": "x"}) if e.pointer == "/other"] == []


def test_true_and_false_are_schemas(folder: Folder) -> None:
    """The schemas `true` and `false` take everything and nothing."""
    place, shelf = root(folder, {"t": True, "f": False}), SchemaShelf()
    assert (shelf.take(place.child("t")).is_valid(5), shelf.take(place.child("f")).is_valid(5)) == (True, False)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (5, "api.json:1 /s This is not a schema."),
        ({"type": "text"}, 'api.json:1 /s/type This is not a valid JSON Schema: "text" is not one of'),
        (
            {"properties": {"a": {"minLength": "x"}}},
            "api.json:1 /s/properties/a/minLength This is not a valid JSON Schema",
        ),
        ({"pattern": "("}, 'api.json:1 /s/pattern This is not a valid JSON Schema: "(" is not a "regex".'),
        ({"$ref": "#/other"}, "api.json:1 /other/required This is not a valid JSON Schema"),
        ({"$ref": 5}, "api.json:1 /s/$ref This $ref is not a string."),
        ({"items": {"$ref": "#/nowhere"}}, "api.json:1 /s/items/$ref The reference #/nowhere does not resolve"),
        ({"$dynamicRef": "#x"}, "api.json:1 /s/$dynamicRef bothends does not support $dynamicRef."),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "api.json:1 /s/$schema bothends does not support"),
        ({"$ref": "#/s"}, "api.json:1 /s The schema 's' refers to itself directly"),
        ({"allOf": [{"anyOf": [{"$ref": "#/s"}]}]}, "api.json:1 /s The schema 's' refers to itself"),
        ({"dependentSchemas": {"x": {"$ref": "#/s"}}}, "api.json:1 /s The schema 's' refers to itself"),
        ({"properties": 5}, "api.json:1 /s/properties This is not a valid JSON Schema"),
        ({"allOf": 5}, "api.json:1 /s/allOf This is not a valid JSON Schema"),
    ],
)
def test_what_is_no_schema_is_named(folder: Folder, schema: Any, expected: str) -> None:
    """A schema that JSON Schema does not allow, or that would never end, is an error that names its place."""
    place = root(folder, {"s": schema, "other": {"required": 5}})
    assert problem(place.child("s")).startswith(expected)


def test_schemas_that_refer_to_themselves_inside_are_fine(folder: Folder) -> None:
    """A tree is a schema like any other."""
    tree = {"properties": {"children": {"items": {"$ref": "#/s"}}, "n": {"type": "integer"}}}
    schema = SchemaShelf().take(root(folder, {"s": tree}).child("s"))
    assert [e.pointer for e in schema.errors({"children": [{"children": [{}, {"n": "x"}]}]})] == [
        "/children/0/children/1/n"
    ]
