"""The upstream gives its right body with a status that says otherwise."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.world.faults.fault import INGEST, Fault
from bothends.world.faults.parameters import status_of
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 200
_LAST = 599


@fault("says-otherwise")
class SaysOtherwise(Fault):
    """The body of a success under another status. Of an error nothing is stored, of a success the event is.

    The real ingest never acknowledges with another success: whether a target takes it for one is its choice.
    """

    pattern = "the {upstream} answers {status} as if all were well"
    about = "the body of the right answer under another status; with a 2xx, the ingest has stored the event"
    family = "upstream-wrong"
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is none that ends an exchange.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._fails = self._status >= HTTPStatus.BAD_REQUEST
        if upstream == INGEST and not self._fails:
            self.family, self.recovers = "upstream-*", True

    async def play(self, turn: Turn) -> None:
        """Answer so."""
        right = turn.pretended() if self._fails else turn.honest()
        body = b"" if self._status == HTTPStatus.NO_CONTENT else right.body
        turn.odd = not self._fails
        turn.reply(replace(right, status=self._status, body=body))
