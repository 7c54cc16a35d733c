"""The upstream's answer does not change from one request to the next, as with settings that nobody edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.world.faults.fault import INGEST, Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Reply


@fault("answers-the-same")
class AnswersTheSame(Fault):
    """No fault: the world is otherwise at pains to answer each request with something new."""

    pattern = "the {upstream} answers the same each time"
    about = "one right answer for all requests, as settings are that nobody edits; no fault"
    family = ""

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Begin without an answer.

        Raises:
            ContractError: It is about the ingest, which acknowledges each event by an ID of its own.
        """
        super().__init__(upstream, parameters)
        if upstream == INGEST:
            raise ContractError(
                "The ingest never acknowledges two events alike.", expected="the name of an upstream other than ingest"
            )
        self._first: Reply | None = None

    async def play(self, turn: Turn) -> None:
        """Answer as the first time."""
        if self._first is None:
            self._first = turn.honest()
        turn.repeat(self._first)
