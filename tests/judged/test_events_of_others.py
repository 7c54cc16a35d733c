"""An event about an object may be of a request that the contract does not have, and that was executed all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Project


def without_changes(folder: Path, bug: str = "") -> Project:
    """Return a shelf that changes things too, and tells of that where it tells of new ones; its contract does not."""
    project = shelf(folder, bug)
    paths: dict[str, Any] = project.spec["paths"]
    del paths["/things/{id}"]["put"]
    project.env["ADDRESS"] = "made"
    for event, operation in (("made", paths["/things"]["post"]), ("deleted", paths["/things/{id}"]["delete"])):
        operation["callbacks"] = {event: {"{hooks}/made": operation["callbacks"][event][f"{{hooks}}/{event}"]}}
        del operation["responses"]["400"]
    return project


def test_the_maker_is_not_accused_of_what_an_undeclared_method_sends(tmp_path: Path) -> None:
    """`PUT` is executed, which is the one error: its event is not one of the `POST` that made the thing."""
    report = without_changes(tmp_path, "touched").verified("--only", "methods", "--only", "success")
    assert set() == {"event-schema", "attempted-once"} & report.errors, report.text


def test_the_maker_is_accused_of_its_own_event(tmp_path: Path) -> None:
    """Each event of a thing that is made has another name."""
    report = without_changes(tmp_path, "renamed").verified("--only", "methods", "--only", "success")
    assert "event-schema" in report.errors, report.text
