"""`bothends replay ID --by-hand`: its commands, pasted into a shell, get the answer of the finding."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.in_process import bothends
from tests.minimized.pasted import paste
from tests.minimized.project import verify

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("bug", "operation"),
    [
        ("complete", "completeTask"),
        pytest.param("note", "addTask", marks=pytest.mark.measured),
    ],
)
def test_a_request_with_values_of_the_target_is_sent_by_hand(tmp_path: Path, bug: str, operation: str) -> None:
    """Values of setup, an object that is made for it and the address of its event stand in the commands."""
    ended = verify(tmp_path, bug, ("addTask", operation), "--only", "success")
    finding = next(one for one in ended.errors if one["exchange"])
    seen = paste(tmp_path, finding["id"])
    assert finding["exchange"]["answer"]["status"] == seen.status, seen
    assert finding["exchange"]["answer"]["body"]["text"] == seen.body
    assert "{" not in seen.commands.partition(" -X POST ")[2].partition(" -H ")[0], "a name stands in place of an id"


@pytest.mark.measured
def test_a_request_is_sent_by_hand_in_its_state_of_the_world(tmp_path: Path) -> None:
    """The caller is signed in by a variable, the ingest is unreachable, and the target answers as it did."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("contracts", "reference", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    target = ("--command", f"{sys.executable} tests/planted/swallowed_failure.py", "--env", f"PYTHONPATH={ROOT}")
    report = tmp_path / "report.json"
    only = ("--only", "upstream-unreachable/ingest-unreachable", "--seed", "1", "--json", str(report))
    assert 1 == bothends(tmp_path, "verify", *only, *target).returncode
    [finding] = json.loads(report.read_text("utf-8"))["findings"]
    seen = paste(tmp_path, finding["id"])
    told, variable, request = seen.commands.splitlines()
    assert "# upstream-unreachable/ingest-unreachable of postRoute, while the ingest is unreachable" == told
    assert variable.startswith("COOKIE=next-auth.session-token=")
    assert '-b "$COOKIE"' in request
    assert (200, "application/json") == (seen.status, seen.media_type)


def test_what_no_command_can_send_is_said(tmp_path: Path) -> None:
    """Of several requests at once, the command says so, and names the one that can send them."""
    ended = verify(tmp_path, "note", ("addTask",), "--only", "success")
    finding = next(one for one in ended.errors if one["exchange"])
    [file] = (tmp_path / ".bothends").glob(f"*/findings/{finding['id']}.json")
    kept = json.loads(file.read_text("utf-8"))
    last = kept["batches"][-1]
    last["cases"] *= 2
    other = {**last["cases"][0], "name": "another"}
    together = {**last, "concurrency": None}
    for batch, how in ((together, "2 requests at once"), ({**last, "cases": [other, *last["cases"]]}, "one after")):
        file.write_text(json.dumps({**kept, "batches": [batch]}), "utf-8")
        done = bothends(tmp_path, "replay", finding["id"], "--by-hand")
        problem = f"No command can send what shows finding {finding['id']}: it is "
        assert (2, "", True) == (done.returncode, done.stdout, problem in done.stderr)
        assert how in done.stderr
        assert f"next: bothends replay {finding['id']}\n" in done.stderr
    # The same one over and over is sent by hand once those before it were answered.
    file.write_text(json.dumps(kept), "utf-8")
    assert finding["exchange"]["answer"]["status"] == paste(tmp_path, finding["id"]).status
