"""The environment without coverage, for whole runs whose lines other tests measure.

To start it takes a tenth of a second in each process, and a run has three and more; then it makes all of them slower.
"""

from __future__ import annotations

import os


def unmeasured() -> dict[str, str]:
    """Return the environment variables that are inherited, but those by which a process measures its lines."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
