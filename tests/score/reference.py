"""What a real run of the reference has recorded, and what becomes of it under other contracts."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bothends.contract import load
from bothends.engine import Options, RunFinished, Verification
from bothends.records import Verdict
from bothends.score import Closings, Recording, Score, Scoring, Survivor
from tests.in_process import not_measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Contract

ROOT = Path(__file__).parents[2]
CASES = "success\nsigned-out/no-session\nmalformed-body/bare-word\nupstream-wrong/settings-answers-500"
Spec = dict[str, Any]
Change = Callable[[Spec], object]
Where = tuple[str, str, str]


def written(folder: Path, change: Change = lambda _: None, overlay: Sequence[Spec] = ()) -> Path:
    """Write the project's own contract into a folder, without its pacts; return its settings.

    Args:
        folder: Where to.
        change: Changes the spec.
        overlay: Actions of an overlay of it.
    """
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    change(spec)
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    made = {"overlay": "1.0.0", "info": {"title": "more", "version": "1"}, "actions": list(overlay)}
    (folder / "more.json").write_text(json.dumps(made), "utf-8")
    lines = (ROOT / "bothends.toml").read_text("utf-8")
    lines = lines.replace('pacts = "contracts/pacts"\n', 'overlays = ["more.json"]\n' if overlay else "")
    config = folder / "bothends.toml"
    config.write_text(lines.replace("\n[target]\n", f"\n[target]\ncwd = {json.dumps(str(ROOT))}\n"), "utf-8")
    return config


def contract(change: Change = lambda _: None, overlay: Sequence[Spec] = ()) -> Contract:
    """Return the project's own contract with a change."""
    with tempfile.TemporaryDirectory() as folder:
        return load(written(Path(folder), change, overlay))


@cache
def recording() -> Recording:
    """Return what a run of some cases has recorded, which has proven the reference."""
    with tempfile.TemporaryDirectory() as folder, not_measured():
        config = written(Path(folder))
        found = Recording(load(config), of_a_sort=1)
        options = Options(config, seed=1, only=CASES, examine=False, noted=found.take)
        assert Verdict.PROVEN == asyncio.run(_verdict(Verification(options, contract=found.contract)))
    return found


async def _verdict(verification: Verification) -> Verdict:
    return [event.summary.verdict async for event in verification.events() if isinstance(event, RunFinished)][-1]


@cache
def strict() -> Score:
    """Return the score of the contract as it is."""
    return Scoring(recording()).score()


def where(survivor: Survivor) -> Where:
    """Return what tells a survivor: the operator, the part, and the member."""
    return survivor.operator.name, survivor.place.subject, survivor.place.member


def survivors(score: Score) -> set[Where]:
    """Return the lies that nobody notices."""
    return set(map(where, score.survivors))


def opened(change: Change) -> tuple[set[Where], set[Where]]:
    """Return which survivors a contract has more when it is changed, and which of these it still has when it is mended.

    Args:
        change: Takes something away from it.
    """
    with tempfile.TemporaryDirectory() as folder:
        loose = load(written(Path(folder), change))
        recorded = recording().under(loose)
        score = Scoring(recorded).score()
        closings, _ = Closings(loose, recorded).of(score)
    found = survivors(score) - survivors(strict())
    actions = [one.action for one in closings if found.intersection(map(where, one.survivors)) and one.action]
    if not actions:
        return found, found
    mended = Scoring(recording().under(contract(change, actions))).score()
    return found, found & survivors(mended)
