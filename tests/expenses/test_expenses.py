"""`examples/fastapi`: from its document to PROVEN, and each bug named by its law."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.expenses.bank import EXAMPLE, Bug, all_bugs, copied, planted, verified
from tests.in_process import bothends
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

QUICK = {"event-lost-with-note", "signed-other-bytes", "no-token-needed", "upload-fails"}
"""Bugs that are tried each time."""

LONGEST = 60
"""Lines that a person has added to what `bothends init` wrote."""


def test_the_document_is_what_fastapi_makes() -> None:
    """`openapi.json` is that of `app.py`."""
    code = "import json; from app import app; print(json.dumps(app.openapi()))"
    words = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(words, cwd=EXAMPLE, capture_output=True, text=True, check=True)
    assert json.loads((EXAMPLE / "openapi.json").read_text("utf-8")) == json.loads(done.stdout)


def test_what_a_person_adds_is_short() -> None:
    """Settings, promises and what is accepted are few lines."""
    names = ("bothends.toml", "promises.overlay.yaml", "known-findings.toml")
    lines = [line for name in names for line in (EXAMPLE / name).read_text("utf-8").splitlines()]
    assert len([line for line in lines if line.strip() and not line.startswith("#")]) <= LONGEST


@pytest.mark.parametrize("only", ["success", "fuzz-valid", "redelivery/file_expense_expenses_post.hooks-answers-500"])
def test_the_example_breaks_nothing(tmp_path: Path, only: str) -> None:
    """What a bug is found by has nothing to say of it."""
    found = verified(copied(tmp_path), only)
    assert {} == found.laws, found.text


@pytest.mark.each_seed
def test_the_example_is_proven(tmp_path: Path, seed: int) -> None:
    """A whole run proves what the contract says."""
    found = verified(copied(tmp_path), seed=seed)
    assert ({}, "proven") == (found.laws, found.verdict), found.text


@pytest.mark.parametrize(
    "bug", [pytest.param(bug, id=bug.name, marks=() if bug.name in QUICK else pytest.mark.long) for bug in all_bugs()]
)
def test_a_bug_is_named(tmp_path: Path, bug: Bug) -> None:
    """Each is an error or a warning of the law that its row names; on a machine that is too busy, that is said."""
    found = verified(planted(bug, tmp_path), bug.only)
    assert bug.law in found.laws or (found.busy and not found.laws), found.text


@pytest.mark.long
def test_init_sees_what_the_overlay_has(tmp_path: Path) -> None:
    """`init` writes `seen.overlay.yaml`; what it saw where no right request succeeded is unsure."""
    copy = copied(tmp_path)
    (copy / "seen.overlay.yaml").unlink()
    settings = (copy / "bothends.toml").read_text("utf-8")
    lines = [line for line in settings.splitlines() if not line.startswith("overlays")]
    (copy / "bothends.toml").write_text("\n".join(lines) + "\n", "utf-8")
    done = bothends(copy, "init", "--from", "openapi.json", "--probe", "--seed", "1")
    assert 0 == done.returncode, done.stdout + done.stderr
    written = copy / "bothends.overlay.yaml"
    assert read_yaml(EXAMPLE / "seen.overlay.yaml")["actions"] == read_yaml(written)["actions"]
    assert "so may be a right request, as none succeeded" in written.read_text("utf-8")
