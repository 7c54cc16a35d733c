"""Right services that differ from the example, in what they promise or in what is left to them: no law is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.tickets.bank import plant, right_variants

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bank.bank import Mutant

OF_HISTORIES = ("success", "history", "precondition-failed", "wrong-state")
"""Families whose requests change tickets that others change as well."""
ALWAYS = ("deleted-is-marked",)
"""Those that are tried each time; the others with the long tests."""


def errors_of(variant: Mutant, folder: Path, *words: str) -> list[str]:
    """Return what a run on a right service has against it."""
    report = folder / "report.json"
    settings = plant(variant, folder / "service")
    done = bothends(folder, "verify", "--config", str(settings), "--profile", "quick", *words, "--json", str(report))
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    found = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return [each["summary"] for each in found if each["severity"] == "error"]


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(each, id=each.name, marks=() if each.name in ALWAYS else pytest.mark.long)
        for each in right_variants()
    ],
)
def test_what_is_left_to_a_service_is_no_mistake(variant: Mutant, tmp_path: Path) -> None:
    """It may mark what is deleted, keep a version that nothing has changed, send one event for several, or later."""
    only = [word for family in OF_HISTORIES for word in ("--only", family)]
    assert [] == errors_of(variant, tmp_path, "--seed", "1", *only)


@pytest.mark.each_seed
@pytest.mark.parametrize("variant", right_variants(), ids=lambda each: each.name)
def test_what_is_left_to_a_service_is_no_mistake_with_each_seed(variant: Mutant, seed: int, tmp_path: Path) -> None:
    """Whatever the generated cases."""
    assert [] == errors_of(variant, tmp_path, "--seed", str(seed))
