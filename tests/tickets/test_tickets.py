"""`examples/tickets`: the right service breaks no law in either language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.tickets.bank import EXAMPLE, LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

OF_HISTORIES = ("success", "history", "precondition-failed")
"""Families whose requests change tickets that others change as well."""
NOT_PLAYED = ("survives", "order", "readable", "keeps_state")
"""What the contract promises and no run plays yet."""


def settings_of(language: str) -> Path:
    """Return the settings of the right service."""
    return EXAMPLE / language / "bothends.toml"


def verified(language: str, folder: Path, seed: int, families: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the report of a run on the right service; without families, all cases are played."""
    report = folder / "report.json"
    words = ["verify", "--config", str(settings_of(language)), "--profile", "quick", "--seed", str(seed)]
    only = [word for family in families for word in ("--only", family)]
    done = bothends(folder, *words, *only, "--json", str(report))
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


# Whatever the language of the target, bothends does the same: its lines are measured with one.
@pytest.mark.parametrize(
    "language", [pytest.param(one, marks=() if one == LANGUAGES[0] else pytest.mark.unmeasured) for one in LANGUAGES]
)
def test_the_histories_of_a_right_service_break_no_law(language: str, tmp_path: Path) -> None:
    """An order explains what all requests have seen, and each event shows the ticket just after its change."""
    report = verified(language, tmp_path, 1, OF_HISTORIES)
    assert [] == report["findings"]
    judged = {law["law"]: law["judged"] for law in report["laws"]}
    assert min(judged[law] for law in ("one-order", "event-of-one-write", "write-has-event", "state-equals-events")) > 0


@pytest.mark.each_seed
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_service_breaks_no_law_with_each_seed(language: str, seed: int, tmp_path: Path) -> None:
    """Whatever the generated cases; what no run plays yet is all that is not proven."""
    report = verified(language, tmp_path, seed)
    assert [] == report["findings"]
    left = [one for one in report["not_proven"] if not any(word in one["what"] for word in NOT_PLAYED)]
    assert [] == left
