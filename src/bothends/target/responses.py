"""The reading of several responses on one connection: for clients that send what no well-behaved one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Answer, NoAnswer
from bothends.target.response import BODY_LIMIT, HEAD_LIMIT, ResponseReader

if TYPE_CHECKING:
    from bothends.clock import Clock


class ResponsesReader(ResponseReader):
    """Reads responses until the connection ends; its outcome says how that was.

    Attributes:
        answers: The final answers that have come, in order, each with the time when it was whole.
    """

    __slots__ = ("_clock", "answers")

    def __init__(
        self, method: str, clock: Clock, *, body_limit: int = BODY_LIMIT, head_limit: int = HEAD_LIMIT
    ) -> None:
        """Expect responses.

        Args:
            method: The first request's. After HEAD, which has no body to its answer, only the first answer is sure.
            clock: The run's clock.
            body_limit: Most bytes of a body that are kept.
            head_limit: Most bytes of head that are read.
        """
        super().__init__(method, body_limit=body_limit, head_limit=head_limit)
        self._clock = clock
        self.answers: list[tuple[Answer, float]] = []

    def _take(self, answer: Answer) -> None:
        self.answers.append((answer, self._clock.now()))
        self._reset()

    def _settle(self, outcome: Answer | NoAnswer) -> None:
        if isinstance(outcome, Answer):  # cut at the limit: the last one
            self.answers.append((outcome, self._clock.now()))
        super()._settle(outcome)
