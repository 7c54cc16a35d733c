"""A document may declare a part of an API: that a path has more methods than it says is no warning, and noted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.test_apart import clerk

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "GET /notes: answered 2xx, and not declared in the document"


@pytest.mark.parametrize(("bugs", "warned"), [("", False), ("method", True)])
def test_a_method_that_the_document_leaves_out(tmp_path: Path, bugs: str, warned: bool) -> None:  # noqa: FBT001 -- a column
    """HTTP demands no 405 of a method that is there; that another one is a server error is a warning, as ever."""
    report = clerk(tmp_path, bugs).verified("--only", "success", "--only", "methods")
    assert (set(), warned) == (report.errors, "http-status" in report.warnings), report.text
    assert ["GET"] == [note.partition(" ")[0] for note in report.notes if note.startswith(NOTE)], report.notes
