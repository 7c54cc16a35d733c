"""What is kept of a failure of bothends itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bothends.engine.control import record_crash

if TYPE_CHECKING:
    from pathlib import Path


def raised(error: Exception) -> Exception:
    """Return an error that has a traceback."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_the_traceback_goes_to_a_file(tmp_path: Path) -> None:
    """One line is told, which names the file that has the rest."""
    folder = tmp_path / "not" / "there"
    told = record_crash(folder, raised(ValueError("one\ntwo")))
    match = re.fullmatch(r"ValueError: one; its traceback is in (.+/crash-\d{8}T\d{6}\.txt)", told)
    assert match is not None
    text = (folder / match[1]).read_text()
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: one\ntwo\n")


def test_text_that_no_file_can_hold_is_escaped(tmp_path: Path) -> None:
    """An error about half of a surrogate pair must not raise another one."""
    record_crash(tmp_path, raised(ValueError("\ud800")))
    [path] = tmp_path.iterdir()
    assert "ValueError: \\ud800" in path.read_text()


def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    """The failure itself is told all the same."""
    (tmp_path / "file").write_text("")
    told = record_crash(tmp_path / "file" / "state", raised(KeyError("x")))
    assert "KeyError: 'x' (its traceback could not be written: Not a directory)" == told
