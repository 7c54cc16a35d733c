"""A refused valid request is a note where only the value of one member is why, else an error: the whole command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.accepted.project import verify_as_written, write_with_references

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("--profile", "quick", "--seed", "1", "--only", "success")


def test_only_the_known_value_is_taken(tmp_path: Path) -> None:
    """The example succeeds and each other reference gets 422: a note with the lines that settle it, and no finding."""
    write_with_references(tmp_path, "known", example="r-1")
    ended = verify_as_written(tmp_path, *WORDS)
    assert (0, []) == (ended.code, ended.errors), ended.out
    [note] = [note for note in ended.report["notes"] if "/ref" in note]
    assert note.startswith('POST /lamps takes no /ref but "r-1": ')
    assert '`enum: ["r-1"]` where there are no others, else an `example` of each (' in note


@pytest.mark.parametrize(
    ("refs", "example"),
    [
        pytest.param("short", "r-1", id="long ones are refused"),
        pytest.param("known", "r-2", id="the example is refused"),
    ],
)
def test_else_it_is_no_note(tmp_path: Path, refs: str, example: str) -> None:
    """A target that takes other values, but not all, is wrong; one that refuses the example proves nothing."""
    write_with_references(tmp_path, refs, example)
    ended = verify_as_written(tmp_path, *WORDS)
    assert {"short": 1, "known": 4}[refs] == ended.code, ended.out
    assert [] == [note for note in ended.report["notes"] if "takes no /ref" in note]


def test_another_bug_beside_it_is_an_error(tmp_path: Path) -> None:
    """A request with the known reference is refused as well: then the reference is not all that is wrong."""
    write_with_references(tmp_path, "known", example="r-1")
    settings = tmp_path / "bothends.toml"
    settings.write_text(settings.read_text("utf-8").replace('BUGS = ""', 'BUGS = "lamps.note.422"'), "utf-8")
    ended = verify_as_written(tmp_path, *WORDS)
    assert 1 == ended.code, ended.out
    assert "success/note-null" in {case for *_, case, _ in ended.instances}
