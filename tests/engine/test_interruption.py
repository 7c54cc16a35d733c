"""An orderly end at a person's wish."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bothends.engine import Options
from bothends.engine.control import Interrupted, Interruption
from bothends.engine.events import FindingFound, RunFinished
from bothends.engine.run.verification import Verification
from bothends.records import INTERRUPTED

ROOT = Path(__file__).parents[2]


def test_work_that_is_done_gives_its_result() -> None:
    """Without a wish to end, guarding changes nothing; nor does it hide an error."""

    async def main() -> None:
        interruption = Interruption()

        async def work() -> int:
            await asyncio.sleep(0)
            return 7

        async def fail() -> int:
            raise ValueError("mine")

        assert 7 == await interruption.guard(work())
        with pytest.raises(ValueError, match="mine"):
            await interruption.guard(fail())

    asyncio.run(main())


@pytest.mark.parametrize("before", [True, False])
def test_work_is_let_go_when_the_end_is_asked_for(before: bool) -> None:  # noqa: FBT001 -- a column of the table
    """It is cancelled, and has been cleaned up by the time the end is told; so is all work after it."""

    async def main() -> None:
        interruption = Interruption()
        cleaned: list[str] = []

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)
                cleaned.append("up")

        if before:
            interruption.ask()
        else:
            asyncio.get_running_loop().call_later(0.01, interruption.ask)
            with pytest.raises(Interrupted):
                await interruption.guard(work())
            assert ["up"] == cleaned
        with pytest.raises(Interrupted):
            await interruption.guard(work())
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(main())


def test_whoever_guards_can_be_cancelled_too() -> None:
    """Then the work is let go as well, and nothing is left behind."""

    async def main() -> None:
        interruption = Interruption()
        guarding = asyncio.ensure_future(interruption.guard(asyncio.sleep(60)))
        await asyncio.sleep(0.01)
        guarding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await guarding
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(main())


def test_what_was_found_is_kept_and_claims_no_more_than_was_seen(tmp_path: Path) -> None:
    """A run that is interrupted at its first finding has it, not retried; the exit code is that of an interruption."""
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    command = ("python", "-m", "tests.planted.boolean_true")
    options = Options(
        tmp_path / "bothends.toml", command=command, env={"PYTHONPATH": str(ROOT)}, seed=1, only="success"
    )

    async def main() -> RunFinished:
        verification = Verification(options)
        async for event in verification.events():
            if isinstance(event, FindingFound):
                verification.interrupt()
            if isinstance(event, RunFinished):
                return event
        raise AssertionError

    summary = asyncio.run(main()).summary
    assert (True, 130) == (summary.interrupted, summary.exit_code)
    assert {(None, INTERRUPTED)} == {(each.reproduced, each.untried) for each in summary.findings}
