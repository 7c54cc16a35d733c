"""Overlays: what they change, where what they bring in is said to stand, and what is said of wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract import load
from bothends.contract.openapi import overlaid
from bothends.documents import Library, Place
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
openapi: 3.1.0
info: {title: Orders, version: '1'}
tags:
  - name: a
  - name: b
  - name: c
paths:
  /orders:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                url: {type: string, format: uri}
      responses:
        '201':
          description: Placed.
      callbacks:
        placed:
          '{$request.body#/url}':
            post:
              requestBody:
                content:
                  application/json:
                    schema: {type: object}
              responses:
                '200':
                  description: Taken.
"""


def changed(folder: Path, *actions: Any, spec: str = SPEC) -> tuple[Place, list[str]]:
    """Return a document with an overlay of some actions, and what is said of those that select nothing."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "more.yaml").write_text(yaml.safe_dump({"overlay": "1.0.0", "actions": list(actions)}), "utf-8")
    root, idle = overlaid(Library().open(folder / "openapi.yaml"), [folder / "more.yaml"])
    return root, [f"{what}: {error.problem}" for what, error in idle]


CALLBACK = "$.paths['/orders'].post.callbacks.placed"


@pytest.mark.parametrize(
    ("action", "pointer", "expected"),
    [
        ({"target": CALLBACK, "update": {"x-when": True}}, "/paths/~1orders/post/callbacks/placed/x-when", True),
        ({"target": "$.info", "update": {"title": "Other"}}, "/info", {"title": "Other", "version": "1"}),
        ({"target": "$", "update": {"info": {"version": "2"}}}, "/info", {"title": "Orders", "version": "2"}),
        ({"target": "$.tags", "update": {"name": "d"}}, "/tags", [{"name": name} for name in "abcd"]),
        ({"target": "$", "update": {"tags": [{"name": "d"}]}}, "/tags", [{"name": name} for name in "abcd"]),
        ({"target": "$.tags[?@.name == 'b']", "remove": True}, "/tags", [{"name": "a"}, {"name": "c"}]),
        ({"target": "$.tags[0,2]", "remove": True}, "/tags", [{"name": "b"}]),
        ({"target": "$.tags", "remove": True}, "", {"openapi", "info", "paths"}),
        ({"target": "$..responses.*", "update": {"x": 1}}, "/paths/~1orders/post/responses/201/x", 1),
        ({"target": "$.tags[*]", "update": {"x": 1}}, "/tags/2", {"name": "c", "x": 1}),
    ],
)
def test_an_action_changes_what_it_selects(tmp_path: Path, action: Any, pointer: str, expected: Any) -> None:
    """Mappings are merged, items are appended, and what is removed is there no more."""
    root, idle = changed(tmp_path, action)
    value = root.library.resolve(f"#{pointer}", root).value
    assert (expected, []) == (set(value) if isinstance(expected, set) else value, idle)


def test_places_are_where_each_part_was_written(tmp_path: Path) -> None:
    """What an overlay brings in stands in the overlay; the rest where it stood, whatever was removed before it."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "more.yaml").write_text(
        """\
overlay: 1.0.0
info: {title: More, version: '1'}
actions:
  - target: $.tags[0]
    remove: true
  - target: $.tags
    update:
      name: d
  - target: $.tags[0]
    remove: true
  - target: $.paths['/orders'].post
    update:
      responses:
        '400':
          description: Refused.
""",
        "utf-8",
    )
    root, idle = overlaid(Library().open(tmp_path / "openapi.yaml"), [tmp_path / "more.yaml"])
    places = {
        "/tags/0/name": "openapi.yaml:6 /tags/2/name",
        "/tags/1/name": "more.yaml:8 /actions/1/update/name",
        "/paths/~1orders/post/responses/400/description": ("more.yaml:15 /actions/3/update/responses/400/description"),
        "/paths/~1orders/post/responses/201": "openapi.yaml:18 /paths/~1orders/post/responses/201",
        "/paths/~1orders/post/responses": "openapi.yaml:17 /paths/~1orders/post/responses",
    }
    found = {pointer: str(root.document.location(pointer)).replace(f"{tmp_path}/", "") for pointer in places}
    assert (places, []) == (found, idle)


def test_the_document_itself_is_left_as_it_is(tmp_path: Path) -> None:
    """What others hold of the document does not change under them."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "more.yaml").write_text('{overlay: 1.0.0, actions: [{target: "$..*", update: {x: 1}}]}', "utf-8")
    before = Library().open(tmp_path / "openapi.yaml")
    with pytest.raises(ContractError, match="neither a mapping nor a list"):
        overlaid(before, [tmp_path / "more.yaml"])
    (tmp_path / "right.yaml").write_text('{overlay: 1.0.0, actions: [{target: "$.tags[*]", update: {x: 1}}]}', "utf-8")
    after, _ = overlaid(before, [tmp_path / "right.yaml"])
    assert (yaml.safe_load(SPEC), [{"name": name, "x": 1} for name in "abc"]) == (before.value, after.value["tags"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def merged(target: Any, update: Any) -> Any:
    """Return what a merge comes to, said once more and shorter."""
    if isinstance(target, dict) and isinstance(update, dict):
        return {
            **target,
            **{key: merged(target[key], value) if key in target else value for key, value in update.items()},
        }
    return [*target, *update] if isinstance(target, list) and isinstance(update, list) else update


@given(st.dictionaries(st.sampled_from("abc"), JSON), st.dictionaries(st.sampled_from("abc"), JSON))
def test_a_merge_goes_as_deep_as_both_are_mappings(
    tmp_path_factory: pytest.TempPathFactory, old: Any, new: Any
) -> None:
    """What the update does not name stays; each place of the result is one of either file, with that value."""
    folder = tmp_path_factory.mktemp("merge")
    root, _ = changed(folder, {"target": "$", "update": new}, spec=yaml.safe_dump(old or {"z": 1}))
    assert merged(old or {"z": 1}, new) == root.value
    pending = [root]
    while pending:
        place = pending.pop()
        written = place.location
        source = Library().open(written.file)
        if not isinstance(place.value, dict | list):
            assert source.library.resolve(f"#{written.pointer}", source).value == place.value
        keys = (
            place.value
            if isinstance(place.value, dict)
            else range(len(place.value))
            if isinstance(place.value, list)
            else ()
        )
        pending.extend(place.child(key) for key in keys)


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ({}, "more.yaml:1: This is not an overlay of version 1.0."),
        ({"overlay": "2.0.0"}, "more.yaml:1 /overlay: This is not an overlay of version 1.0."),
        ({"overlay": "1.0.0"}, "more.yaml:1: The overlay has no actions."),
        ({"overlay": "1.0.0", "actions": [{"update": {}}]}, "/actions/0: The action has no target."),
        ({"overlay": "1.0.0", "actions": [{"target": "$"}]}, "/actions/0: The action changes nothing."),
        ({"overlay": "1.0.0", "actions": [{"target": "info", "update": {}}]}, "/target: The target is not a JSONPath"),
        ({"overlay": "1.0.0", "actions": [{"target": "$", "remove": True}]}, "removes the whole document"),
        ({"overlay": "1.0.0", "actions": [{"target": "$.info.title", "update": {}}]}, "neither a mapping nor a list"),
        ({"overlay": "1.0.0", "actions": [{"target": "$.info", "update": 5}]}, "the update is no mapping"),
    ],
)
def test_a_wrong_overlay_is_told_with_its_place(tmp_path: Path, overlay: Any, expected: str) -> None:
    """What is wrong, where, and what was expected."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "more.yaml").write_text(yaml.safe_dump(overlay), "utf-8")
    with pytest.raises(ContractError) as caught:
        overlaid(Library().open(tmp_path / "openapi.yaml"), [tmp_path / "more.yaml"])
    assert expected in str(caught.value)


def contract(folder: Path, *actions: Any) -> Any:
    """Return the contract of the document with an overlay, as the settings name it."""
    changed(folder, *actions)
    (folder / "bothends.toml").write_text('spec = "openapi.yaml"\noverlays = ["more.yaml"]\n', "utf-8")
    return load(folder / "bothends.toml")


def test_the_settings_name_overlays(tmp_path: Path) -> None:
    """What an overlay adds is part of the contract, and makes another contract of it."""
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    plain = load(tmp_path / "bothends.toml")
    more = contract(tmp_path, {"target": CALLBACK, "update": {"x-when": True}})
    assert [None, True] == [
        when if when is None else when.owed for when in (one.operations[0].events[0].when for one in (plain, more))
    ]
    assert plain.digest != more.digest


def test_an_action_that_selects_nothing_is_told(tmp_path: Path) -> None:
    """It is no silent loss: a document has perhaps changed under its overlay."""
    assert ["action 1 of the overlay more.yaml: The target selects nothing: $.paths['/order']."] == (
        changed(tmp_path, {"target": "$.paths['/order']", "update": {"x": 1}})[1]
    )
    unusable = contract(tmp_path, {"target": "$.paths['/order']", "update": {"x": 1}}).unusable
    assert ["action 1 of the overlay more.yaml"] == [each.what for each in unusable]


def test_a_mistake_in_an_overlay_is_told_there(tmp_path: Path) -> None:
    """An error in what an overlay brings in names the overlay's line."""
    with pytest.raises(ContractError) as caught:
        contract(tmp_path, {"target": CALLBACK, "update": {"x-when": "sometimes"}})
    where = caught.value.where
    assert where is not None
    assert ("more.yaml", "/actions/0/update/x-when") == (where.file.name, where.pointer)
