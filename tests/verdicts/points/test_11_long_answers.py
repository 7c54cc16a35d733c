"""Point 11: a target that echoes long bodies could never be PROVEN, and no line said what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop

ANYTHING = {"properties": {"item": {"type": None, "minLength": None, "maxLength": None}}}
ECHO: dict[str, Any] = {
    "callbacks": None,
    "requestBody": {"content": {"application/json": {"schema": ANYTHING}}},
    "responses": {
        **dict.fromkeys(("502", "503", "504")),
        "201": {"content": {"application/json": {"schema": {"properties": {"item": {"type": None}}}}}},
    },
}
"""An item is any JSON, however long, and the answer says it again."""


def test_what_is_longer_than_is_read_says_what_to_do(shop: Shop) -> None:
    """The line to add settles it: with it in the settings, the same target is proven."""
    row = {"post": ECHO, "target": {"events": []}, "ingest": "", "env": ""}
    ended = shop.verify("11 long bodies are echoed", row)
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if each["what"].startswith("answer 201")]
    found = re.search(r"\w+ = \d+", line["add"])
    assert found is not None, line
    again = shop.verify("11 long bodies are echoed, with the line added", {**row, "target-settings": found[0]})
    assert 0 == again.code, again
