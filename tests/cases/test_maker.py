"""Generated cases are made by a process of their own, and read as it makes them."""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import signal
import subprocess
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import Selector, plan
from bothends.cases.fuzzing import maker
from bothends.cases.fuzzing.maker import WORTH_IT, made_beside
from bothends.cases.fuzzing.source import generated, made_here
from bothends.cases.fuzzing.unmade import UnmadeError
from bothends.contract import Contract, load
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bothends.records import Case, NotProven

ROOT = Path(__file__).parents[2]
COUNT = 60
OF: Any = {"seed": 7, "count": COUNT}


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the contract of this repository."""
    return load(ROOT / "bothends.toml")


@pytest.fixture(scope="module")
def here(contract: Contract) -> list[Case]:
    """Return the cases that this process makes."""
    return list(made_here(contract, 7, COUNT))


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the processes that are started, as they are."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


@pytest.fixture
def none_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process make none."""

    def fails(*_: object) -> Iterator[Case]:
        raise AssertionError("made here")

    monkeypatch.setattr("bothends.cases.fuzzing.source.made_here", fails)


@asynccontextmanager
async def begun(contract: Contract, folder: Path, **more: int) -> AsyncIterator[Iterator[Case]]:
    """Begin to make cases; what reads them."""
    async with made_beside(contract, **OF | more, folder=folder) as begins:
        await begins
        yield generated(contract, **OF | more, folder=folder)


def read(contract: Contract, folder: Path) -> list[Case]:
    """Begin to make cases, and read them all."""

    async def main() -> list[Case]:
        async with begun(contract, folder) as cases:
            return list(cases)

    return asyncio.run(main())


def files(folder: Path) -> list[str]:
    """Return what the folder has, by the ends of the names."""
    return sorted(file.suffix for file in folder.iterdir())


@pytest.mark.usefixtures("none_made_here")
def test_what_the_process_makes_is_what_would_be_made(contract: Contract, here: list[Case], tmp_path: Path) -> None:
    """They are read as they come, and kept for the next run."""
    assert here == read(contract, tmp_path)
    assert [".jsonl"] == files(tmp_path)
    assert here == list(generated(contract, **OF, folder=tmp_path))


@pytest.mark.usefixtures("none_made_here")
def test_of_several_lanes_one_makes(
    contract: Contract, here: list[Case], tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Who finds the cases in the making reads along."""

    async def main() -> tuple[list[Case], list[Case]]:
        async with begun(contract, tmp_path) as ours, begun(contract, tmp_path) as theirs:
            first = list(islice(theirs, 5))
            return list(ours), [*first, *theirs]

    assert (here, here) == asyncio.run(main())
    assert 1 == len(processes)
    assert [".jsonl"] == files(tmp_path)


def test_the_rest_is_made_here(
    contract: Contract, here: list[Case], tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Of a process that ends in the middle, nothing is lost and nothing comes twice."""

    async def main() -> list[Case]:
        async with begun(contract, tmp_path) as cases:
            first = list(islice(cases, 40))
            os.kill(processes[0].pid, signal.SIGKILL)
            return [*first, *cases]

    assert here == asyncio.run(main())


def test_what_a_process_left_unfinished_is_made_anew(
    contract: Contract, here: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed leaves half a file: nobody reads it, the next process begins it anew."""
    read(contract, tmp_path)
    (file,) = tmp_path.iterdir()
    half = file.with_suffix(".making")
    half.write_bytes(file.read_bytes()[:5000])
    file.unlink()
    assert here == list(generated(contract, **OF, folder=tmp_path))
    file.unlink()
    monkeypatch.setattr("bothends.cases.fuzzing.source.made_here", None)
    assert here == read(contract, tmp_path)
    assert [".jsonl"] == files(tmp_path)


def test_who_has_other_cases_is_not_read(here: list[Case], tmp_path: Path) -> None:
    """Where the settings have changed since they were read, all is made here."""
    for name in ("bothends.toml", "openapi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    file = tmp_path / "bothends.toml"
    file.write_text(file.read_text("utf-8").replace('pacts = "contracts/pacts"\n', ""), "utf-8")
    of_old = load(file)
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\n", "utf-8")
    assert [case.request for case in here] == [case.request for case in read(of_old, tmp_path / "cases")]


def test_what_can_not_be_made_is_told(make_contract: Callable[..., Contract], tmp_path: Path) -> None:
    """What Schemathesis can't make requests for is told at the end, by whichever process it was."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"type": "string", "minLength": 5, "maxLength": 2}
    del spec["components"]["requestBodies"]["Order"]["content"]["multipart/form-data"]
    contract = make_contract(spec, ORDERS_TOML)

    def told(cases: Iterator[Case]) -> tuple[list[Case], tuple[NotProven, ...]]:
        made: list[Case] = []
        with pytest.raises(UnmadeError) as raised:
            made.extend(cases)
        return made, raised.value.unmade

    async def main() -> tuple[list[Case], tuple[NotProven, ...]]:
        async with begun(contract, tmp_path / "cases") as cases:
            return told(cases)

    assert told(made_here(contract, 7, COUNT)) == asyncio.run(main())


def test_nothing_is_left_of_a_run_that_ends_early(
    contract: Contract, tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Who reads no further ends the process, and what it has not finished is not kept."""

    async def main() -> None:
        async with begun(contract, tmp_path, count=100_000) as cases:  # minutes of work
            next(cases)

    asyncio.run(main())
    assert -signal.SIGKILL == processes[0].returncode
    assert [] == files(tmp_path)


@pytest.mark.usefixtures("none_made_here")
def test_nobody_makes_what_nobody_wants(
    contract: Contract, tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Cases may be drawn in a thread while the run ends, and the process with it: then there are no more."""

    async def main() -> list[Case]:
        planned = plan(contract, seed=7, max_examples=COUNT, cache_folder=tmp_path)
        async with planned.made_beside() as begins:
            assert begins is not None
            await begins
            drawn = planned.parts()[1]
            some = list(islice(drawn, 3))
            os.kill(processes[0].pid, signal.SIGSTOP)
        return [*some, *drawn]

    assert 3 <= len(asyncio.run(main()))


def test_it_is_started_where_it_is_worth_it(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case, few of them beside nothing, and those that are kept need no process."""
    begins: list[bool] = []
    monkeypatch.setattr(maker._Maker, "begin", lambda _: begins.append(True))  # noqa: SLF001 -- nothing is to be made

    async def starts(only: str | None, count: int) -> bool:
        begins.clear()
        chosen = None if only is None else Selector.parse(only)
        planned = plan(contract, seed=7, max_examples=count, only=chosen, cache_folder=tmp_path)
        async with planned.made_beside() as begun:
            if begun is not None:
                await begun
        return bool(begins)

    asked = (("fuzz-*", WORTH_IT), ("fuzz-*", WORTH_IT - 1), ("fuzz-valid/0001", WORTH_IT), ("success", WORTH_IT))
    assert [True, False, False, False] == [asyncio.run(starts(*one)) for one in asked]
    assert [True, True] == [asyncio.run(starts(None, count)) for count in (20, 6_000)]


def test_kept_cases_are_not_made_again(
    contract: Contract, tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Where the cases are there, no process is started."""
    read(contract, tmp_path)
    read(contract, tmp_path)
    assert 1 == len(processes)


def test_a_folder_that_can_not_be_stops_nothing_yet(contract: Contract, tmp_path: Path) -> None:
    """Whoever reads the cases tells of it."""
    (tmp_path / "file").write_text("")

    async def main() -> None:
        async with made_beside(contract, **OF, folder=tmp_path / "file" / "cases") as begins:
            await begins

    asyncio.run(main())
