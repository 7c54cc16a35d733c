"""How the Starlette example starts; `tests/correct_targets` shows that it is a correct target."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import LONGEST

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "starlette"

_SETTINGS = {
    "SETTINGS_URL": "http://127.0.0.1:1/settings",
    "INNGEST_BASE_URL": "http://127.0.0.1:1",
    "INNGEST_EVENT_KEY": "a-key",
    "NEXTAUTH_SECRET": "a-secret",
}


@pytest.mark.parametrize("missing", _SETTINGS)
def test_example_does_not_start_without_what_it_needs(missing: str) -> None:
    """A missing variable is named, and nothing is served without it."""
    environment = {**os.environ, **_SETTINGS, "PORT": "0", missing: ""}
    command = [sys.executable, str(EXAMPLE / "app.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert done.returncode != 0
    assert f"RuntimeError: {missing} is not set" in done.stderr
