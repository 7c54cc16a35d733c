"""A `DELETE` of what may not be there owes no event: its success may have changed nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path

MANY = ("--only", "odd-headers", "--operation", "make", "--operation", "remove")
"""More requests to delete than objects are made for: those of one batch."""


def test_a_request_for_what_is_not_there_owes_no_event(tmp_path: Path) -> None:
    """It is answered as one for what was there; only that sends an event."""
    report = shelf(tmp_path).verified(*MANY)
    assert set() == report.errors, report.text


def test_the_event_of_what_was_there_is_owed(tmp_path: Path) -> None:
    """A target that deletes without a word is told, by requests for things that were made for them."""
    report = shelf(tmp_path, "deleted").verified(*MANY)
    assert {"event-for-success"} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert {"remove"} == {one["operation"] for one in found["instances"]}


def test_without_an_id_that_exists_nothing_is_owed(tmp_path: Path) -> None:
    """Each success is one of an id that was made up: the event is not proven, and the reason is told."""
    report = shelf(tmp_path, makes=False).verified("--profile", "quick", "--operation", "remove")
    assert set() == report.errors, report.text
    assert "It never came (0 of " in report.not_proven["callback deleted"]
    assert "its id was made up" in report.not_proven["callback deleted"]
    assert not [note for note in report.notes if "were lost" in note]
    assert "no request for what is not there was answered so" in report.not_proven["answer 404"]


def test_the_events_of_what_was_there_are_lost_alone(tmp_path: Path) -> None:
    """While the ingest fails, an event is lost of each thing that is deleted: of no more requests than that."""
    report = shelf(tmp_path).verified("--only", "upstream-wrong", "--operation", "make", "--operation", "remove")
    made, deleted = (
        int(note.partition(" ")[0])
        for event in ("made", "deleted")
        for note in report.notes
        if f"events of the callback {event} were lost" in note
    )
    assert 0 < deleted <= made, report.text


@pytest.mark.parametrize(("bug", "found"), [("", []), (",absent", ["recovered/after not-found/remove.id"])])
def test_what_ends_the_target_as_it_is_not_there_is_found(tmp_path: Path, bug: str, found: list[str]) -> None:
    """Most of a crowd are about nothing, and each alone has a thing: so what is not there is asked for alone."""
    only = ("--only", "crowd/remove.distinct-users", "--operation", "make", "--operation", "remove")
    report = shelf(tmp_path, f"few{bug}").verified("--profile", "quick", *only)
    errors = [one for one in report.value["findings"] if one["severity"] == "error"]
    assert found == [one["case"] for one in errors if one["reproduced"]], report.text
    assert len(found) == len(errors), report.text
    replayed = [bothends(tmp_path, "replay", one["id"]).stdout for one in errors]
    assert all("BROKEN: reproduced: recovers" in text for text in replayed), replayed
