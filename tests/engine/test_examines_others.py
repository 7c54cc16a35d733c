"""A run that examines what others have found plays good requests first, and waits for nothing that may come late."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from bothends.engine import Options, Verification
from bothends.engine.events import RunFinished
from bothends.engine.judge.findings import Findings
from bothends.engine.play.batches import Batch
from bothends.engine.play.tying import Tying

if TYPE_CHECKING:
    from bothends.engine.tie.attribution import Attributed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("examines", "waits"), [(True, False), (False, True)])
def test_only_a_run_of_its_own_waits_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, examines: bool, waits: bool
) -> None:
    """Those by which a finding was found have waited."""
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    options = Options(
        tmp_path / "bothends.toml",
        command=(sys.executable, "-m", "reference"),
        env={"PYTHONPATH": str(ROOT)},
        seed=1,
    )
    contract = load(options.config)
    good = Batch((), (next(plain_cases(contract, "success")),) * 2)
    findings = Findings() if examines else None
    settle, settled = Tying.settle, []

    async def noted(self: Tying) -> Attributed:
        settled.append(self)
        return await settle(self)

    async def code() -> int:
        verification = Verification(options, [good], contract=contract, findings=findings)
        (finished,) = [event async for event in verification.events() if isinstance(event, RunFinished)]
        assert 2 == finished.summary.exchanges
        return finished.summary.exit_code

    monkeypatch.setattr(Tying, "settle", noted)
    assert asyncio.run(code()) in {0, 4}
    assert waits == bool(settled)
