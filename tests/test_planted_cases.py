"""Behind some cases a fault that they alone were made for: planted in the reference, and found by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests" / "planted" / "cases"

# Each fault, what is enough to see it, the case that does, and the laws of which one names it.
FAULTS = {
    "begun_is_done": ("disconnects", "disconnects/asked-again", {"event-for-success"}),
    "few_connections": ("slow-clients/beside-idle-clients", "slow-clients/beside-idle-clients", {"answered"}),
    "guards_too_late": ("other-origins", "other-origins/null", {"no-event-without-success"}),
    "one_at_a_time": ("crowd/settings-answers-slowly", "crowd/settings-answers-slowly", {"answered-in-time"}),
    "one_buffer": ("crowd", "crowd/uploads-in-pieces", {"family-status", "declared-status"}),
}


MEASURED = {"begun_is_done", "few_connections"}
"""Those in which a run does what it does in no other; the lines of the others are measured with these."""


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=() if fault in MEASURED else pytest.mark.unmeasured) for fault in FAULTS]
)
def test_the_fault_is_found_by_its_case(fault: str, tmp_path: Path) -> None:
    """The run is broken, and a finding of the law is shown by the case."""
    only, case, laws = FAULTS[fault]
    report = tmp_path / "report.json"
    command = [
        *("verify", "--seed", "1", "--json", str(report), "--only", only),
        *("--command", f"python tests/planted/cases/{fault}.py", "--env", f"PYTHONPATH={ROOT}"),
    ]
    done = bothends(ROOT, *command)
    found = [(f["law"], f["case"]) for f in json.loads(report.read_text(encoding="utf-8"))["findings"]]
    assert 1 == done.returncode, done.stdout + done.stderr
    assert {case} == {label for law, label in found if law in laws}, found


def test_each_planted_fault_has_its_test() -> None:
    """No fault is planted that no test looks for."""
    assert {path.stem for path in PLANTED.glob("*.py")} == set(FAULTS)
