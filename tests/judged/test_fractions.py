"""A target may refuse `1.0` where an integer is asked for: a note counts that, where the body is the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("makes", [True, False])
def test_what_is_not_there_says_nothing_of_the_body(tmp_path: Path, *, makes: bool) -> None:
    """Each request is refused: that for a thing which is there, as its body has a size; any other, as there is none."""
    project = shelf(tmp_path, makes=makes)
    size = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    project.spec["paths"]["/things/{id}"]["put"]["requestBody"]["content"] = {"application/json": {"schema": size}}
    report = project.verified("--only", "odd-body")
    assert makes == any("written as a fraction (1.0)" in note for note in report.notes), report.text
