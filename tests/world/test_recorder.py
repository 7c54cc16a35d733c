"""What is kept until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bothends.records import UpstreamCall
from bothends.world import service
from bothends.world.service import Recorder

if TYPE_CHECKING:
    import pytest

    from bothends.records import Delivery

DELIVERY = cast("Delivery", object())
CALL = UpstreamCall("settings", 1, 0.0, 0.0, 200, None, None, "GET /settings", (), answered=True)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a target that sends without end it is known how much was dropped; after the next look there is room again."""
    monkeypatch.setattr(service, "_MOST_RECORDS", 2)
    kept = Recorder()
    for _ in range(2):
        kept.called(CALL)
        kept.delivered(DELIVERY, 10)
    assert ([DELIVERY], [CALL]) == kept.take()
    kept.delivered(DELIVERY, 10)
    assert ([DELIVERY], []) == kept.take()
    assert 2 == kept.dropped


def test_bytes_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few huge bodies fill it as many small ones do."""
    monkeypatch.setattr(service, "_MOST_BYTES", 100)
    kept: Any = Recorder()
    kept.delivered(DELIVERY, 60)
    kept.delivered(DELIVERY, 60)
    assert (([DELIVERY], []), 1) == (kept.take(), kept.dropped)
