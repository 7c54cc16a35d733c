"""The upstream redirects to another address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_STATUSES = (301, 302, 303, 307, 308)


@fault("redirects")
class Redirects(Fault):
    """A redirect to an address that nobody vouches for, which must not be followed. The event is not stored.

    OWASP ASVS 5.0, 15.3.2: calls to upstreams do not follow redirects unless that is intended.
    """

    pattern = "the {upstream} redirects with {status}"
    about = "301, 302, 303, 307 or 308 to another port of the world's"
    family = "upstream-wrong"

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is not that of a redirect.
        """
        super().__init__(upstream, parameters)
        self._status = int(parameters["status"])
        if self._status not in _STATUSES:
            raise ContractError(
                f"no such fault: `the {upstream} redirects with {self._status}`",
                expected=" or ".join(map(str, _STATUSES)),
            )

    async def play(self, turn: Turn) -> None:
        """Redirect."""
        turn.reply(Reply(self._status, (("location", turn.elsewhere), ("content-type", "text/plain")), b"moved\n"))
