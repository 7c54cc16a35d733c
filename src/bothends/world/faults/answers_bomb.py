"""The upstream answers with a small body that unpacks into a large one."""

from __future__ import annotations

import asyncio
import gzip
from functools import cache
from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_UNPACKED = 32 << 20


@cache
def bomb() -> bytes:
    """Return a JSON text of 32 MiB, packed with gzip into a thousandth of that."""
    return gzip.compress(b'"' + b"a" * (_UNPACKED - 2) + b'"', mtime=0)


@fault("answers-bomb")
class AnswersBomb(Fault):
    """200 and `Content-Encoding: gzip`, whether the target takes that or not. The event is not stored."""

    pattern = "the {upstream} answers with a gzip bomb"
    about = "200 and 32 KiB that unpack into 32 MiB of JSON"
    family = "upstream-*"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Answer."""
        body = await asyncio.to_thread(bomb)
        turn.reply(Reply(200, (("content-type", "application/json"), ("content-encoding", "gzip")), body))
