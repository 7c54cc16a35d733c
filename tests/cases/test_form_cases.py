"""Cases of operations that take forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.cases import plain_cases
from bothends.cases.families.requests import admitted_request
from bothends.contract import load
from bothends.contract.messages import read_form

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

TOML = 'spec = "openapi.yaml"\n[target]\nurl = "http://127.0.0.1:9999"\n[world.ingest]\nkind = "webhook"\n'
SCHEMA = {
    "type": "object",
    "required": ["sku", "count"],
    "properties": {
        "sku": {"type": "string"},
        "count": {"type": "integer", "minimum": 1},
        "to": {"type": "object", "properties": {"zip": {"type": "string"}}},
    },
    "additionalProperties": False,
}
EXAMPLE = {"sku": "two pens", "count": 2, "to": {"zip": "3000"}}


def spec_of(*media_types: str, example: bool = True) -> dict[str, Any]:
    """Return a spec whose operation takes these forms."""
    content = {name: {"schema": SCHEMA, **({"example": EXAMPLE} if example else {})} for name in media_types}
    for name in media_types:
        if name.startswith("application/x-www"):
            content[name]["encoding"] = {"to": {"style": "deepObject", "explode": True}}
    answers = {"201": {"description": "Taken."}, "422": {"description": "Wrong.", "x-given": "invalid-body"}}
    operation = {"operationId": "order", "requestBody": {"required": True, "content": content}, "responses": answers}
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {"/orders": {"post": operation}}}


def contract(folder: Path, *media_types: str, example: bool = True) -> Contract:
    """Return a contract whose operation takes these forms."""
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec_of(*media_types, example=example), sort_keys=False))
    (folder / "bothends.toml").write_text(TOML)
    return load(folder / "bothends.toml")


URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@pytest.mark.parametrize("example", [True, False])
@pytest.mark.parametrize("media_type", [URL_ENCODED, MULTIPART])
def test_a_form_is_the_right_request(tmp_path: Path, media_type: str, example: bool) -> None:  # noqa: FBT001
    """The example of the spec is written as its encoding says; without one, the schema gives a value."""
    request = admitted_request(contract(tmp_path, media_type, example=example).operations[0])
    assert request is not None
    read = read_form(request.body or b"", request.header("content-type") or "")
    assert read is not None
    assert {"sku": "two pens", "count": "2", "to": {"zip": "3000"}} == read if example else {"sku", "count"} <= {*read}


@pytest.mark.parametrize(("media_type", "name"), [(URL_ENCODED, "form-urlencoded"), (MULTIPART, "form-data")])
def test_forms_have_right_wrong_and_odd_cases(tmp_path: Path, media_type: str, name: str) -> None:
    """A form may be written in several ways; a member that is missing, added or of another type is refused."""
    made = contract(tmp_path, media_type)
    names = {
        family: [case.name for case in plain_cases(made, family)] for family in ("success", "invalid-body", "odd-body")
    }
    assert {f"{name}-reversed", f"{name}-chunked"} <= set(names["success"])
    assert {f"{name}-without-sku", f"{name}-count-word", f"{name}-additional-unexpected"} <= set(names["invalid-body"])
    assert not {f"{name}-sku-word", f"{name}-without-to"} & set(names["invalid-body"])
    assert any(each.startswith(name) for each in names["odd-body"])


def test_json_and_a_form_are_both_tried(tmp_path: Path) -> None:
    """What the contract declares is looked at: each media type has its success."""
    made = contract(tmp_path, "application/json", URL_ENCODED, MULTIPART)
    sent = {(case.request.header("content-type") or "").partition(";")[0] for case in plain_cases(made, "success")}
    assert {"application/json", URL_ENCODED, MULTIPART} <= {each.lower() for each in sent}
    request = admitted_request(made.operations[0])
    assert request is not None
    assert "application/json" == request.header("content-type")
