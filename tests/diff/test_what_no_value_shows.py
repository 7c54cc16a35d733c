"""What no value shows and is compared all the same: discriminators, and the webhooks of OpenAPI 3.0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.diff import Options, compare

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.diff import Change

Json = dict[str, Any]
DOG, CAT = "#/components/schemas/Dog", "#/components/schemas/Cat"


def pets(discriminator: Json | None, key: str = "webhooks") -> Json:
    """Return a contract whose answer and whose webhook are a dog or a cat."""
    pet: Json = {"oneOf": [{"$ref": DOG}, {"$ref": CAT}]}
    if discriminator is not None:
        pet["discriminator"] = discriminator
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    answer = {"200": {"description": "One.", "content": content}}
    event = {"requestBody": {"content": content}, "responses": {"200": {"description": "Taken."}}}
    kinds = {
        name: {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}, own: {"type": "number"}},
        }
        for name, own in (("Dog", "barks"), ("Cat", "naps"))
    }
    return {
        "openapi": "3.1.0" if key == "webhooks" else "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pet": {"get": {"responses": answer}}},
        key: {"born": {"post": event}},
        "components": {"schemas": {"Pet": pet, **kinds}},
    }


def changes(folder: Path, old: Json, new: Json) -> tuple[Change, ...]:
    """Return what has changed."""
    for name, value in (("old.json", old), ("new.json", new)):
        (folder / name).write_text(json.dumps(value, indent=1), "utf-8")
    options = Options(config=folder / "none.toml")
    return compare(str(folder / "old.json"), str(folder / "new.json"), options).changes


USUAL = {"propertyName": "kind", "mapping": {"dog": DOG, "cat": CAT}}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (None, 'The discriminator "kind" is gone.'),
        ({"propertyName": "type"}, 'The discriminator was "kind", and is "type".'),
        (
            {"propertyName": "kind", "mapping": {"dog": CAT, "cat": "Cat"}},
            'The value "dog" of "kind" meant the schema "Dog", and means "Cat".',
        ),
        (
            {"propertyName": "kind", "mapping": {"dog": "Dog"}},
            'The value "cat" of "kind" meant the schema "Cat", and means "cat".',
        ),
    ],
)
def test_a_discriminator_that_says_something_else_is_told_as_undecided(
    tmp_path: Path, other: Json | None, said: str
) -> None:
    """To callers and to consumers, with both lines: it depends on the reader."""
    found = [each for each in changes(tmp_path, pets(USUAL), pets(other)) if each.rule == "discriminator"]
    assert {("undecided", "callers"), ("undecided", "consumers")} == {
        (str(each.verdict), str(each.audience)) for each in found
    }
    assert all(each.problem.endswith(said) for each in found), [each.problem for each in found]
    assert all(each.old.text.startswith('"discriminator"') for each in found)


def test_a_discriminator_that_is_new_or_says_the_same_breaks_nobody(tmp_path: Path) -> None:
    """A schema is named by its name, or by a reference."""
    by_name = {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "Dog"}}
    assert {"compatible"} == {str(each.verdict) for each in changes(tmp_path, pets(USUAL), pets(by_name))}
    added = changes(tmp_path, pets(None), pets(USUAL))
    assert ("compatible", True) == (
        ",".join({str(each.verdict) for each in added}),
        "discriminator" in {each.rule for each in added},
    )


def test_of_the_webhooks_of_openapi_30_the_names_are_compared(tmp_path: Path) -> None:
    """What else has changed of them is not, and that is said; to move them to where 3.1 has them breaks nobody."""
    old = pets(None, "x-webhooks")
    new = json.loads(json.dumps(old))
    new["x-webhooks"]["died"] = new["x-webhooks"].pop("born")
    found = [(each.rule, each.subject, str(each.verdict)) for each in changes(tmp_path, old, new)]
    assert [("event-removed", "webhook born", "break"), ("event-added", "webhook died", "compatible")] == found
    assert not [each for each in changes(tmp_path, old, pets(None)) if each.breaks]
    other = json.loads(json.dumps(old))
    other["components"]["schemas"]["Dog"]["required"] = []
    [unread] = [each for each in changes(tmp_path, old, other) if each.rule == "x-webhooks"]
    assert ("undecided", "'born' has changed, or what is referred to there. That is not compared.") == (
        str(unread.verdict),
        unread.problem,
    )
