"""The environment without coverage, for whole runs whose lines other tests measure.

To start it takes a tenth of a second in each process, and a run has three and more; then it makes all of them slower.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def measuring(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables by which a process measures its lines."""
    return [name for name in environment if name.startswith("COVERAGE_")]


def unmeasured() -> dict[str, str]:
    """Return the environment variables that are inherited, but those by which a process measures its lines."""
    return {name: value for name, value in os.environ.items() if name not in measuring(os.environ)}
