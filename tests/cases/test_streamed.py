"""Generated cases are played as a process of their own makes them."""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cases import Selector, plan
from bothends.cases.fuzzing.source import made_here
from bothends.cases.fuzzing.streamed import LEAST, streamed
from bothends.cases.fuzzing.unmade import UnmadeError
from bothends.contract import Contract, load
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.records import Case, NotProven

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the contract of this repository."""
    return load(ROOT / "bothends.toml")


@pytest.fixture(scope="module")
def here(contract: Contract) -> list[Case]:
    """Return the cases that this process makes."""
    return list(made_here(contract, 7, LEAST))


@contextmanager
def stream(contract: Contract, folder: Path) -> Iterator[Callable[[], Iterator[Case]]]:
    """Begin to make cases."""
    with streamed(contract, seed=7, count=LEAST, folder=folder) as make:
        assert make is not None
        yield make


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


def test_what_is_made_elsewhere_is_what_would_be_made(contract: Contract, here: list[Case], tmp_path: Path) -> None:
    """The other process makes the very cases that this one would."""
    with stream(contract, tmp_path) as make:
        assert here == list(make())


def test_a_plan_keeps_what_comes(contract: Contract, here: list[Case], tmp_path: Path) -> None:
    """A run that has nothing else to play reads them as they come, and they are kept for the next."""

    async def drawn() -> tuple[list[Case], bool]:
        planned = plan(contract, seed=7, max_examples=LEAST, only=Selector("fuzz-*"), cache_folder=tmp_path)
        async with planned.ahead() as made:
            return list(planned.parts()[1]), made is None

    fuzzed = [case for case in here if case.family != "coverage"]
    assert (fuzzed, True) == asyncio.run(drawn())
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    assert ((fuzzed, True), written) == (asyncio.run(drawn()), file.stat().st_mtime_ns)


def test_the_rest_is_made_here(
    contract: Contract, here: list[Case], tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Of a process that ends in the middle, nothing is lost and nothing comes twice."""
    with stream(contract, tmp_path) as make:
        cases = make()
        first = list(islice(cases, 40))
        os.kill(processes[0].pid, signal.SIGKILL)
        assert here == [*first, *cases]


def test_who_has_other_cases_is_not_read(here: list[Case], tmp_path: Path) -> None:
    """Where the settings have changed since they were read, all is made here."""
    for name in ("bothends.toml", "openapi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    file = tmp_path / "bothends.toml"
    file.write_text(file.read_text("utf-8").replace('pacts = "contracts/pacts"\n', ""), "utf-8")
    of_old = load(file)
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\n", "utf-8")
    with stream(of_old, tmp_path) as make:
        assert [case.request for case in here] == [case.request for case in make()]


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

    with stream(contract, tmp_path / "cases") as make:
        assert told(made_here(contract, 7, LEAST)) == told(make())


def test_it_is_started_where_it_is_worth_it(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few cases, one of them, and those that are kept need no process."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    async def starts(only: str | None, count: int) -> bool:
        chosen = None if only is None else Selector.parse(only)
        try:
            async with plan(contract, seed=7, max_examples=count, only=chosen, cache_folder=tmp_path).ahead():
                return False
        except FileNotFoundError:
            return True

    asked = (("fuzz-*", LEAST), ("fuzz-*", LEAST - 1), ("fuzz-valid/0001", LEAST), ("success", LEAST), (None, 6_000))
    assert [True, False, False, False, True] == [asyncio.run(starts(*one)) for one in asked]


def test_nothing_is_left_of_it(contract: Contract, tmp_path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    """Who reads no further ends the process."""
    with stream(contract, tmp_path) as make:
        next(make())
        assert processes[0].poll() is None
    assert -signal.SIGKILL == processes[0].returncode
