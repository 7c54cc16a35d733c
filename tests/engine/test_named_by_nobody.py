"""By which members a body names what nobody has given, and which declared answers say that it is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.contract import BodyRule, Parameter
from bothends.contract.messages import json_bytes
from bothends.engine.play import declared_as_absent, named_by_nobody
from bothends.records import Request
from bothends.schemas import Schema
from tests.laws import kept

OWN = kept.operation()


ID: dict[str, Any] = {"type": ["string", "integer", "boolean", "null"]}
NAMES = ("id", "roomId", "room_id", "a-uuid", "roomUUID", "ID", "paid", "idea", "valid")
MEMBERS: dict[str, Any] = {"type": "object", "properties": dict.fromkeys(NAMES, ID)}
MORE = {"list": {"type": "array", "items": MEMBERS}, "either": {"oneOf": [MEMBERS, {"properties": {"name": {}}}]}}
BODY = Schema({**MEMBERS, "properties": {**MEMBERS["properties"], **MORE}})


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"id": "1"}, ("id",)),
        ({"roomId": 7, "room_id": "x"}, ("room_id", "roomId")),
        ({"a-uuid": "x", "roomUUID": ""}, ("roomUUID", "a-uuid")),
        ({"list": [1, {"ID": "x"}]}, ("ID",)),
        ({"paid": "x", "idea": "x", "valid": True, "id": None}, ()),
        ({"userId": "x", "list": {"userId": "x"}}, ()),
        ({"either": {"id": "1"}}, ("id",)),
        ({"id": True}, ()),
        ("id", ()),
    ],
)
def test_members_that_name_an_object(body: Any, names: tuple[str, ...]) -> None:
    """An id, by its name and by a value that may be one; what the schema does not describe names nothing."""
    operation = replace(OWN, body=BodyRule(required=True, content={"application/json": BODY}))
    assert set(names) == set(named_by_nobody(operation, Request("POST", "/", (), json_bytes(body))))


def test_a_declared_answer_that_does_not_say_when() -> None:
    """404 or 410 of a path that names nothing, without a family that leads to it."""
    problem = next(one for one in OWN.answers if one.family_rules)
    silent, given = replace(problem, status="404", family_rules=()), replace(problem, status="404")
    classes = replace(problem, status="4XX", family_rules=())
    named = Parameter("id", "path", required=True, schema=None, example=None, pointer="/paths")
    assert frozenset() == declared_as_absent(replace(OWN, answers=(given,)))
    assert frozenset({404}) == declared_as_absent(replace(OWN, answers=(silent,)))
    assert frozenset() == declared_as_absent(replace(OWN, answers=(classes,)))
    assert frozenset() == declared_as_absent(replace(OWN, answers=(silent,), parameters=(named,)))
