"""Proposals as an overlay, and in place: what comes of either is the document with just that in it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535 import find

from bothends.contract.openapi import json_path, overlaid
from bothends.documents import Library, Place, parse_yaml
from bothends.errors import ContractError
from bothends.records import resolve
from bothends.scaffold import Proposal
from bothends.scaffold.overlay import edited, overlay_text

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
# A comment that stays.
openapi: 3.1.0
info: {title: Shop, version: '1'}   # and this one
paths:
  /items:
    post:
      responses:
        '200': {description: Taken.}
        '201':
            # deeper than usual
            description: Added.
        '400': &refused
          description: Refused.
        '401': *refused
        '404': {}
"""
ANSWERS = "/paths/~1items/post/responses"
CALLBACK = {"callbacks": {"added": {"{$request.body#/url}": {"post": {"x-when": True}}}}}


def opened(folder: Path, text: str = SPEC, name: str = "openapi.yaml") -> Place:
    """Return the root of a document that is written for it."""
    (folder / name).write_text(text, "utf-8")
    return Library().open(folder / name)


def at(root: Place, pointer: str) -> Place:
    """Return a place of a document."""
    return Place(root.library, root.document, pointer, resolve(root.document.value, pointer))


def given_of(root: Place, status: str, *, is_sure: bool = True) -> Proposal:
    """Return the proposal of an `x-given`."""
    return Proposal(at(root, f"{ANSWERS}/{status}"), {"x-given": "invalid-body"}, "2 of 2", is_sure=is_sure)


@given(st.lists(st.text(max_size=6), min_size=1, max_size=4))
def test_a_path_leads_to_its_place_alone(keys: list[str]) -> None:
    """Whatever the keys are."""
    document: Any = "here"
    for key in reversed(keys):
        document = {key: document, f"{key}'": "elsewhere"}
    assert ["here"] == [node.value for node in find(json_path(tuple(keys)), document)]


def test_an_overlay_makes_what_is_sure(tmp_path: Path) -> None:
    """What is not sure is there to read, and has no effect."""
    root = opened(tmp_path)
    made = [given_of(root, "200"), given_of(root, "404", is_sure=False)]
    (tmp_path / "o.yaml").write_text(overlay_text("Shop", made, root), "utf-8")
    changed, idle = overlaid(root, [tmp_path / "o.yaml"])
    answers = resolve(changed.value, ANSWERS)
    assert ({"description": "Taken.", "x-given": "invalid-body"}, {}, []) == (answers["200"], answers["404"], idle)
    assert "# unsure: 2 of 2" in (tmp_path / "o.yaml").read_text("utf-8")


def test_an_overlay_of_nothing_that_is_sure_changes_nothing(tmp_path: Path) -> None:
    """It is an overlay all the same: each has an action."""
    root = opened(tmp_path)
    text = overlay_text("Shop", [given_of(root, "404", is_sure=False)], root)
    (tmp_path / "o.yaml").write_text(text, "utf-8")
    changed, idle = overlaid(root, [tmp_path / "o.yaml"])
    assert (root.value, []) == (changed.value, idle)


@pytest.mark.parametrize("status", ["200", "201", "404"])
def test_a_document_is_changed_in_place(tmp_path: Path, status: str) -> None:
    """All other lines stay as they are, with their comments."""
    root = opened(tmp_path)
    text = edited(root.document, [given_of(root, status)])
    assert "invalid-body" == resolve(parse_yaml(text)[0], f"{ANSWERS}/{status}/x-given")
    changed = [line for line in SPEC.splitlines() if line not in text.splitlines()]
    assert len(changed) <= 1


def test_a_callback_is_put_into_its_operation(tmp_path: Path) -> None:
    """With why it is proposed, as a comment."""
    root = opened(tmp_path)
    proposal = Proposal(at(root, "/paths/~1items/post"), CALLBACK, "3 events arrived for 3 requests")
    text = edited(root.document, [proposal, given_of(root, "200")])
    value = parse_yaml(text)[0]
    assert CALLBACK["callbacks"] == resolve(value, "/paths/~1items/post/callbacks")
    assert "      # 3 events arrived for 3 requests\n      callbacks:\n" in text


def test_what_is_shared_by_an_anchor_is_not_changed_in_place(tmp_path: Path) -> None:
    """Another answer would be changed with it: the advice names the overlay."""
    root = opened(tmp_path)
    with pytest.raises(ContractError) as caught:
        edited(root.document, [given_of(root, "401")])
    assert "--in-place" in caught.value.advice


def test_json_keeps_its_indent(tmp_path: Path) -> None:
    """All else is as it was."""
    text = textwrap.dedent("""\
        {
            "openapi": "3.1.0",
            "paths": {"/items": {"post": {"responses": {"200": {"description": "é"}}}}}
        }
    """)
    root = opened(tmp_path, text, "openapi.json")
    lines = edited(root.document, [given_of(root, "200")]).splitlines()
    assert '    "openapi": "3.1.0",' in lines
    assert any('"description": "é"' in line for line in lines)
