"""Several operations whose events go to one receiver: an event of one of them is never held against another one."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

HERE = Path(__file__).parent
FAMILIES = "[so][udt][cdh]*"
"""Success, odd bodies, headers and media types, other origins."""


HANGS = "[us][pu]*[ste]"
"""Success, and receivers that hang or can't be reached."""


def verified(folder: Path, fault: str, families: str = FAMILIES) -> Any:
    """Return the report of a run on the service with a fault."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(HERE / name, folder)
    report = folder / "report.json"
    asked = ["verify", "--profile", "quick", "--seed", "1", "--json", str(report), "--only", families]
    asked += ["--command", f"{sys.executable} -m tests.desk.service", "--env", f"FAULT={fault}"]
    asked += ["--env", f"PYTHONPATH={HERE.parents[1]}"]
    done = bothends(folder, *asked, measured=False)
    assert report.exists(), done.stdout + done.stderr
    return json.loads(report.read_text("utf-8"))


def errors(report: Any) -> set[tuple[str, str]]:
    """Return the errors: the law, and the operation that is accused."""
    broken = (one for one in report["findings"] if one["severity"] == "error")
    return {(one["law"], each["operation"]) for one in broken for each in one["instances"]}


RIGHT: set[tuple[str, str]] = set()
EMPTY = {("no-event-without-success", "addList")}
TEXT = {("provenance", "addNote")}


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("", RIGHT),
        ("empty", EMPTY),
        pytest.param("empty,late", EMPTY, marks=pytest.mark.long),
        ("text,empty", TEXT | EMPTY),
    ],
)
def test_an_event_is_of_the_operation_that_has_it(tmp_path: Path, fault: str, found: set[tuple[str, str]]) -> None:
    """An event that no answer owes comes late, while other requests lack theirs: only its own operation is accused.

    Neither a request that reads, nor one of another operation, has sent it; and no event of theirs is missed for it.
    """
    report = verified(tmp_path, fault)
    assert found == errors(report)
    untied = {"attribution of events", "unexplained events", *(f"events of {n}" for n in ("readLists", "addNote"))}
    assert set() == untied & {one["what"] for one in report["not_proven"]}
    # What a repeat shows may be of an earlier request that is not over: that is no sign of chance.
    assert not any(one["flaky"] for one in report["findings"])


@pytest.mark.parametrize("fault", ["", "queue", "queue,lost"])
def test_an_event_that_may_wait_behind_a_delivery_that_hangs(tmp_path: Path, fault: str) -> None:
    """It is not called lost while the target waits for that: whether it is, is not proven, with the reason."""
    report = verified(tmp_path, fault, HANGS)
    assert RIGHT == errors(report)
    assert bool(fault) == ("events behind one that hangs" in {one["what"] for one in report["not_proven"]})
