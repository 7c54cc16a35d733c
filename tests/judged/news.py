"""News, which goes to whoever has asked for it: two events for each piece, the second one a while after the answer.

With the `BUG` `told`, what is refused is news as well. At the request with the number `AT` of those that it refuses, it
makes the file `ENDED`, unless that is there, and does what `END` says: it `exits`, or it `hangs` and sends nothing from
then on. Of all requests of each process, a busy machine would choose others, and to hang at a right one is wrong.
"""

from __future__ import annotations

import http.client
import itertools
import os
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
LATER = 0.2
END, AT, ENDED = os.environ.get("END", ""), int(os.environ.get("AT", "0")), Path(os.environ.get("ENDED", ""))
NUMBERS = itertools.count(1)
HANGING = threading.Event()


def send() -> None:
    """Send an event, which has nothing of its request."""
    if HANGING.is_set():
        return
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", f"{HOOK.path}/news", '{"news": true}', {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def count() -> None:
    """Count a request that is refused, and end with it if it is the one."""
    if next(NUMBERS) == AT and not ENDED.exists():
        ENDED.touch()
        if END == "exits":
            os._exit(7)
        if END == "hangs":
            HANGING.set()
    hang()


def hang() -> None:
    """Hang from when it has begun to."""
    while HANGING.is_set():
        time.sleep(60)


class News(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take news."""
        hang()
        value = self.json_body()
        if value is MISSING:
            return
        fits = isinstance(value, dict) and value.keys() == {"text"} and isinstance(value["text"], str)
        if self.path not in {"/news", "/papers"} or not fits or not 0 < len(value["text"]) <= 60:
            count()
            if BUG == "told":
                send()
            self.answer(400, {"error": "no news"})
            return
        self.answer(201, {})
        send()
        threading.Timer(LATER, send).start()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), News).serve_forever()
