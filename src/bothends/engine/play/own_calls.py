"""Tells which exchange a call to an upstream is of: by the trace that it hands on, or by the caller whose it is.

A target need do neither, so each is seen before it is relied on: good requests, each with a trace of its own, show
whether their calls have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.tie import traced
from bothends.records import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Credential
    from bothends.world import Received

_LEAST = 16
"""Characters of a credential that tells its caller: nothing so long comes twice by chance."""


class OwnCalls:
    """The exchanges that are under way, and what tells their calls.

    Attributes:
        asked: Whether calls are told now: then requests have traces of their own.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._shown: dict[int, frozenset[str]] = {}
        self.asked = False

    def begin(self) -> None:
        """Tell calls from now on, of exchanges that begin."""
        self.asked = True
        self._shown.clear()

    def end(self) -> None:
        """Tell no more."""
        self.asked = False
        self._shown.clear()

    def take(self, number: int, credential: Credential) -> None:
        """Take what an exchange is signed in with, as it begins."""
        if self.asked:
            self._shown[number] = frozenset(_told(credential))

    def teller(self, received: Received) -> int | None:
        """Return the number of the exchange that a call is of; None: it does not tell, or may be of several."""
        trace = traced(self._seed, received.headers)
        if trace in self._shown:
            return trace
        text = [received.line, *(value for _, value in received.headers)]
        users = {token.number for token in find_tokens(self._seed, text) if token.kind == "u"}
        callers = {
            number
            for number, shown in self._shown.items()
            if number in users or any(one in each for one in shown for each in text)
        }
        return callers.pop() if len(callers) == 1 else None


def _told(credential: Credential) -> Iterator[str]:
    """Yield the values of a credential that tell whose it is, without the names of their schemes."""
    for _, value in (*credential.headers, *credential.cookies, *credential.query):
        secret = value.rpartition(" ")[2]
        if len(secret) >= _LEAST:
            yield secret
