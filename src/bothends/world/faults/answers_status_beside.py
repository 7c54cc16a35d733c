"""The ingest answers 200 and, in the words of an acknowledgement, another status."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import object_of, status_of
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_FIRST_ERROR = 400
_LAST_ERROR = 599


@fault("answers-status-beside")
class AnswersStatusBeside(Fault):
    """HTTP says 200, the body's `status` says that it failed. The event is not stored.

    The ingest's own client library believes the body (inngest-js, `send`).
    """

    pattern = "the {ingest} acknowledges with status {status} in the body"
    about = "200 and the body of a success, with the `status` of an error, 400 to 599, in it"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: The status is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST_ERROR, _LAST_ERROR)

    async def play(self, turn: Turn) -> None:
        """Answer so."""
        reply = turn.pretended()
        value = {**object_of(reply.body), "status": self._status}
        turn.reply(replace(reply, body=json.dumps(value).encode()))
