"""`x-transitions`: each operation is tried from each state of its object, which is read before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_refusals import HOOKS, spec_of

if TYPE_CHECKING:
    from pathlib import Path

SAID: dict[str, dict[str, Any]] = {
    "makeParcel": {"to": "waiting", "at": "/status"},
    "sendParcel": {"from": ["waiting"], "to": "sent", "others": 409},
    "changeParcel": {"from": ["waiting", "sent"]},
}


def moving(said: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the document of a depot that says in which states a parcel may be sent and changed."""
    spec = spec_of()
    for item in spec["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and operation["operationId"] in (said or SAID):
                operation["x-transitions"] = (said or SAID)[operation["operationId"]]
    return spec


def depot(folder: Path, bug: str = "", like: str = "", spec: Any = None) -> Report:
    """Return what a run of transitions says of a depot."""
    env = {"BUG": bug, "LIKE": like, "HOOK": "{world.hooks}/notices"}
    project = Project(folder, "depot", spec or moving(), env, HOOKS, 'operations = ["*Parcel"]')
    return project.verified("--only", "transitions", "--only", "wrong-state/sendParcel*", "--only", "success/usual")


@pytest.mark.parametrize("like", ["", "again", "hashed", "kept", "tag-first", "expires"])
def test_each_state_is_tried(tmp_path: Path, like: str) -> None:
    """Of a right target, whichever it is, nothing is told; each transition was seen."""
    report = depot(tmp_path, "", like)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    counts = {(one["operation"], str(one["status"])): one["seen"] for one in report.value["answers"]}
    assert counts["sendParcel", "409"] >= 1, report.text


@pytest.mark.parametrize(
    ("bug", "law", "case"),
    [
        ("stays", "leads-to-its-state", "transitions/sendParcel.from-waiting"),
        ("sent-twice", "family-status", "wrong-state/sendParcel.from-sent"),
        ("sent-is-400", "family-status", "wrong-state/sendParcel.from-sent"),
        ("refused-changes", "refused-changes-nothing", "wrong-state/sendParcel.from-sent"),
    ],
)
def test_a_wrong_transition_is_told(tmp_path: Path, bug: str, law: str, case: str) -> None:
    """A finding names the law and the state."""
    report = depot(tmp_path, bug)
    found = {(one["law"], one["case"]) for one in report.value["findings"] if one["severity"] == "error"}
    assert {(law, case)} == found, report.text


@pytest.mark.parametrize("bug", ["stays", "sent-twice", "refused-changes"])
def test_without_it_nobody_knows(tmp_path: Path, bug: str) -> None:
    """The same targets have no finding where the contract does not say which state is right."""
    project = Project(tmp_path, "depot", spec_of(), {"BUG": bug, "HOOK": "{world.hooks}/notices"}, HOOKS)
    report = project.verified("--only", "wrong-state", "--only", "success/usual", "--operation", "*Parcel")
    assert set() == report.errors, report.text


def test_a_state_that_nothing_leads_to_is_not_proven(tmp_path: Path) -> None:
    """An operation that was to be tried in it was not, and the report says so."""
    said = {**SAID, "sendParcel": {**SAID["sendParcel"], "from": ["waiting", "lost"]}}
    env = {"HOOK": "{world.hooks}/notices"}
    project = Project(tmp_path, "depot", moving(said), env, HOOKS, 'operations = ["makeParcel", "s*Parcel"]')
    report = project.verified("--profile", "quick", "--max-examples", "0")
    assert {"transitions of sendParcel"} == {what for what in report.not_proven if "transitions" in what}, report.text
    assert '"lost"' in report.not_proven["transitions of sendParcel"]
