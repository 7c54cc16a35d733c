"""Behind each law a fault: planted in the reference, found by the whole command line, and named by that law."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests" / "planted" / "laws"

# Each fault, the law that names it, and what is enough to see it; empty: the quick profile.
FAULTS = {
    "acknowledged_first": ("acknowledged-first", "success/usual"),
    "answered": ("answered", "malformed-body/bare-word"),
    "declared_status": ("declared-status", "fuzz-valid"),
    "drains": ("drains", "start-and-stop/sigterm-during-ingest"),
    "event_schema": ("event-schema", "success/usual"),
    "no_phantom": ("no-phantom", "crowd/distinct-users"),
    "no_secret_in_answer": ("no-secret-in-answer", "malformed-body/bare-word"),
    "no_secret_in_event": ("no-secret-in-event", "success/usual"),
    "problem_status": ("problem-status", "signed-out/no-session"),
    "recovers": ("recovers", "upstream-timeout/settings-hangs"),
    "refuses_first": ("refuses-first", "signed-out/no-session"),
    "right_address": ("right-address", "success/usual"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_found_and_its_law_named(fault: str, tmp_path: Path) -> None:
    """An error makes the run broken; a warning stands beside a contract that is otherwise kept."""
    law, only = FAULTS[fault]
    report = tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "bothends", "verify", "--seed", "1", "--json", str(report), "--only", only),
        *("--command", f"python tests/planted/laws/{fault}.py", "--env", f"PYTHONPATH={ROOT}"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    found = {f["law"]: f["severity"] for f in findings}
    # What follows from a finding, as any wrong answer may break two laws, stands below it.
    assert law in {*found, *(one["law"] for f in findings for one in f["consequences"])}, found
    assert (1 if "error" in found.values() else 0) == done.returncode


def test_without_the_promise_it_is_a_warning(tmp_path: Path) -> None:
    """What is called for a request that is refused breaks a contract that forbids it, and no other."""
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8").replace("refuses_first = true\n", "")
    for name in ("openapi.yaml", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    config, report = tmp_path / "bothends.toml", tmp_path / "report.json"
    config.write_text(settings.replace("\n[target]\n", f'\n[target]\ncwd = "{ROOT}"\n'), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "bothends", "verify", "--config", str(config), "--json", str(report)),
        *("--seed", "1", "--only", "signed-out/no-session"),
        *("--command", "python tests/planted/laws/refuses_first.py", "--env", f"PYTHONPATH={ROOT}"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    assert (0, [("untouched-when-refused", "warning")]) == (
        done.returncode,
        [(f["law"], f["severity"]) for f in findings],
    )


def test_each_planted_fault_has_its_test() -> None:
    """No fault is planted that no test looks for."""
    assert {path.stem for path in PLANTED.glob("*.py")} == set(FAULTS)
