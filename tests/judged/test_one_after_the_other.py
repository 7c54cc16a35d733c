"""What is told of a target does not depend on how long one request waits for the others there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

PAPER = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Desk", "version": "1"},
    "paths": {
        "/papers": {
            "post": {
                "operationId": "handIn",
                "requestBody": {"required": True, "content": {"application/json": {"schema": PAPER}}},
                "responses": {status: {"description": ""} for status in ("201", "400", "404", "415")},
            }
        }
    },
}


def test_clients_wait_for_their_turn(tmp_path: Path) -> None:
    """None goes while others are served: what it would leave there would keep those that wait for each answer.

    What is wrong with the parser of the target is told all the same, which shows by the answer alone.
    """
    families = ("success/least", "routing", "methods", "framing")
    report = Project(tmp_path, "desk", SPEC, {"SECONDS": "0.2"}).verified(
        *(word for family in families for word in ("--only", family))
    )
    told = {(one["case"], one["actual"]) for one in report.value["findings"]}
    assert not [case for case, actual in told if "no answer" in actual], report.text
    assert ("framing/length-with-plus", "201") in told, report.text
