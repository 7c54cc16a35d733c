"""Which bodies of callbacks are lists of events, and what one event of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import split_body
from bothends.schemas import Schema

if TYPE_CHECKING:
    from bothends.contract.terms.event_lists import Said

EVENT = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
LIST = {"type": "array", "items": EVENT}
NAMED = {"$defs": {"Event": EVENT, "Events": {"type": "array", "items": {"$ref": "#/$defs/Event"}}}}
ONE, SEVERAL = {"id": "a"}, [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("raw", "said", "always"),
    [
        (LIST, None, True),
        (LIST, "each", True),
        ({"type": ["array", "null"], "items": EVENT}, None, True),
        ({"items": EVENT}, None, True),
        ({"$ref": "#/$defs/Events", **NAMED}, None, True),
        ({"allOf": [LIST], "description": "All that came."}, None, True),
        ({"oneOf": [{"$ref": "#/$defs/Event"}, {"$ref": "#/$defs/Events"}], **NAMED}, None, False),
        ({"anyOf": [LIST, EVENT]}, None, False),
        (EVENT, "each", False),
        ({}, "each", False),
    ],
)
def test_each_item_is_an_event(raw: dict[str, Any], said: Said | None, *, always: bool) -> None:
    """The schema of one event takes an item, and that of the whole body takes the list."""
    body, listed, is_always = split_body(Schema(raw), said)
    assert listed is not None
    assert (True, True, always) == (body.is_valid(ONE), listed.is_valid(SEVERAL), is_always)
    assert raw == {} or not body.is_valid({"id": 1})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (EVENT, None),
        ({}, None),
        (LIST, "one"),
        ({"type": "array", "prefixItems": [{"const": "paid"}, EVENT]}, None),
        ({"type": "object", "properties": {"events": LIST}}, None),
    ],
)
def test_a_body_is_one_event(raw: dict[str, Any], said: Said | None) -> None:
    """Where nothing says that it is a list, where the contract says that a list is one, and where places have names."""
    schema = Schema(raw)
    assert (schema, None, False) == split_body(schema, said)


def test_alternatives_that_differ_are_all_events() -> None:
    """An event is what the one or the other says."""
    other = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    body, _, _ = split_body(Schema({"oneOf": [other, LIST]}), None)
    assert [True, True, False] == [body.is_valid(value) for value in (ONE, {"name": "a"}, {"name": 1})]
