"""What pytest loads in every run: options, fixtures, hooks. All else of bothends is imported when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx

    from bothends.mock import Served
    from bothends.pytest_plugin.fixtures import Contract, Target, World
    from bothends.pytest_plugin.items import SettingsFile
    from bothends.pytest_plugin.shared import Shared
    from bothends.workbench import Workbench

_SHARED = pytest.StashKey["Shared"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the key of pytest's own settings."""
    group = parser.getgroup("bothends", "bothends: verify a route at both ends")
    group.addoption("--bothends", metavar="FILE", help="collect a run of this bothends.toml: each case is an item")
    group.addoption("--bothends-url", metavar="URL", help="base URL of a running target")
    group.addoption(
        "--bothends-seed", metavar="N", type=int, default=1, help="decides all generated values (default: 1)"
    )
    group.addoption("--bothends-max-examples", metavar="N", type=int, help="number of generated cases")
    group.addoption(
        "--bothends-profile", choices=("quick", "default"), default="default", help="how many cases (default: default)"
    )
    parser.addini(
        "bothends_config", default="bothends.toml", help="the settings file for the fixtures (default: bothends.toml)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put the settings file among what is collected, when a run is asked for.

    Raises:
        pytest.UsageError: There is no such file.
    """
    config.addinivalue_line("markers", "bothends: a case, an interaction or a scenario of a bothends run.")
    asked = config.getoption("bothends")
    if asked is None:
        return
    file = (config.invocation_params.dir / asked).resolve()
    if not file.is_file():
        raise pytest.UsageError(f"--bothends {asked}: the file does not exist")
    config.option.bothends = str(file)  # the workers of pytest-xdist get it so
    named = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    if file not in named:
        config.args.append(str(file))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SettingsFile | None:
    """Collect the settings file that was asked for."""
    asked = parent.config.getoption("bothends")
    if asked is None or file_path.suffix != ".toml" or file_path.resolve() != Path(asked):
        return None
    from bothends.pytest_plugin.items import SettingsFile  # noqa: PLC0415 -- nothing is loaded before it is used

    return SettingsFile.from_parent(parent, path=file_path, shared=_shared(parent.config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let other workers have the target between two items."""
    try:
        return (yield)
    finally:
        shared = item.config.stash.get(_SHARED, None)
        if shared is not None:
            shared.end_item()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the target while an item runs that needs it."""
    shared = item.config.stash.get(_SHARED, None)
    of_a_run = item.get_closest_marker("bothends") is not None
    if shared is not None and (of_a_run or "bothends_bench" in getattr(item, "fixturenames", ())):
        shared.begin_item()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last item, look for what came late: it belongs to no item any longer."""
    shared = item.config.stash.get(_SHARED, None)
    if nextitem is None and shared is not None:
        shared.settle()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the target and the world."""
    shared = session.config.stash.get(_SHARED, None)
    if shared is not None:
        shared.close()


def _shared(config: pytest.Config) -> Shared:
    if _SHARED not in config.stash:
        from bothends.pytest_plugin.shared import Shared  # noqa: PLC0415 -- nothing is loaded before it is used

        asked = config.getoption("bothends")
        file = Path(asked) if asked is not None else config.rootpath / config.getini("bothends_config")
        config.stash[_SHARED] = Shared(config, file)
    return config.stash[_SHARED]


@pytest.fixture(scope="session")
def bothends_bench(request: pytest.FixtureRequest) -> Workbench:
    """The world and the target, standing until the last test is over; each worker has its own."""
    from bothends.errors import BothendsError  # noqa: PLC0415 -- nothing is loaded before it is used

    try:
        return _shared(request.config).bench()
    except BothendsError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def world(bothends_bench: Workbench) -> Iterator[World]:
    """The world around the target, all well when a test begins: `with world.given("the ingest is unreachable"): …`."""
    from bothends.pytest_plugin.fixtures import World  # noqa: PLC0415 -- nothing is loaded before it is used

    yield World(bothends_bench)
    bothends_bench.reset()


@pytest.fixture
def target(bothends_bench: Workbench) -> Target:
    """The target: `exchange = target.post(json={"data": "data"})` sends a request, seen at both ends."""
    from bothends.pytest_plugin.fixtures import Target  # noqa: PLC0415 -- nothing is loaded before it is used

    return Target(bothends_bench)


@pytest.fixture
def contract(bothends_bench: Workbench) -> Contract:
    """The contract: `contract.check(exchange)` fails the test when the exchange has broken a law."""
    from bothends.pytest_plugin.fixtures import Contract  # noqa: PLC0415 -- nothing is loaded before it is used

    return Contract(bothends_bench)


@pytest.fixture
def client(bothends_bench: Workbench) -> Iterator[httpx.Client]:
    """An `httpx.Client` of the target; `target.exchange(response)` shows both ends."""
    with bothends_bench.client() as client:
        yield client


@pytest.fixture
def async_client(bothends_bench: Workbench) -> Iterator[httpx.AsyncClient]:
    """An `httpx.AsyncClient` of the target; `target.exchange(response)` shows both ends."""
    client = bothends_bench.async_client()
    yield client
    bothends_bench.opened.run(client.aclose())


@pytest.fixture(scope="session")
def bothends_mock(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A mock of the contract, serving until the last test is over; each worker has its own."""
    from bothends.errors import BothendsError  # noqa: PLC0415 -- nothing is loaded before it is used
    from bothends.mock import serving  # noqa: PLC0415 -- likewise

    try:
        with serving(_shared(request.config).file) as served:
            yield served
    except BothendsError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def mock(bothends_mock: Served) -> Served:
    """A mock of the contract, which remembers nothing of other tests: `mock.url`, `mock.send_events_to(url)`."""
    bothends_mock.reset()
    return bothends_mock
