"""The ingest stores the event and acknowledges it in words of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import json_text, status_of
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST = 200
_LAST = 599


@fault("acknowledges-with")
class AcknowledgesWith(Fault):
    """The event is stored, and the answer is one that the real ingest never gives to it.

    Whether a target takes it for an acknowledgement is its choice.
    """

    pattern = "the {ingest} acknowledges with {status} and the JSON {json}"
    about = "the event is stored, and answered with this JSON text"
    family = "upstream-*"
    recovers = True
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the text.

        Raises:
            ContractError: The status is none that ends an exchange, or the text is no JSON.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._body = json_text(parameters["json"])

    async def play(self, turn: Turn) -> None:
        """Store, and answer so."""
        turn.odd = True
        turn.reply(replace(turn.honest(), status=self._status, body=self._body))
