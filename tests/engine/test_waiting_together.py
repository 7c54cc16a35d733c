"""Clients that wait do so at the same time: what one of them causes is told of its own family, and of no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
BOTH = "[mr]*[sg]"  # methods and routing


def told(folder: Path, *command: str) -> Sequence[tuple[str, str]]:
    """Verify a target by the reference's settings; return the laws that are broken, and the case that shows each."""
    line = " ".join(("python", *command))
    bothends(
        folder,
        *("verify", "--config", f"{ROOT / 'bothends.toml'}", "--only", BOTH, "--json", "report.json"),
        *("--command", line, "--env", f"PYTHONPATH={ROOT}"),
    )
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return [(one["law"], one["case"]) for one in report["findings"] if one["severity"] == "error"]


@pytest.mark.unmeasured
def test_a_call_of_one_family_is_told_of_that_family(tmp_path: Path) -> None:
    """The settings are called for `PATCH`: no request of the other family, which was under way as well, is accused."""
    assert [("refuses-first", "methods/patch")] == told(
        tmp_path, str(ROOT / "tests/engine/targets/settings_for_other_methods.py")
    )


@pytest.mark.unmeasured
def test_nobody_is_accused_where_nothing_is_called(tmp_path: Path) -> None:
    """The reference, with the same families."""
    assert [] == told(tmp_path, "-m", "reference")
