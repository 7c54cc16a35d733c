"""Lint of public documents: each complaint has a line that is there, and the proposed overlay fits the document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.lint import lint, overlay_text, proposed, read_subject
from tests.corpus.documents import KEPT, Listed, listed

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [each for each in listed() if each.folder is not None and each.folder.parent == KEPT]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_a_public_document_is_linted(tmp_path: Path, document: Listed) -> None:
    """Each complaint says where and what to do; each action of the overlay selects something, and no more is wrong."""
    assert document.folder is not None
    settings, spec = tmp_path / "bothends.toml", document.folder / document.entry
    settings.write_text(f"spec = {json.dumps(str(spec))}\n", "utf-8")
    before = lint(settings, ["*"])
    for each in before:
        lines = each.where.file.read_text("utf-8").count("\n") + 1
        assert 1 <= (each.where.line or 1) <= lines, each
        assert each.problem, each
        assert each.advice, each
    actions = proposed(read_subject(settings, ["*"]))
    if not actions:
        return
    (tmp_path / "right.yaml").write_text(overlay_text(actions, document.name, as_json=False), "utf-8")
    settings.write_text(f'spec = {json.dumps(str(spec))}\noverlays = ["right.yaml"]\n', "utf-8")
    after = lint(settings, ["*"])
    errors = {each.rule for each in before if each.level == "error"}
    assert {each.rule for each in after if each.level == "error"} <= errors
    assert len(after) < len(before)
