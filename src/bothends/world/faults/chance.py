"""Chance that can be had again: which requests a fault of this kind falls on."""

from __future__ import annotations

from hashlib import blake2b

_ONE_IN = 3


class Chance:
    """Falls on about one request in three, the same ones whenever the world is put into the state."""

    def __init__(self, what: str) -> None:
        """Start from the first request.

        Args:
            what: Tells faults apart, so that two of them do not fall on the same requests.
        """
        self._what = what
        self._count = 0

    def falls(self) -> bool:
        """Return whether the fault falls on this request, and go on to the next."""
        self._count += 1
        digest = blake2b(f"{self._what}/{self._count}".encode(), digest_size=2).digest()
        # The first request always has it: a state that is entered is a state that is met.
        return self._count == 1 or digest[0] % _ONE_IN == 0
