"""What the pytest plugin costs whoever has it installed and does not use it.

    python benchmarks/plugin.py

The import alone is measured within a process that has pytest loaded already; the whole of a run of pytest
with one empty test is measured with the plugin and without. Both are medians of several processes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from rig import measured

TIMES = 15
MOST_MS = 30.0
IMPORT = """
import time
import pytest
began = time.perf_counter()
import bothends.pytest_plugin.plugin
print((time.perf_counter() - began) * 1000)
"""


def main() -> int:
    """Measure, and print the table; 1 when the import takes too long."""
    imports = [float(measured([sys.executable, "-c", IMPORT]).output) for _ in range(TIMES)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_empty.py").write_text("def test_empty():\n    pass\n")
        run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_empty.py"]
        # In turn, so that whatever else the machine does is shared between them.
        pairs = [
            (measured(run, cwd=Path(folder)).seconds, measured([*run, "-p", "no:bothends"], cwd=Path(folder)).seconds)
            for _ in range(TIMES)
        ]
    cost = statistics.median(imports)
    with_it, without = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{'import of the plugin, ms':<44}{cost:>8.2f}")
    print(f"{'pytest with one empty test, plugin there, s':<44}{with_it:>8.2f}")
    print(f"{'the same with -p no:bothends, s':<44}{without:>8.2f}")
    return int(cost > MOST_MS)


if __name__ == "__main__":
    sys.exit(main())
