"""The upstream answers with an HTTP error status."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

# A target may take these for "cannot be reached at present" as well as for a wrong answer.
_UNAVAILABLE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_FIRST_ERROR = 400
_LAST_ERROR = 599


def error_reply(status: int, here: str) -> Reply:
    """Return an error answer as JSON, in the form that the event API uses: `error` and `status`.

    As real ones do, it tells more than its caller's callers should know.

    Args:
        status: HTTP status.
        here: The upstream's own address.
    """
    reasons = {known.value: known.phrase for known in HTTPStatus}
    trace = f'Traceback (most recent call last):\n  File "/srv/app/main.py", line 7, in answer\n{here}'
    body = json.dumps({"error": reasons.get(status, "Unknown"), "status": status, "detail": trace}).encode()
    return Reply(status, (("content-type", "application/json"),), body)


@fault("answers-status")
class AnswersStatus(Fault):
    """A complete, well-formed error answer. The event is not stored."""

    pattern = "the {upstream} answers {status}"
    about = "an error answer, 400 to 599, with a JSON body"
    family = "upstream-wrong"

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: The status is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = int(parameters["status"])
        if not _FIRST_ERROR <= self._status <= _LAST_ERROR:
            raise ContractError(
                f"no such fault: `the {upstream} answers {self._status}`", expected="a status from 400 to 599"
            )
        if self._status in _UNAVAILABLE:
            self.family = "upstream-*"

    async def play(self, turn: Turn) -> None:
        """Answer with the status."""
        turn.reply(error_reply(self._status, turn.here))
