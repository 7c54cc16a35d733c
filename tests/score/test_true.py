"""A target with the bug of a survivor is not accused under the loose contract, and is under the strict one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bothends.engine import ExchangeJudged, Options, Verification
from bothends.records import Severity
from tests.score.reference import ROOT, written
from tests.score.test_loosened import CALLBACK, EVENT, SCHEMAS, instead, without

if TYPE_CHECKING:
    from pathlib import Path

    from tests.score.reference import Change

TABLE: dict[str, tuple[str, Change, str]] = {
    "answer-member-retyped": (
        "boolean_true",
        instead({}, *SCHEMAS, "Success", "properties", "success"),
        "answer-schema",
    ),
    "event-after-the-answer": ("laws/acknowledged_first", without(*CALLBACK, "x-delivery"), "acknowledged-first"),
    "event-not-sent": ("event_not_sent", without(*CALLBACK, "x-when"), "event-for-success"),
    "event-stale": (
        "cached_settings",
        without(*EVENT, "properties", "data", "properties", "appSettings", "x-from"),
        "provenance",
    ),
}
"""What survives, a target that does it, what is taken away, and the law that finds it under the contract as it is."""


FEW = {"event-stale": "success"}
"""What shows it, where one usual request does not."""


def errors(folder: Path, target: str, change: Change, only: str) -> set[str]:
    """Return the laws that a target breaks under a contract."""
    folder.mkdir()
    command = ("python", f"tests/planted/{target}.py")
    options = Options(
        written(folder, change), command=command, env={"PYTHONPATH": str(ROOT)}, seed=1, only=only, examine=False
    )

    async def run() -> set[str]:
        events = Verification(options).events()
        judged = [event async for event in events if isinstance(event, ExchangeJudged)]
        assert judged
        return {one.law for each in judged for one in each.breaches if one.severity is Severity.ERROR}

    return asyncio.run(run())


@pytest.mark.unmeasured
@pytest.mark.parametrize("lie", TABLE)
def test_a_target_that_lies_so_gets_away_with_it_as_its_survivor_says(lie: str, tmp_path: Path) -> None:
    """Under the contract as it is, the same target is found."""
    target, change, law = TABLE[lie]
    only = FEW.get(lie, "success/usual")
    assert set() == errors(tmp_path / "loose", target, change, only)
    assert law in errors(tmp_path / "strict", target, lambda _: None, only)
