"""The hardened example guarantees what the reference does not; `tests/correct_targets` shows that it is correct."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends
from tests.waiting import LONGEST

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "hardened"
PLANTED = ROOT / "tests" / "planted" / "hardened"

_SETTINGS = {
    "INNGEST_BASE_URL": "http://127.0.0.1:1",
    "INNGEST_EVENT_KEY": "a-key",
    "NEXTAUTH_SECRET": "a-secret",
}


def verified(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    """Verify it; return the exit code, the findings, and what was printed."""
    report = folder / "report.json"
    config = ("--config", str(EXAMPLE / "bothends.toml"))
    done = bothends(folder, "verify", *config, "--seed", "1", "--json", str(report), *words)
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))["findings"], done.stdout


def test_it_answers_a_client_that_has_closed_its_half(tmp_path: Path) -> None:
    """The guarantee is in its settings, and kept by the case that closes a half."""
    assert "answers_half_closed = true" in (EXAMPLE / "bothends.toml").read_text(encoding="utf-8")
    code, findings, told = verified(tmp_path, "--only", "slow-clients/half-closed")
    assert (0, []) == (code, findings), told


def test_fault_in_the_guarantee_is_found(tmp_path: Path) -> None:
    """A client that is hung up on, once it has closed its half, shows that the guarantee is broken."""
    command = f"{sys.executable} {PLANTED / 'half_closed.py'}"
    words = ("--only", "slow-clients/half-closed", "--command", command, "--env", f"PYTHONPATH={EXAMPLE}")
    code, findings, told = verified(tmp_path, *words)
    assert 1 == code
    assert "as-promised" in {finding["law"] for finding in findings}, told


@pytest.mark.parametrize("missing", _SETTINGS)
def test_example_does_not_start_without_what_it_needs(missing: str) -> None:
    """A missing variable is named, and nothing is served without it."""
    environment = {**os.environ, **_SETTINGS, "PORT": "0", missing: ""}
    command = [sys.executable, "-m", "hardened"]
    done = subprocess.run(
        command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert (2, f"hardened: {missing} is not set\n") == (done.returncode, done.stderr)
