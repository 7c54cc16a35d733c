"""The requests of `init`: no two values are equal in all of them, so that an event tells which of them it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.cases.families.requests import admitted_request
from bothends.contract import load
from bothends.scaffold.request_values import varied

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string", "example": "a"}
SCHEMA = {
    "type": "object",
    "required": ["id", "name", "size", "weight", "day", "until"],
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "string", "maxLength": 40} for name in ("id", "name")},
        **{name: {"type": "integer", "minimum": 1, "maximum": 99} for name in ("size", "weight")},
        **{name: {"type": "string", "maxLength": 10} for name in ("day", "until")},
    },
}
EXAMPLE = {"id": "a", "name": "a", "size": 2, "weight": 2, "day": "2027-03-28", "until": "2027-03-28"}


def test_values_that_are_equal_in_one_request_differ_in_others(tmp_path: Path) -> None:
    """Texts, numbers and dates; each request is one that the contract admits."""
    content = {"application/json": {"schema": SCHEMA, "example": EXAMPLE}}
    operation: dict[str, Any] = {
        "parameters": [{"name": name, "in": "query", "required": True, "schema": TEXT} for name in ("q", "r")],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Done."}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"post": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(spec))
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n')
    (asked,) = load(tmp_path / "bothends.toml").operations
    usual = admitted_request(asked)
    assert usual is not None
    assert usual == varied(asked, usual, 0, 1)
    for number in range(1, 6):
        made = varied(asked, usual, number, 1)
        body = json.loads(made.body or b"")
        texts = [*body.values(), *(pair.partition("=")[2] for pair in made.target.partition("?")[2].split("&"))]
        assert len(texts) == len(set(texts)), made
