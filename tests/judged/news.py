"""News, which goes to whoever has asked for it: two events for each piece, the second one a while after the answer.

With the `BUG` `told`, what is refused is news as well. `END` is what it does at the request with the number `AT`: it
`exits`, it `hangs` and sends nothing from then on, or it makes the file that it names.
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
END, AT = os.environ.get("END", ""), int(os.environ.get("AT", "0"))
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
    """Count a request, and end with it if it is the one."""
    if next(NUMBERS) == AT:
        match END:
            case "exits":
                os._exit(7)
            case "hangs":
                HANGING.set()
            case _:
                Path(END).touch()
    while HANGING.is_set():
        time.sleep(60)


class News(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take news."""
        count()
        value = self.json_body()
        if value is MISSING:
            return
        fits = isinstance(value, dict) and value.keys() == {"text"} and isinstance(value["text"], str)
        if self.path not in {"/news", "/papers"} or not fits or not 0 < len(value["text"]) <= 60:
            if BUG == "told":
                send()
            self.answer(400, {"error": "no news"})
            return
        self.answer(201, {})
        send()
        threading.Timer(LATER, send).start()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), News).serve_forever()
