"""What holds for all tests: properties are judged by what they say, not by how fast the machine is; and what is long.

A test that is marked `long` proves of a whole table, or with a whole run, what shorter tests prove of one row or of one
case. `make test` leaves it out and says how many it left out; `--long`, as in `make test-all`, runs it. A test that is
marked `each_seed` is long as well: no law is broken by its right target with seeds 1 to 3, or with as many as `--seeds`
says; `make seeds` says 20.

A test that is marked `alone` measures what only a machine tells that does nothing else. It runs with `--alone`, as in
`make quiet`, one after the other; another one shows, on any machine, what is so there as well.

`--quick`, as in `make quick`, leaves out those that `slow.txt` names as well.

The processes that a test starts measure their lines only if it is marked `measured`: a process that does takes nearly
twice as long, and most reach lines that other tests measure already. For the same reason a test may be `unmeasured`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
from collections import defaultdict
from itertools import chain, groupby, islice
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from bothends.launch import process
from tests import slow, staying_here
from tests.in_process import not_measured
from tests.offline import Tries
from tests.warm import start as warm
from tests.warm.targets import from_server

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Sequence
    from pathlib import Path

    from _pytest.fixtures import FuncFixtureInfo
    from pytest import Config, Item, Metafunc, Parser, Session, TerminalReporter  # noqa: PT013 -- types only

# Its assertions show how a text differs.
pytest.register_assert_rewrite("tests.snapshots")

_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", _UNTIMED, max_examples=25)
settings.register_profile("long", _UNTIMED, max_examples=300)
settings.load_profile("short")

_LEFT_OUT = pytest.StashKey[int]()
_TRIES = Tries()
_SLOW_AMONG = 0.6
"""The share of a worker's quick tests that its slow ones stand among."""


def pytest_addoption(parser: Parser) -> None:
    """Add what this says of tests."""
    parser.addoption("--quick", action="store_true", help="leave out the tests that take more than a second, too")
    parser.addoption("--note-slow", action="store_true", help="note in slow.txt which tests take more than a second")
    parser.addoption("--long", action="store_true", help="run the long tests as well")
    parser.addoption("--alone", action="store_true", help="run the tests as well that need a machine for themselves")
    parser.addoption("--cold", action="store_true", help="launch targets as users do, not from `tests.warm`")
    parser.addoption("--seeds", type=int, default=3, help="with how many seeds right targets are tried (%(default)s)")


def pytest_configure(config: Config) -> None:
    """Declare the markers; and heed Ctrl-C, which a shell lets the programs ignore that it runs in the background."""
    config.addinivalue_line("markers", "long: runs with --long only, as in `make test-all`")
    config.addinivalue_line(
        "markers", "alone: runs with --alone only, as in `make quiet`, which has a machine for itself"
    )
    config.addinivalue_line("markers", "each_seed: long, and runs once with each `seed`, as `--seeds` says")
    config.addinivalue_line("markers", "measured: the processes that it starts measure their lines")
    config.addinivalue_line("markers", "unmeasured: nor does it measure those that it runs itself")
    config.stash[_LEFT_OUT] = 0
    staying_here.begin()
    warm.take(getattr(config, "workerinput", {}).get("warm", {}))
    if not config.getoption("--cold"):
        launching = contextlib.ExitStack()
        launching.enter_context(from_server(warm.served))
        config.add_cleanup(launching.close)
    # One place for the tables that Hypothesis makes of Unicode and of our modules: they take a second, and each
    # test has a folder of its own.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(config.rootpath / ".hypothesis"))
    if config.getoption("--long"):
        settings.load_profile("long")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Tests interrupt runs, whose processes inherit this.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Launch targets as users do: they have what a process inherits, and how they are launched is tested."""
    monkeypatch.setattr(process, "subprocess", subprocess)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of this run of the tests have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def made_cases(shared: Path) -> Path:
    """Return a folder that keeps generated cases, so that not each worker has to make them."""
    return shared / "cases"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let all workers have the servers of `tests.warm` in common."""
    node.workerinput["warm"] = warm.begun()


def pytest_generate_tests(metafunc: Metafunc) -> None:
    """Give each seed to the tests that are to run with each."""
    if metafunc.definition.get_closest_marker("each_seed") is not None:
        seeds = range(1, metafunc.config.getoption("--seeds") + 1)
        metafunc.parametrize("seed", [pytest.param(seed, id=f"seed {seed}", marks=pytest.mark.long) for seed in seeds])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: Item) -> Generator[None, object, object]:
    """Take the variables by which processes measure their lines out of the environment, except of a measured test."""
    if item.get_closest_marker("measured") is not None:
        return (yield)
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_")}
    try:
        with contextlib.nullcontext() if item.get_closest_marker("unmeasured") is None else not_measured():
            return (yield)
    finally:
        os.environ.update(taken)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Item) -> Generator[None, object, object]:
    """Fail a test that tried to reach another machine, whatever it made of the refusal.

    Of what its processes try, the kernel knows in a namespace that has no other machine; but not which test it was,
    where several are under way: those that end next are named.
    """
    staying_here.tried()
    try:
        outcome = yield
    finally:
        if tries := _TRIES.new():
            item.user_properties.append(("another machine was tried during", f"{item.nodeid} ({tries:,})"))
    assert [] == staying_here.tried(), f"{item.nodeid} tried to reach another machine"
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: Session) -> Generator[None, object, object]:
    """Collect as cheaply as can be: each worker collects all tests, however few of them it runs.

    The lines that this runs are the same in each worker, so the first one measures them. Hardly anything that is made
    meanwhile is garbage, and it stays to the end: the garbage collector is off, and passes over it from then on.
    """
    first = getattr(session.config, "workerinput", {}).get("workerid", "gw0") == "gw0"
    gc.disable()
    try:
        with contextlib.nullcontext() if first else not_measured(anyhow=True):
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Config, items: list[Item]) -> None:
    """Leave the long tests out, unless they are asked for; let workers run slow ones and quick ones in turn."""
    known = slow.known()
    long = [] if config.getoption("--long") else [item for item in items if item.get_closest_marker("long")]
    if config.getoption("--quick"):
        long += [item for item in items if slow.function(item.nodeid) in known]
    alone = [] if config.getoption("--alone") else [item for item in items if item.get_closest_marker("alone")]
    if long or alone:
        config.stash[_LEFT_OUT] = len({id(item) for item in long})
        left_out = {id(item): item for item in (*long, *alone)}
        config.hook.pytest_deselected(items=list(left_out.values()))
        items[:] = [item for item in items if id(item) not in left_out]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = _spread(items, workers, known)


def _spread(items: Sequence[Item], workers: int, known: Collection[str]) -> list[Item]:
    """Return tests so that each worker, which gets as many in a row as the others, has some that are slow.

    Slow tests wait, quick ones compute: in turn, they leave the cores neither idle nor with too much to do.
    """
    slow_ones, others = _together(items, known)
    quick = iter(others)
    shares: list[list[list[Item]]] = [[] for _ in range(workers)]
    for group in sorted(slow_ones, key=len, reverse=True):
        min(shares, key=lambda share: sum(map(len, share))).append(group)
    found: list[Item] = []
    end = 0
    for worker, mine in enumerate(shares):
        end += (len(items) - end) // (workers - worker)  # as pytest-xdist does
        found += _in_turn(mine, list(islice(quick, max(0, end - len(found) - sum(map(len, mine))))))
    return [*found, *quick]


def _together(items: Sequence[Item], known: Collection[str]) -> tuple[list[list[Item]], list[Item]]:
    """Return groups of slow tests, and the quick tests.

    What a module or a folder shares is made once in each worker: the tests of slow modules that share it, quick ones
    too, are one group.
    """
    by_module: defaultdict[Path, list[Item]] = defaultdict(list)
    for item in items:
        by_module[item.path].append(item)
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    quick: list[Item] = []
    for tests in by_module.values():
        slow_ones = {item.nodeid for item in tests if slow.function(item.nodeid) in known}
        shared = set[str]().union(*map(_shared_by, tests))
        if slow_ones and shared:
            groups[min(shared)] += tests
            continue
        groups |= {item.nodeid: [item] for item in tests if item.nodeid in slow_ones}
        quick += [item for item in tests if item.nodeid not in slow_ones]
    return list(groups.values()), quick


def _shared_by(item: Item) -> set[str]:
    """Return where that is defined which a test shares with others of its module or of its folder."""
    info: FuncFixtureInfo | None = getattr(item, "_fixtureinfo", None)
    made = () if info is None else (of[-1] for of in info.name2fixturedefs.values())
    return {one.baseid for one in made if one.scope in {"session", "package", "module"} and "/" in one.baseid}


def _in_turn(slow_ones: Sequence[Sequence[Item]], quick: Sequence[Item]) -> Generator[Item]:
    """Yield groups of slow tests, and quick ones: whole groups between whole modules, as what they share is made once.

    The slow ones are over before the rest: else one worker would still be at these when all others have nothing left.
    """
    done = begun = 0
    number = sum(map(len, slow_ones))
    groups = iter(slow_ones)
    for _, module in groupby(quick, key=lambda item: item.path):
        due = ceil(number * (done + 1) / (_SLOW_AMONG * len(quick)))
        while begun < min(due, number):
            group = next(groups)
            yield from group
            begun += len(group)
        for item in module:
            done += 1
            yield item
    yield from chain.from_iterable(groups)


def pytest_sessionfinish(session: Session) -> None:
    """Tell the controller how many a worker has left out: each worker collects all tests."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take that number from a worker that has ended."""
    config: Config = node.config
    config.stash[_LEFT_OUT] = max(config.stash[_LEFT_OUT], getattr(node, "workeroutput", {}).get("left_out", 0))


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: Config) -> None:
    """Say how many tests were left out, which pytest-xdist does not say; and what tests have recorded."""
    ended = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
    ]
    named = dict.fromkeys((str(name), str(value)) for report in ended for name, value in report.user_properties)
    for what in dict.fromkeys(what for what, _ in named):
        terminalreporter.write_line(f"{what} {', '.join(value for name, value in named if name == what)}")
    if config.getoption("--note-slow"):
        taken: defaultdict[str, float] = defaultdict(float)
        for report in (one for reports in terminalreporter.stats.values() for one in reports):
            if isinstance(report, pytest.TestReport):
                taken[report.nodeid] += report.duration
        slow.FILE.write_text(slow.noted(taken), "utf-8")
    if count := config.stash[_LEFT_OUT]:
        kind = "slow and long" if config.getoption("--quick") else "long"
        terminalreporter.write_line(f"{count} {kind} tests were left out; `make test-all` runs them as well.")
