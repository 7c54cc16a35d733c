"""In which order `bothends init` asks the operations of a service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.in_process import bothends
from tests.scaffold.cards import SPEC
from tests.scaffold.running import running

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_done_to_an_object_comes_after_its_changes(tmp_path: Path) -> None:
    """An object that was archived is not at its path any more: it could not be changed then."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC))
    with running("-m", "tests.scaffold.cards") as url:
        done = bothends(tmp_path, "init", "--from", "openapi.json", "--url", url, "--seed", "1")
    assert 0 == done.returncode, done.stderr
    assert ["POST /cards", "PATCH /cards/{id}", "POST /cards/{id}/archive"] == done.stderr.splitlines()
    assert "was not asked" not in done.stdout
