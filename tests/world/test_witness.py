"""What is kept until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.errors import HarnessError
from bothends.world import witness
from bothends.world.witness import Witness

if TYPE_CHECKING:
    from bothends.records import Delivery, UpstreamCall

DELIVERY = cast("Delivery", object())
CALL = cast("UpstreamCall", object())


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that sends without end is told of; what comes after the next look is kept again."""
    monkeypatch.setattr(witness, "_MOST_RECORDS", 2)
    kept = Witness()
    for _ in range(2):
        kept.called(CALL)
        kept.delivered(DELIVERY, 10)
    with pytest.raises(HarnessError, match="2 records were dropped"):
        kept.take()
    kept.delivered(DELIVERY, 10)
    assert ([DELIVERY], []) == kept.take()


def test_bytes_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few huge bodies fill it as many small ones do."""
    monkeypatch.setattr(witness, "_MOST_BYTES", 100)
    kept: Any = Witness()
    kept.delivered(DELIVERY, 60)
    kept.delivered(DELIVERY, 60)
    with pytest.raises(HarnessError, match="1 records were dropped"):
        kept.take()
