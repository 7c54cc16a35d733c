"""Twelve faults planted in the reference: the whole command line finds each, and names the law."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each fault, the law that must name it, and the cases that are enough to see it; all: the quick profile.
FAULTS = {
    "another_name": ("own-event", None),
    "boolean_true": ("answer-schema", None),
    "cached_settings": ("provenance", None),
    "errors_as_json": ("declared-media-type", None),
    "event_twice": ("one-event", None),
    "event_without_session": ("no-event-without-success", None),
    "malformed_is_500": ("family-status", None),
    "no_timeout": ("answered-in-time", "upstream-timeout/ingest-hangs"),
    "refused_yet_sent": ("no-event-without-success", None),
    "seconds": ("nothing-dropped", None),
    "settings_at_top": ("nothing-dropped", None),
    "swallowed_failure": ("event-for-success", None),
}


def verify(fault: str, only: str | None, report: Path) -> tuple[int, dict[str, Any]]:
    """Run `bothends verify` on the reference with a fault in it; return the exit code and the report."""
    command = [
        *(sys.executable, "-m", "bothends", "verify", "--profile", "quick", "--json", str(report)),
        *("--command", f"python {Path('tests', 'planted', fault)}.py", "--env", f"PYTHONPATH={ROOT}"),
        *(("--only", only) if only else ()),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))


def test_each_planted_fault_has_its_test() -> None:
    """No fault is planted that no test looks for."""
    assert {path.stem for path in (ROOT / "tests" / "planted").glob("*.py")} == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found_and_its_law_named(fault: str, tmp_path: Path) -> None:
    """The run is broken, exit code 1, and a finding of the right law can be replayed."""
    law, only = FAULTS[fault]
    code, report = verify(fault, only, tmp_path / "report.json")
    found = {finding["law"]: finding for finding in report["findings"] if finding["severity"] == "error"}
    assert (code, report["verdict"]) == (1, "broken")
    assert law in found, found
    assert found[law]["replay"].startswith("bothends replay ")
