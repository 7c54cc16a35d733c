"""TLS at a listener: one connection's records.

The records are made and read here, below them asyncio's transport is as it is without TLS: so each fault of a
connection, from a reset to an answer that goes on without end, is the same with TLS.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_READ = 1 << 16
_ALERT, _DATA = 21, 23
_ALERT_SIZE = 19
"""Bytes of an alert of TLS 1.3 in its record: level, description, type, and what authenticates them (RFC 8446)."""
_HEAD = 5
UNTRUSTED = 3
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
