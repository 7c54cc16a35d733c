"""The layers of ARCHITECTURE.md, and the shape of the code, as the imports show them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
MODULES = sorted((SOURCE / "bothends").rglob("*.py"))
REFERENCE = sorted((ROOT / "reference").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
ROW = re.compile(r"^\| `(?P<part>\w+)` \| may import (?P<others>[^|]*)\|")
ROOM = re.compile(r"^\| `engine/(?P<room>\w+)` \| may import (?P<others>[^|]*)\|")
LONGEST_FILE = 1000
WITHOUT_A_DOOR = frozenset({"cases", "cli", "contract", "engine", "locust_hooks", "reports"})
"""Parts whose modules are imported each by itself: to load all takes longer, or needs Locust. Rooms of the engine have
doors."""
