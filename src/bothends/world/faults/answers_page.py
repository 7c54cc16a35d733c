"""The upstream answers with a web page, as a proxy or a login does in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.parameters import status_of
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.fault import Turn

_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_FIRST = 200
_LAST = 599
_NOT_NOW = (429, 502, 503, 504)


@fault("answers-page")
class AnswersPage(Fault):
    """A complete answer, which is HTML. The event is not stored."""

    pattern = "the {upstream} answers {status} with a web page"
    about = "a complete answer of any status, in HTML"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is none that ends an exchange.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        if self._status in _NOT_NOW:
            self.family = "upstream-*"

    async def play(self, turn: Turn) -> None:
        """Answer with the page."""
        turn.reply(Reply(self._status, (("content-type", "text/html; charset=utf-8"),), _PAGE))
