"""What is played of a history is all that was done to its object, or nothing is judged of it."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import object_place, plain_cases
from bothends.contract import load
from bothends.engine.counts import Counts
from bothends.engine.play import RECORDED, SENT_AGAIN
from bothends.engine.play.histories import Histories
from bothends.engine.play.known_objects import KnownObject
from bothends.engine.play.used_up import Change
from bothends.world.service import Recorder
from tests.judged.test_histories import HOOKS, STATE, spec_of

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine.play import Batch


@pytest.mark.parametrize("hidden", [0, 1], ids=["each request once", "one of them once more"])
def test_what_was_sent_once_more_leaves_nothing_to_judge(tmp_path: Path, hidden: int) -> None:
    """A busy machine has a request played again, with the same values: nobody knows then which was the last."""
    (tmp_path / "openapi.json").write_text(json.dumps(spec_of(STATE, "strong")))
    settings = f'spec = "openapi.json"\noperations = ["*"]\n[target]\nurl = "http://127.0.0.1:1"\n{HOOKS}\n'
    (tmp_path / "bothends.toml").write_text(settings)
    contract = load(tmp_path / "bothends.toml")
    case = next(plain_cases(contract, "history"))
    place = object_place(contract.operation(case.operation))
    assert place is not None
    known = KnownObject({place.leads: "t1"}, "makeTicket", 1, 0.0, made=True)
    pool: Any = SimpleNamespace(objects={(place.leads, "its own"): [known]})
    roles: Any = SimpleNamespace(of=lambda _: "its own")
    testbed: Any = SimpleNamespace(
        world=SimpleNamespace(recorder=Recorder()), clock=SimpleNamespace(now=lambda: 1.0), places=()
    )
    counts = Counts()

    async def play(_: Batch) -> list[Any]:
        known.changes.extend(Change("changeTicket", 99, 0.0, 0.5) for _ in range(hidden))
        return []

    histories = Histories(contract, roles, pool, testbed, counts)
    asyncio.run(histories.stock(SimpleNamespace(cases=(case,)), play))  # type: ignore[arg-type]  # all that it reads
    assert hidden == counts.number(RECORDED, case.operation, SENT_AGAIN)
