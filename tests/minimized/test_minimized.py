"""A minimized request shows the same thing, and what was used up is not called flaky: the whole command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.minimized.project import Ended, run, verify

if TYPE_CHECKING:
    from pathlib import Path

EVERY = ("addTask", "completeTask", "closeProject")
SUCCESS = ("--only", "success")


def body_of(finding: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a finding's request, as it is kept."""
    found: dict[str, Any] = json.loads(finding["request"]["body"]["text"])
    return found


def said(finding: dict[str, Any]) -> tuple[int, str]:
    """Return the status and the text of the answer that shows a finding."""
    answer = finding["exchange"]["answer"]
    return answer["status"], json.loads(answer["body"]["text"])["error"]


def only_error(ended: Ended) -> dict[str, Any]:
    """Return the one error."""
    [finding] = ended.errors
    return finding


def again(folder: Path, finding: dict[str, Any]) -> dict[str, Any]:
    """Replay a finding in a target that is launched anew; return it as the replay has seen it."""
    ended = run(folder, "replay", finding["id"])
    assert 1 == ended.code, ended.out
    return next(one for one in ended.errors if one["id"] == finding["id"])


def test_a_right_target_is_proven(tmp_path: Path) -> None:
    """It takes chunks, notes, and each task once."""
    ended = verify(tmp_path, "", EVERY, *SUCCESS)
    assert (0, []) == (ended.code, ended.errors), ended.out


def test_a_request_in_chunks_stays_in_chunks(tmp_path: Path) -> None:
    """Without them, and with no project of setup, the target gives the same status for another reason."""
    finding = only_error(verify(tmp_path, "chunked", ("addTask",), *SUCCESS))
    assert ("success/chunked", "chunked", True) == (
        finding["case"],
        finding["request"]["framing"],
        finding["smaller"],
    )
    assert (400, "a length is needed") == said(finding)
    assert {"project", "title", "hook"} == body_of(finding).keys()
    assert said(finding) == said(again(tmp_path, finding))


def test_a_valid_request_keeps_what_setup_and_the_world_put_in(tmp_path: Path) -> None:
    """The note is the point: neither the project nor the address of the hook is changed into another mistake."""
    finding = only_error(verify(tmp_path, "note", ("addTask",), *SUCCESS))
    assert "note" in body_of(finding)
    assert "/projects" not in finding["request"]["target"]
    assert '{"project":"{setup.project}"' in finding["request"]["curl"]
    assert "http://world.invalid/" in body_of(finding)["hook"]
    assert (400, "a note is not stored") == said(finding) == said(again(tmp_path, finding))


def test_a_request_of_which_no_smaller_one_shows_the_same_is_shown_as_it_was_first_seen(tmp_path: Path) -> None:
    """A shorter note, or shorter JSON, is refused as well by then, with another status: both stay as they are."""
    finding = only_error(verify(tmp_path, "longest", ("addTask",), "--only", "success/note-*"))
    assert (False, 60) == (finding["smaller"], len(body_of(finding)["note"]))
    assert (400, "a note is not stored") == said(finding) == said(again(tmp_path, finding))


def test_a_finding_has_what_the_target_wrote_when_it_showed(tmp_path: Path) -> None:
    """Of one that does not write, or that was started by others, there is nothing."""
    ended = verify(tmp_path, "note", ("addTask",), *SUCCESS)
    assert ["a note is not stored", "whatever it says"] == only_error(ended)["log"][-2:]
    assert "   log       a note is not stored\n             whatever it says\n" in ended.out
    assert [] == only_error(verify(tmp_path, "chunked", ("addTask",), *SUCCESS))["log"]


def test_a_text_of_the_request_in_the_answer_makes_no_difference(tmp_path: Path) -> None:
    """The answer repeats the note, which is minimized all the same; the title, which is as usual, is not."""
    finding = only_error(verify(tmp_path, "repeats", ("addTask",), *SUCCESS))
    assert (True, True) == (finding["smaller"], finding["reproduced"])
    assert {"project", "title", "hook", "note"} == body_of(finding).keys()
    assert ("text", "") == (body_of(finding)["title"], body_of(finding)["note"])


def test_each_repeat_has_an_object_of_its_own(tmp_path: Path) -> None:
    """A task is completed once; the finding is reproduced, as another task is made for each retry."""
    finding = only_error(verify(tmp_path, "complete", ("addTask", "completeTask"), *SUCCESS))
    assert (True, False, "", []) == tuple(finding[key] for key in ("reproduced", "flaky", "used_up", "history"))
    assert (500, "completing failed") == said(finding) == said(again(tmp_path, finding))


def test_an_object_that_was_used_up_is_not_flaky(tmp_path: Path) -> None:
    """The one project that setup makes is closed: a retry is no retry, and the report says so."""
    ended = verify(tmp_path, "close", ("closeProject",), *SUCCESS)
    finding = only_error(ended)
    assert (None, False, "409") == tuple(finding[key] for key in ("reproduced", "flaky", "used_up"))
    assert "not retried alike: each repeat was answered 409, as its object may be used up" in ended.out
    assert "flaky" not in ended.out
    assert (500, "closing failed") == said(finding) == said(again(tmp_path, finding))


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_other_seeds_say_the_same(tmp_path: Path, seed: int) -> None:
    """Which values a run makes does not change what a finding shows."""
    finding = only_error(verify(tmp_path, "chunked", ("addTask",), *SUCCESS, "--seed", str(seed)))
    assert (400, "a length is needed") == said(finding) == said(again(tmp_path, finding))


def test_a_replay_that_shows_another_finding_too_leaves_what_is_kept_of_it(tmp_path: Path) -> None:
    """Each event is wrong, also that of a note, whose replay is about its answer."""
    ended = verify(tmp_path, "loud", ("addTask",), *SUCCESS)
    event = next(one for one in ended.errors if one["cause"].startswith("/title"))
    answer = next(one for one in ended.errors if one["law"] == "answer-schema")
    [file] = (tmp_path / ".bothends").glob(f"*/findings/{event['id']}.json")
    kept = file.read_text("utf-8")
    seen = run(tmp_path, "replay", answer["id"])
    assert {event["id"], answer["id"]} <= {one["id"] for one in seen.errors}
    assert kept == file.read_text("utf-8")
    again(tmp_path, event)


def test_what_another_operation_has_done_for_good_is_shown_by_a_replay(tmp_path: Path) -> None:
    """Of a target that was launched anew, no task is completed; so one is, before the request is sent once more."""
    ended = verify(tmp_path, "shut", ("addTask", "completeTask"), *SUCCESS, "--only", "fuzz-valid")
    finding = next(one for one in ended.errors if one["case"] and "addTask" in one["case"])
    assert (400, "nothing is added once a task is completed") == said(again(tmp_path, finding))
