"""Generated cases are made beside the plain ones, by a process of their own."""

from __future__ import annotations

import asyncio
import fcntl
import sys
from pathlib import Path

import pytest

from bothends.cases import plan
from bothends.cases.fuzzing.ahead import made_ahead
from bothends.cases.fuzzing.source import lock_file
from bothends.contract import Contract, load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the contract of this repository."""
    return load(ROOT / "bothends.toml")


def make(contract: Contract, folder: Path, *, count: int = 20, wait: bool = True) -> None:
    """Make cases ahead into a folder."""

    async def run() -> None:
        async with made_ahead(contract, seed=7, count=count, folder=folder) as made:
            if wait:
                await made

    asyncio.run(run())


def test_what_is_made_ahead_is_what_would_be_made(contract: Contract, tmp_path: Path) -> None:
    """The other process makes the very cases that this one would, and they are read from the cache."""
    make(contract, tmp_path)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    kept = list(plan(contract, seed=7, max_examples=20, cache_folder=tmp_path))
    assert list(plan(contract, seed=7, max_examples=20)) == kept
    assert [file] == list(tmp_path.iterdir())
    assert written <= file.stat().st_mtime_ns


def test_who_does_not_wait_ends_the_process(contract: Contract, tmp_path: Path) -> None:
    """A run that ends early leaves no process behind, and no whole file."""
    make(contract, tmp_path, wait=False)
    assert [] == list(tmp_path.glob("*.jsonl"))


def test_kept_cases_are_not_made_again(contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cases are there, no process is started."""
    make(contract, tmp_path)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    make(contract, tmp_path)
    with pytest.raises(FileNotFoundError):
        make(contract, tmp_path, count=21)


def test_what_can_not_be_made_ahead_is_made_later(contract: Contract, tmp_path: Path) -> None:
    """A folder that can't be written stops nothing yet: whoever reads the cases tells of it."""
    (tmp_path / "file").write_text("")
    make(contract, tmp_path / "file" / "cases")


def test_of_several_lanes_one_makes(contract: Contract, tmp_path: Path) -> None:
    """Who finds the cases in the making waits for them, and makes none."""
    lock = lock_file(contract, seed=7, count=20, folder=tmp_path)

    def kept() -> list[int]:
        return [file.stat().st_mtime_ns for file in tmp_path.glob("*.jsonl")]

    async def run() -> tuple[bool, bool]:
        with lock.open("w", encoding="utf-8") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            async with made_ahead(contract, seed=7, count=20, folder=tmp_path) as made:
                await asyncio.sleep(1.0)
                waits = not made.done() and not kept()
                list(plan(contract, seed=7, max_examples=20, cache_folder=tmp_path))
                before = kept()
                fcntl.flock(other, fcntl.LOCK_UN)
                await made
                return waits, bool(before) and before == kept()

    assert (True, True) == asyncio.run(run())
    assert [] == list(tmp_path.glob("*.lock"))
