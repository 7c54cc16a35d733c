"""What the plugin costs whoever does not use it: next to nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import sys
import pytest

class Probe:
    def pytest_sessionfinish(self):
        print("loaded", sorted(name for name in sys.modules if name.split(".")[0] == "bothends"))

pytest.main(["-q", "test_own.py"], plugins=[Probe()])
"""


@pytest.mark.measured
def test_nothing_is_loaded_before_it_is_used(tmp_path: Path) -> None:
    """A run of pytest with the plugin installed loads its one module, and nothing of what it stands for."""
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = ["bothends", "bothends.pytest_plugin", "bothends.pytest_plugin.plugin"]
    assert f"loaded {loaded}" in done.stdout
