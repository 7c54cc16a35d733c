"""A value that is taken is so in a request that would meet a fault as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--profile", "quick", "--only", "upstream-wrong", "--only", "success")


def slots(folder: Path, order: str, bug: str = "", *, free: bool = False) -> Project:
    """Return the slots; `free`: there are as many as one likes, and not one."""
    slot = {
        "type": "object",
        "required": ["slot"],
        "additionalProperties": False,
        "properties": {"slot": {"type": "string", "minLength": 1, "maxLength": 40} if free else {"const": "first"}},
    }
    refused = {"description": "Refused."}
    answers: dict[str, Any] = {
        "201": {"description": "Booked."},
        "400": {"description": "Refused.", "x-given": "invalid-body"},
        "502": {"description": "The house is closed.", "x-given": "upstream-wrong"},
        **dict.fromkeys(("409", "415"), refused),
    }
    book = {
        "operationId": "book",
        "requestBody": {"required": True, "content": {"application/json": {"schema": slot}}},
        "responses": answers,
    }
    house = {"type": "object", "required": ["open"], "properties": {"open": {"type": "boolean"}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Slots", "version": "1"},
        "paths": {"/slots": {"post": book}},
        "components": {"schemas": {"House": house}},
    }
    env = {"HOUSE": "{world.house}", "ORDER": order, "BUG": bug}
    world = '[world.upstreams.house]\npath = "/house"\nanswer = "#/components/schemas/House"'
    return Project(folder, "slots", spec, env, world)


@pytest.mark.parametrize("order", ["slot", "house"])
def test_a_value_that_is_taken_is_refused_before_a_fault_is_met_or_after_it(tmp_path: Path, order: str) -> None:
    """Who looks at the slot first never asks for the house: 409 is as right as 502."""
    report = slots(tmp_path, order).verified(*ONLY)
    assert set() == report.errors, report.text


def test_a_fault_that_is_answered_as_if_a_value_were_taken_is_found(tmp_path: Path) -> None:
    """Where each request has a slot of its own, none is taken."""
    report = slots(tmp_path, "house", "conflict", free=True).verified(*ONLY)
    assert {"family-status"} == report.errors, report.text
    assert "The answer is 409, not " in report.text
