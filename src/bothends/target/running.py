"""A target that runs already, somewhere: bothends neither starts nor stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from bothends.clock import Clock
from bothends.errors import TargetError
from bothends.target.address import parse_base_url
from bothends.target.listener import listener
from bothends.target.readiness import until_ready
from bothends.target.target import DEFAULT_GRACE

if TYPE_CHECKING:
    from bothends.target.target import Stopped


class RunningTarget:
    """A base URL behind which someone else's process answers; an async context manager.

    Attributes:
        base_url: The URL that the operations' paths are put behind.
        pid: The process that listens there; None before it was found, and where it is of another machine or user.
    """

    def __init__(self, url: str, *, ready: str | None = None, start_limit: float = 3.0) -> None:
        """Take the URL.

        Args:
            url: The base URL.
            ready: Path that it must answer with any status under 500; None: it need only accept connections.
            start_limit: Seconds until it has to be ready.

        Raises:
            ContractError: The URL is none.
        """
        self._address = parse_base_url(url)
        self.base_url = self._address.url
        self.pid: int | None = None
        self._ready = ready
        self._start_limit = start_limit

    async def start(self) -> None:
        """Make sure that it answers.

        Raises:
            TargetError: It does not.
        """
        seen = await until_ready(self.base_url, self._ready, clock=Clock(), limit=self._start_limit)
        if seen:
            raise TargetError(
                f"The target can't be reached: {seen}.",
                advice="Start it, or check --url ([target] url); or let bothends launch it, with [target] command.",
            )
        self.pid = listener(self._address.host, self._address.port)

    async def stop(self, grace: float = DEFAULT_GRACE) -> Stopped | None:  # noqa: ARG002 -- the protocol has it
        """Leave it alone."""
        return None

    def died(self) -> int | None:
        """Return None: the process is not known."""
        return None

    def log_tail(self, lines: int = 20) -> list[str]:  # noqa: ARG002 -- the protocol has it
        """Return nothing: the log is not known."""
        return []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
