"""TLS at a listener: one connection's records, and whether those who connect trust the certificate.

The records are made and read here, below them asyncio's transport is as it is without TLS: so each fault of a
connection, from a reset to an answer that goes on without end, is the same with TLS.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

from bothends.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_READ = 1 << 16
_ALERT, _DATA = 21, 23
_ALERT_SIZE = 19
"""Bytes of an alert of TLS 1.3 in its record: level, description, type, and what authenticates them (RFC 8446)."""
_HEAD = 5
_UNTRUSTED = 3
"""Peers in a row that end TLS before it is established, and none that did not: they do not trust the certificate."""


class Records:
    """The TLS of one connection: between the bytes on the wire and those that are meant.

    Args:
        context: What the listener serves with.

    Attributes:
        begun: Whether the peer has said anything.
        ready: Whether it is established.
        ended: Whether the peer has said that nothing more comes.
        problem: Why the connection can't go on; empty: it can.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.begun = False
        self.ready = False
        self.ended = False
        self.problem = ""

    def received(self, octets: bytes) -> tuple[bytes, bytes]:
        """Take bytes from the wire.

        Returns:
            What is meant by them, and what must be written to the wire.
        """
        self.begun = True
        self._incoming.write(octets)
        meant: list[bytes] = []
        try:
            if not self.ready:
                self._object.do_handshake()
                self.ready = True
            while part := self._object.read(_READ):
                meant.append(part)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            self.problem = error.reason or str(error)
        return b"".join(meant), self._outgoing.read()

    def written(self, octets: bytes) -> bytes:
        """Return the records of bytes that are to be written."""
        self._object.write(octets)
        return self._outgoing.read()

    def closing(self) -> bytes:
        """Return the record that says that nothing more comes."""
        if self.ready and not self.problem:
            with contextlib.suppress(ssl.SSLError):  # the peer need not have said so as well
                self._object.unwrap()
        return self._outgoing.read()


def is_end(peeked: Sequence[int]) -> bool:
    """Return whether unread bytes begin with the record by which a peer says that nothing more comes."""
    if len(peeked) < _HEAD:
        return not peeked
    return peeked[0] == _ALERT or (peeked[0] == _DATA and peeked[3] << 8 | peeked[4] == _ALERT_SIZE)


class Trust:
    """Whether the peers of a listener trust its certificate.

    Args:
        name: What the listener is for, for messages: `ingest`.
        failed: Is told when each peer goes away before TLS is established.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._failed = failed
        self._unsecured: int | None = 0

    def secured(self) -> None:
        """Note that TLS is established with a peer."""
        self._unsecured = None

    def not_secured(self, problem: str) -> None:
        """Note that a peer went away before TLS was established, and say so where each one does.

        Args:
            problem: Why; empty: it did not say.
        """
        if self._unsecured is None:
            return
        self._unsecured += 1
        if self._unsecured == _UNTRUSTED:
            why = f": {problem}" if problem else ", without saying why"
            self._failed(
                TargetError(
                    f"The target ends each TLS connection to {self._name} before it is established{why}.",
                    advice="Give it the authority of the run, whose PEM file is {world.ca}, and the https:// address",
                )
            )
