"""What the ingest deduplicates by, and its memory of it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b

SEED_HEADER = "x-inngest-event-id-seed"
_GENERATION = 32_768
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as ULIDs are written
_SEED_PARTS = 2
_ENTROPY_BYTES = 10
_ACKNOWLEDGED, _OPEN, _FAILED = range(3)


def ulid(millis: int, entropy: bytes) -> str:
    """Return a ULID: 48 bits of milliseconds since the epoch and 80 of entropy as 26 characters."""
    number = (millis & ((1 << 48) - 1)) << 80 | int.from_bytes(entropy, "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


@dataclass(frozen=True, slots=True)
class Seed:
    """What the seed header says: from it each event of a request gets an id that is the same on each attempt.

    Attributes:
        text: The header's value.
        millis: Milliseconds since the epoch.
        entropy: 10 bytes.
    """

    text: str
    millis: int
    entropy: bytes

    @classmethod
    def read(cls, text: str | None) -> Seed | None:
        """Read `<ms>,<base64 of 10 bytes>`; None when it is not that, which the server ignores without a word."""
        parts = (text or "").split(",")
        if text is None or len(parts) != _SEED_PARTS:
            return None
        try:
            millis, entropy = int(parts[0]), base64.b64decode(parts[1], validate=True)
        except (ValueError, binascii.Error):
            return None
        return cls(text, millis, entropy) if millis > 0 and len(entropy) == _ENTROPY_BYTES else None

    def id(self, index: int) -> str:
        """Return the id of the event at an index from 1: the index is added to the last 4 bytes of the entropy."""
        last = (int.from_bytes(self.entropy[6:], "big") + index) % (1 << 32)
        return ulid(self.millis, self.entropy[:6] + last.to_bytes(4, "big"))


class Starts:
    """Tells the identities of one start of the target from those of another, where they are of different events.

    A target that starts with an empty store counts from one again, and the first event has the identity that the first
    one had before. A target that keeps its store attempts the old event once more: that has its content as well.
    """

    def __init__(self) -> None:
        self._start = 0
        self._events: dict[int, tuple[int, int, str]] = {}

    def begin(self) -> None:
        """Note that the target starts anew."""
        self._start += 1

    def told_apart(self, identity: str, content: str) -> str:
        """Return an identity that an event of another start does not have.

        Args:
            identity: As the event has it.
            content: What stands for the content: a digest.
        """
        key, digest = _key(identity), _key(content)
        start, known, told = self._events.pop(key, (self._start, digest, ""))
        if start != self._start and known != digest:
            start, known, told = self._start, digest, f" of start {self._start}"
        if len(self._events) >= 2 * _GENERATION:
            del self._events[next(iter(self._events))]
        self._events[key] = (start, known, told)
        return f"{identity}{told}"


class Memory:
    """Remembers identities: how often each arrived, and whether an event of it is stored.

    It keeps a digest of 8 bytes and a small number each, of the 32,768 to 65,536 latest identities. So its
    size is bounded however long the run; an attempt comes within seconds of the one before it.
    """

    def __init__(self) -> None:
        self._latest: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._contents: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._latest) + len(self._before)

    def arrived(self, identity: str) -> tuple[int, bool]:
        """Count an attempt; return which it is, from 1, and whether an event of this identity is stored already."""
        key, state = self._look(identity)
        self._put(key, state + 2)
        return (state >> 1) + 1, bool(state & 1)

    def keep(self, identity: str) -> bool:
        """Store an event of this identity; return whether one was stored already."""
        key, state = self._look(identity)
        self._put(key, state | 1)
        return bool(state & 1)

    def attempt_of(self, content: str, *, faulty: bool) -> str:
        """Return the identity of an event that has none but a digest of its content.

        After an attempt that failed, or that a fault holds up, the same content is another attempt at the same event;
        else it is another event.
        """
        key = _key(content)
        number, state = self._contents.pop(key, (0, _ACKNOWLEDGED))
        if state == _ACKNOWLEDGED or (state == _OPEN and not faulty):
            number += 1
        if len(self._contents) >= 2 * _GENERATION:
            del self._contents[next(iter(self._contents))]
        self._contents[key] = (number, _OPEN)
        return f"{content} #{number}"

    def settle(self, identity: str, *, acknowledged: bool) -> None:
        """Note what became of an attempt whose identity `attempt_of` gave."""
        content, _, number = identity.rpartition(" #")
        key = _key(content)
        if self._contents.get(key, (0, 0))[0] == int(number):
            self._contents[key] = (int(number), _ACKNOWLEDGED if acknowledged else _FAILED)

    def expect_again(self) -> None:
        """Take equal content for another attempt from now on, though the event was acknowledged."""
        self._contents = {key: (number, _FAILED) for key, (number, _) in self._contents.items()}

    def _look(self, identity: str) -> tuple[int, int]:
        key = _key(identity)
        state = self._latest.get(key)
        return key, self._before.get(key, 0) if state is None else state

    def _put(self, key: int, state: int) -> None:
        if len(self._latest) >= _GENERATION:
            self._before, self._latest = self._latest, {}
        self._latest[key] = state


def _key(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
