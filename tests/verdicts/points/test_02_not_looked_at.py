"""Point 2: what was not looked at was PROVEN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop

NO_SOURCES: dict[str, Any] = {
    "post": {
        "callbacks": {
            "orderPlaced": {
                "{ingest}/e/{eventKey}": {
                    "post": {
                        "requestBody": {
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "properties": {
                                            "data": {
                                                "properties": {"order": {"x-from": None}, "item": {"x-from": None}}
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}


@pytest.mark.long
def test_events_that_nobody_declared_are_not_proven(shop: Shop) -> None:
    """A contract without callbacks whose target sends events: told with their number, and with what to add."""
    no_faults = dict.fromkeys(("502", "503", "504"))
    ended = shop.verify("2 no callbacks, events are sent", {"post": {"callbacks": None, "responses": no_faults}})
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if "callbacks" in each["add"]]
    assert "/paths/~1orders/post" in line["where"]
    assert any(word.isdigit() for word in line["why"].replace(",", "").split()), line


def test_a_callback_without_sources_is_not_proven(shop: Shop) -> None:
    """Nothing says where the event's values come from, so nothing was compared: told once, of this callback."""
    ended = shop.verify("2 a callback without x-from", NO_SOURCES, "--only", "success")
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if "x-from" in each["add"]]
    assert "orderPlaced" in line["what"] + line["where"]
    assert 0 == ended.judged("provenance")
