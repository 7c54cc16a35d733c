"""A scenario that is broken off while the target starts leaves no target behind."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bothends.engine.lifecycle import scenarios
from tests.waiting import in_own_time

if TYPE_CHECKING:
    from bothends.engine.lifecycle.context import ScenarioContext


class Starting:
    """What the scenario works with: a target that is ready after a while, and requests that can't be sent."""

    def __init__(self) -> None:
        """Nothing has been launched."""
        self.process = self
        self.target = SimpleNamespace(port=1)
        self.launched = ""

    async def launch(self) -> None:
        """Launch the target."""
        self.launched = "begun"
        try:
            await asyncio.sleep(0.3)
        except asyncio.CancelledError:
            self.launched = "broken off"
            raise
        self.launched = "ready"

    async def connect(self) -> None:
        """Make ready to send."""

    async def too_early(self) -> None:
        """Send nothing."""
        raise ConnectionError


def test_a_target_that_is_still_starting_is_not_left_behind() -> None:
    """Its launch has ended when the scenario has: who closes the scenario's world stops what is there by then."""
    context = Starting()

    async def main() -> str:
        with pytest.raises(ConnectionError):
            await scenarios.EARLY.play(cast("ScenarioContext", context))
        return context.launched

    assert "broken off" == in_own_time(main())
