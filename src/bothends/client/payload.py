"""What a client has to send: one request, or several one after the other, as bytes."""

from __future__ import annotations

from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of a client's requests.

    Attributes:
        whole: All of them.
        asked: How many answers they ask for.
    """

    whole: bytes
    asked: int = 1

    @property
    def method(self) -> str:
        """The first request's method."""
        return self.whole.partition(b" ")[0].decode("latin-1")

    @property
    def head(self) -> bytes:
        """The bytes up to the end of the first head."""
        head, end, _ = self.whole.partition(_HEAD_END)
        return head + end

    @property
    def body(self) -> bytes:
        """What follows the first head."""
        return self.whole.partition(_HEAD_END)[2]
