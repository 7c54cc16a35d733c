"""Moves something from one ledger to the other, and back in turn: each ledger has a lock.

`BUG` is what is wrong: with `order`, each request locks the ledger first from which it moves something, so two that are
under way at once wait for each other for ever; with `ends`, the target ends instead. With `slow`, nothing is wrong:
each takes its time, and all of them wait for one lock.
"""

from __future__ import annotations

import itertools
import os
import threading
import time

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LONGEST = 40
WRITING = 0.6 if BUG == "slow" else 0.3
"""Seconds that it takes to write into a ledger: long enough for two to be under way at once on a busy machine."""

LEDGERS = (threading.Lock(), threading.Lock())
NUMBERS = itertools.count()


class Ledgers(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Move something."""
        body = self.json_body()
        if body is MISSING:
            return
        name = body["name"] if isinstance(body, dict) and body.keys() == {"name"} else None
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
            self.answer(400, {})
            return
        back = next(NUMBERS) % 2 and BUG in {"order", "ends"}
        first, second = reversed(LEDGERS) if back else LEDGERS
        with first:
            time.sleep(WRITING)
            if BUG == "ends" and second.locked():
                os._exit(3)
            with second:
                self.answer(201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Ledgers).serve_forever()
