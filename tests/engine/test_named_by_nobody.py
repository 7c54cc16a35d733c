"""By which members a body names what nobody has given, and which declared answers say that it is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.contract import Parameter
from bothends.contract.messages import json_bytes
from bothends.engine.play import declared_as_absent, named_by_nobody
from bothends.records import Request
from tests.laws import kept

OWN = kept.operation()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"id": "1"}, ("id",)),
        (
            {"roomId": 7, "room_id": "x", "parent-uuid": "x", "roomUUID": "x"},
            ("roomId", "room_id", "parent-uuid", "roomUUID"),
        ),
        ({"list": [{"deep": {"ID": "x"}}]}, ("ID",)),
        ({"paid": "x", "idea": "x", "valid": True, "id": None}, ()),
        ({"id": True, "roomId": ""}, ("roomId",)),
        ("id", ()),
    ],
)
def test_members_that_name_an_object(body: Any, names: tuple[str, ...]) -> None:
    """An id, by its name and by a value that may be one."""
    assert names == named_by_nobody(OWN, Request("POST", "/", (), json_bytes(body)))


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
