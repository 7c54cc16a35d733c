"""What the engine knows of a target, launched or running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

DEFAULT_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a launched target ended.

    Attributes:
        code: Its exit code; the negative signal number when a signal ended it.
        seconds: From the request to stop until it, and all that it had started, were gone.
        killed: Whether it or something that it had started had to be killed.
    """

    code: int
    seconds: float
    killed: bool


class Target(Protocol):
    """An implementation under test."""

    @property
    def base_url(self) -> str:
        """The URL that the operations' paths are put behind."""
        ...

    @property
    def pid(self) -> int | None:
        """The process that was launched, or that listens; None where it is not known, or there is none."""
        ...

    async def start(self) -> None:
        """Make sure that it answers.

        Raises:
            TargetError: It could not be started, or does not answer.
            ContractError: Its settings are wrong.
        """
        ...

    async def stop(self, grace: float = DEFAULT_GRACE) -> Stopped | None:
        """End it, if it is ours to end; None when it is not.

        Args:
            grace: Seconds that it may take to finish what is in flight.
        """
        ...

    def died(self) -> int | None:
        """Return its exit code when it has ended by itself; None while it runs, or when that can't be known."""
        ...

    def log_tail(self, lines: int = 20) -> list[str]:
        """Return the last lines that it wrote, harmless to print; empty when they can't be known."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...
