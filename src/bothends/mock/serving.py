"""A mock for tests and notebooks: it serves from a thread of its own for the length of a `with` block."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.contract.fetched import fetched
from bothends.contract.openapi import is_url
from bothends.mock.mock import Mock, Options
from bothends.records import count_of
from bothends.state_folder import SPECS, make_state_folder, state_folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.mock.journal import Attempt

_LOG = logging.getLogger("bothends.mock")
NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")
"""What is served where there are neither settings nor a spec: the first of these that is there."""
_BETWEEN_LOOKS = 0.01


def open_contract(config: Path, spec: str | None = None) -> Contract:
    """Return a contract with all of its operations that can be used, in detail; a wrong one is a `ContractError`.

    The spec is a file or a URL; None: that of the settings; where these do not exist, one of `NAMES` beside them.
    """
    if spec is None and not config.is_file():
        found = (config.parent / name for name in NAMES)
        spec = next((str(file) for file in found if file.is_file()), None)
    if spec is not None and is_url(spec):
        folder = state_folder_of(config)
        make_state_folder(folder)
        spec = str(fetched(spec, folder / SPECS))
    return load(config, ("*",), None if spec is None else Path(spec), tolerant=True, detailed=True)


class Served:
    """A mock that serves.

    Attributes:
        url: Its base URL.
    """

    def __init__(self, mock: Mock, loop: asyncio.AbstractEventLoop, read: Callable[[], Contract]) -> None:
        self._mock = mock
        self._loop = loop
        self._read = read
        self.url = mock.url

    @property
    def sent(self) -> tuple[Attempt, ...]:
        """All attempts to deliver an event, in order."""
        return tuple(self._mock.journal.attempts)

    def send_events_to(self, url: str, ingest: str = "") -> None:
        """Say to which base URL the events of an ingest go; empty: those of all."""
        names = [ingest] if ingest else list(self._mock.contract.settings.world.ingests)
        self._mock.surroundings.tell({f"world.{name}": url.rstrip("/") for name in names})

    def send_to(self, *destinations: str) -> None:
        """Say to which hosts, networks and origins events may also go; anything else is a `ContractError`."""
        for each in destinations:
            self._mock.destinations.add(each)

    def wait(self, seconds: float = 5.0) -> bool:
        """Wait until no event is still to be delivered; return whether that was so in time."""
        deadline = time.monotonic() + seconds
        while self._mock.journal.pending:
            if time.monotonic() > deadline:
                return False
            time.sleep(_BETWEEN_LOOKS)
        return True

    def reload(self) -> None:
        """Read the contract again, and serve it from now on; what was created and sent stays.

        A wrong one is a `ContractError`, and the one before is still served.
        """
        contract = self._read()
        asyncio.run_coroutine_threadsafe(_taken(self._mock, contract), self._loop).result()

    def reset(self) -> None:
        """Forget what was created, and what was sent."""
        done = asyncio.run_coroutine_threadsafe(_in_loop(self._mock), self._loop)
        done.result()

    def __repr__(self) -> str:
        """Return where it is."""
        return f"<mock at {self.url}, {count_of(len(self.sent), 'attempt')} to deliver>"


async def _taken(mock: Mock, contract: Contract) -> None:
    mock.take(contract)


async def _in_loop(mock: Mock) -> None:
    mock.reset()


@contextlib.contextmanager
def serving(  # noqa: PLR0913 -- all by name
    config: str | Path = "bothends.toml",
    *,
    spec: str | None = None,
    events: str | Mapping[str, str] = "",
    send_to: Sequence[str] = (),
    port: int = 0,
    seed: int = 1,
) -> Iterator[Served]:
    """Serve a contract for the length of a `with` block.

    Args:
        config: The settings file.
        spec: The spec, a file or a URL; None: that of the settings.
        events: The base URL to which events go, or one for each ingest.
        send_to: Where events may go besides this machine and those URLs: hosts, networks, origins.
        port: The port; 0: a free one.
        seed: Decides all generated values.

    Raises:
        ContractError: The contract is wrong, or what is named to be sent to is nowhere.
        HarnessError: The port is in use.
    """
    contract = open_contract(Path(config), spec)
    names = contract.settings.world.ingests
    urls: Mapping[str, str] = events if not isinstance(events, str) else dict.fromkeys(names, events) if events else {}
    given = {f"world.{name}": url.rstrip("/") for name, url in urls.items()}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bothends mock", daemon=True)
    thread.start()

    def done(work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        mock = Mock(contract, Options(port=port, seed=str(seed), given=given, send_to=send_to))
        done(mock.start())
        for each in mock.unmet:
            _LOG.warning("%s", each)
        try:
            yield Served(mock, loop, lambda: open_contract(Path(config), spec))
        finally:
            done(mock.end())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
