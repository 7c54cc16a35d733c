"""Idempotency keys of the mock: whether one is free again after a refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bothends.mock import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.measured

TEXT = {"type": "string"}


def spec(promised: Any) -> dict[str, Any]:
    """Return the document of a service that keeps notes, which are changed with a key."""
    key = {"name": "Idempotency-Key", "in": "header", "schema": TEXT, "x-idempotency": promised}
    tag = {"ETag": {"schema": TEXT}}
    note = {"type": "object", "required": ["id", "text"], "properties": {"id": TEXT, "text": TEXT}}
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "properties": {"text": TEXT}}}},
    }
    content = {"application/json": {"schema": note}}

    def answers(status: str, **more: Any) -> dict[str, Any]:
        return {status: {"description": "Done.", "headers": tag, "content": content}, **more}

    change = {
        "operationId": "putNote",
        "parameters": [key, {"name": "If-Match", "in": "header", "schema": TEXT}],
        "requestBody": body,
        "responses": answers("200", **{"412": {"description": "Changed."}}),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            "/notes": {"post": {"operationId": "addNote", "requestBody": body, "responses": answers("201")}},
            "/notes/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "get": {"operationId": "getNote", "responses": answers("200")},
                "put": change,
            },
        },
    }


@pytest.mark.parametrize(("promised", "statuses"), [(True, [412, 412]), ({"refusals": "anew"}, [412, 200])])
def test_a_key_is_free_again_after_a_refusal_where_that_is_promised(
    tmp_path: Path, promised: Any, statuses: list[int]
) -> None:
    """Else what comes again with it gets the first answer again."""
    (tmp_path / "openapi.yaml").write_text(json.dumps(spec(promised)), "utf-8")
    with serving(tmp_path / "bothends.toml") as served, httpx.Client(base_url=served.url) as client:
        note = client.post("/notes", json={"text": "a"}).json()["id"]
        headers = [{"If-Match": '"another"'}, {}]
        found = [
            client.put(f"/notes/{note}", json={"text": "b"}, headers={"Idempotency-Key": "k-1", **one}).status_code
            for one in headers
        ]
    assert statuses == found
