"""The Starlette example is a correct target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "starlette"

_SETTINGS = {
    "SETTINGS_URL": "http://127.0.0.1:1/settings",
    "INNGEST_BASE_URL": "http://127.0.0.1:1",
    "INNGEST_EVENT_KEY": "a-key",
    "NEXTAUTH_SECRET": "a-secret",
}


def test_example_is_proven(tmp_path: Path) -> None:
    """No law is broken and each declared answer is seen."""
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "bothends", "verify", "--config", str(EXAMPLE / "bothends.toml")]
    command += ["--profile", "quick", "--seed", "1", "--json", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (0, []) == (done.returncode, told["findings"]), done.stdout


@pytest.mark.parametrize("missing", _SETTINGS)
def test_example_does_not_start_without_what_it_needs(missing: str) -> None:
    """A missing variable is named, and nothing is served without it."""
    environment = {**os.environ, **_SETTINGS, "PORT": "0", missing: ""}
    command = [sys.executable, str(EXAMPLE / "app.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert f"RuntimeError: {missing} is not set" in done.stderr
