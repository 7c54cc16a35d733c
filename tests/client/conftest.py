"""What runs a session against a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.client.wire import run_wire

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def wire() -> Callable[..., Any]:
    """Run a session against a handler: `wire(handler, session)`."""
    return run_wire
