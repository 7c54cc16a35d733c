"""A lane: a process that plays one part of a run, beside those of the others."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from bothends.engine import Progress, RunFinished, Verification
from bothends.lanes.link import Link
from bothends.lanes.meeting import Attendance

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine import Options, Shard
    from bothends.lanes.handover import Handover

_FAILED = 5
"""Exit code of a lane that failed itself: its last words are on standard error."""


class Lane:
    """The process of one lane, as its run sees it.

    Attributes:
        number: Which it is, from 1.
        handover: What it has seen, once it has ended.
    """

    def __init__(self, shard: Shard, contract: Contract, options: Options, handover: Handover) -> None:
        """Fork the process; it waits until it is told to begin. There must be no thread and no event loop yet.

        Args:
            shard: Which part it has.
            contract: What is verified: the process has it as it is, and need not load it.
            options: What the caller chose, with a seed.
            handover: Where it writes what it has seen.
        """
        self.number = shard.number
        self.handover = handover
        self._socket, theirs = socket.socketpair()
        options = replace(options, shard=shard, lane=shard.number, examine=False, coverage_threshold=None)
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            self._socket.close()
            _live(theirs, contract, options, handover)
        theirs.close()

    async def connect(self) -> Link:
        """Return what the lane is talked to by."""
        return await Link.over(self._socket)

    def close(self) -> None:
        """Let go of the lane: without its run, it stops in an orderly way."""
        self._socket.close()
        self.handover.close()

    def wait(self) -> None:
        """Wait until the process has ended; it has said, or shown by its end, that it is about to."""
        os.waitpid(self._pid, 0)

    def kill(self) -> None:
        """End the process at once; the guard of its target ends that."""
        os.kill(self._pid, signal.SIGKILL)


def _live(sock: socket.socket, contract: Contract, options: Options, handover: Handover) -> NoReturn:
    """Be the process of a lane, from its fork to its end."""
    code = _FAILED
    try:
        # Ctrl-C in the terminal is for the run, which tells its lanes. A handler, unlike SIG_IGN, is not inherited by
        # the target that is launched here.
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, lambda *_: None)
        asyncio.run(_play(sock, contract, options, handover))
        code = 0
    except BaseException:  # noqa: BLE001 -- a process that was forked ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _play(sock: socket.socket, contract: Contract, options: Options, handover: Handover) -> None:
    link = await Link.over(sock)
    if (await link.heard())[0] != "begin":
        return
    words: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    verification = Verification(options, contract=contract, meeting=Attendance(link, words, sends=options.lane == 1))
    handover.begin(verification.head)
    listening = asyncio.create_task(_listen(link, words, verification))
    try:
        async for event in verification.events():
            handover.handle(event, verification)
            if isinstance(event, Progress):
                link.say("progress", [event.done, event.total, event.seconds_left, event.doing])
            elif isinstance(event, RunFinished):
                link.say("over", event.summary.target_failure)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await link.close()


async def _listen(link: Link, words: asyncio.Queue[tuple[str, Any]], verification: Verification) -> None:
    """Take what the run says; when it has gone, or says so, stop."""
    while True:
        heard = await link.heard()
        if heard[0] in {"", "stop"}:
            verification.interrupt()
            return
        words.put_nowait(heard)
