"""Each finding of a broken target is found again by its replay, in a target that was launched anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bothends.engine.tie.certainty import MOST_LOOKED_AT
from tests.in_process import bothends

ROOT = Path(__file__).resolve().parent.parent

# Each fault, what is enough to see it, and how many requests its replay plays at most: what the finding needs.
# How long they take is measured by `benchmarks/replay.py`, as a busy machine makes all of it longer.
FAULTS = {
    # One request: all is well, or a part of the world is not.
    "settings_at_top": ("success", 1),
    "swallowed_failure": ("upstream-unreachable", 1),
    # One request, whose second event comes when it is over.
    "event_again_later": ("success/usual", 1),
    # Once alone, in a target that has no past; then a good one, and it once more.
    "cached_settings": ("success", 3),
    # After a fault; after the same person's request that was given up.
    "laws/recovers": ("upstream-timeout/settings-hangs", 2),
    "cases/begun_is_done": ("disconnects", 2),
    # Several at once; in a busy hour they may have to come once more, up to three times.
    "another_name": ("crowd/distinct-users", 4 * 48 + 1),
    # After so many that what lies idle has built up.
    "laws/reuses_connections": ("crowd", 3 * 48 + 2),
    # What takes a pact, or a start and an end, is played as a whole.
    "event_field_renamed": ("pact/worker-route", 4),
    "laws/drains": ("start-and-stop/sigterm-during-ingest", 8),
}
# Of each sort, one is played by `make test`.
LONG = {"settings_at_top", "swallowed_failure", "cases/begun_is_done", "laws/reuses_connections"}


def told_by(folder: Path, *words: str) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """Run a command; return its code, its report, and what it told as it went."""
    report, told = folder / "report.json", folder / "told.ndjson"
    done = bothends(folder, *words, "--json", str(report), "--ndjson", str(told))
    assert done.stderr == ""
    lines = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    return done.returncode, json.loads(report.read_text("utf-8")), lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the contract, whose state is its own."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("contracts", "reference", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


MEASURED = {"another_name", "cached_settings"}
"""Those that measure their lines: the others reach hardly any that these, and runs that replay nothing, do not."""


def marks(fault: str) -> list[pytest.MarkDecorator]:
    """Return the marks of the test of a fault."""
    long = [pytest.mark.long] if fault in LONG else []
    return long if fault in MEASURED else [*long, pytest.mark.unmeasured]


@pytest.mark.parametrize("fault", [pytest.param(fault, marks=marks(fault)) for fault in FAULTS])
def test_each_finding_is_found_again(fault: str, folder: Path) -> None:
    """Its replay breaks the same law by the same cause, and plays no more requests than it takes."""
    only, most = FAULTS[fault]
    target = ("--command", f"python tests/planted/{fault}.py", "--env", f"PYTHONPATH={ROOT}")
    code, report, _ = told_by(folder, "verify", "--seed", "1", "--only", only, *target)
    assert 1 == code
    assert report["findings"]
    for finding in report["findings"]:
        again, replayed, told = told_by(folder, "replay", finding["id"])
        assert (1, True) == (again, finding["id"] in {one["id"] for one in replayed["findings"]}), finding
        assert 1 <= len({line["number"] for line in told if line["event"] == "exchange-judged"}) <= most, finding


def test_what_is_seen_each_time_is_reproduced_alone(folder: Path) -> None:
    """However often a run has seen it, its request is looked at when it is repeated: it is not told as flaky."""
    target = ("--command", "python tests/planted/cached_settings.py", "--env", f"PYTHONPATH={ROOT}")
    code, report, _ = told_by(folder, "verify", "--seed", "1", "--only", "success", *target)
    (finding,) = report["findings"]
    assert (1, True) == (code, finding["count"] > MOST_LOOKED_AT)
    assert (True, False) == (finding["reproduced"], finding["flaky"])
