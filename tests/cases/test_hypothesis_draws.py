"""What Hypothesis need not find out anew in each project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal import charmap

from bothends.cases.fuzzing.hypothesis_draws import know_encodings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder that Hypothesis keeps its tables in."""
    set_hypothesis_home_dir(tmp_path / "tables")
    yield tmp_path / "tables"
    set_hypothesis_home_dir(None)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.usefixtures("home")
def test_known_encodings_have_the_characters_that_python_encodes(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis reads which characters an encoding has, and they are those that it would have found by trying."""

    def encodes(number: int) -> bool:
        try:
            chr(number).encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    know_encodings()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "maxunicode", 0)  # trying finds no more than one character now
        encodable, lossy = charmap.intervals_from_codec.__wrapped__(encoding)
    assert [number for number in range(0x110000) if encodes(number)] == list(encodable)
    assert list(lossy) == []


def test_encodings_are_written_down_once(home: Path) -> None:
    """A table that is there is left as it is, and nothing else stays in the folder."""
    know_encodings()
    files = sorted(file for file in home.rglob("*") if file.is_file())
    written = [file.stat().st_mtime_ns for file in files]
    know_encodings()
    assert sorted(file for file in home.rglob("*") if file.is_file()) == files
    assert [file.stat().st_mtime_ns for file in files] == written
    assert [file.name for file in files] == [".gitignore", "codec-v2-ascii.json.gz", "codec-v2-utf-8.json.gz"]


def test_a_folder_that_can_not_be_written_costs_time_alone(home: Path) -> None:
    """Where no table can be written nothing is said, as Hypothesis then finds out by itself."""
    home.write_text("not a folder")
    know_encodings()
    assert home.read_text() == "not a folder"
