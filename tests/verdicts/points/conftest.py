"""A shop for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.points.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A folder for a contract, its settings and its target."""
    return Shop(tmp_path)
