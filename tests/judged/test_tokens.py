"""What refuses each client at a token endpoint is told to be about the client, and not about `security`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("url", "likely", "add"),
    [
        ("/token", "the credential in the request: 401 of a `tokenUrl`", "x-from: setup.NAME, on the members"),
        ("/elsewhere", "a credential: 401 asks for one, and the contract does not", "security, and components"),
    ],
)
def test_who_asks_for_a_token_can_show_none(tmp_path: Path, url: str, likely: str, add: str) -> None:
    """At any other path, 401 is about a credential that the contract does not ask for."""
    wanted: dict[str, Any] = {
        "type": "object",
        "required": ["client_id"],
        "properties": {"client_id": {"type": "string"}},
    }
    operation = {
        "operationId": "giveToken",
        "requestBody": {"required": True, "content": {FORM: {"schema": wanted}}},
        "responses": {
            "200": {"description": "A token."},
            "400": {"description": "Refused.", "x-given": "invalid-body"},
        },
    }
    flows = {"clientCredentials": {"tokenUrl": url, "scopes": {}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Tokens", "version": "1"},
        "paths": {"/token": {"post": operation}},
        "components": {"securitySchemes": {"client": {"type": "oauth2", "flows": flows}}},
    }
    report = Project(tmp_path, "tokens", spec, target_lines='ready = "/"').verified("--only", "success")
    [line] = [one for one in report.value["not_proven"] if one["what"] == "success of giveToken"]
    assert (True, True) == (likely in line["why"], line["add"].startswith(add)), line
