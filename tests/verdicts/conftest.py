"""What CI has time for of the tests of verdicts: each is a whole run, of ten seconds and more.

`VERDICTS=all` plays all of them, as `make verdicts-all` does.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

IN_CI = (
    "test_rows.py::*",
    "test_behind_the_answer.py::*",
    *(f"test_table_security.py::test_verdict[[]{row}-*" for row in ("bearer", "header-key", "basic", "either", "both")),
    *(f"test_table_callbacks.py::test_verdict[[]{row}-right]" for row in ("one", "two", "on-one-operation")),
    *(f"test_table_callbacks.py::test_verdict[[]{row}-never:*" for row in ("one", "two", "on-one-operation")),
    "points/test_06_pipelined.py::*",
    "points/test_09_least_settings.py::*",
    "points/test_11_long_answers.py::*",
)
"""The tests that are played without being asked for: one or two of each sort."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what CI has no time for; what was left out is counted at the end, as pytest does."""
    if os.environ.get("VERDICTS") == "all":
        return
    here = "tests/verdicts/"
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        name = item.nodeid.removeprefix(here)
        asked = not item.nodeid.startswith(here) or any(fnmatchcase(name, pattern) for pattern in IN_CI)
        (kept if asked else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept
