"""The state folder keeps itself out of git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.errors import MachineError
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_it_has_a_gitignore_of_its_own(tmp_path: Path) -> None:
    """It is made once, and what a user wrote into its .gitignore stays."""
    folder = tmp_path / ".bothends"
    make_state_folder(folder)
    assert "*\n" == (folder / ".gitignore").read_text()
    (folder / ".gitignore").write_text("mine\n")
    make_state_folder(folder)
    assert "mine\n" == (folder / ".gitignore").read_text()


def test_what_stands_in_its_place_is_told(tmp_path: Path) -> None:
    """A file of that name is the user's to move, or another folder is named."""
    (tmp_path / ".bothends").write_text("")
    with pytest.raises(MachineError, match="The state folder can't be used: it is no folder"):
        make_state_folder(tmp_path / ".bothends")
