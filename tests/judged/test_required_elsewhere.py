"""A request is made where one part of a schema says which members there must be, and another one what they are."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

THING = {"$ref": "#/components/schemas/Thing"}
SCHEMAS = {
    "all": {"allOf": [THING, {"required": ["code"]}]},
    "beside": {"allOf": [THING], "required": ["code"]},
    "any": {"$ref": "#/components/schemas/Either"},
}


def verified(folder: Path, schema: str, bug: str = "") -> Report:
    """Return what a run says of requests that make a thing."""
    project = shelf(folder, bug)
    make = project.spec["paths"]["/things"]["post"]
    thing: dict[str, Any] = copy.deepcopy(make["requestBody"]["content"]["application/json"]["schema"])
    thing["properties"]["code"]["type"] = "string"
    either = {**thing, "anyOf": [{"required": ["code"]}, {"required": ["colour"]}]}
    project.spec["components"] = {"schemas": {"Thing": thing, "Either": either}}
    members = {"required": ["thing"], "properties": {"thing": SCHEMAS[schema]}}
    body = {"type": "object", "additionalProperties": False, **members}
    make["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    project.env["MEMBER"] = "thing"
    return project.verified("--only", "success", "--operation", "make")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_valid_requests_are_made(tmp_path: Path, schema: str) -> None:
    """A target that takes them is right, and has taken some."""
    report = verified(tmp_path, schema)
    assert (0, set()) == (report.code, report.errors), report.text


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_becomes_of_them_is_looked_at(tmp_path: Path, schema: str) -> None:
    """A target that sends no event for them is found."""
    assert {"event-for-success"} == verified(tmp_path, schema, "made").errors
