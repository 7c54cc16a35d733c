"""A desk at which one request is served after the other, whoever asks; each takes `SECONDS`, in which others wait.

`SECOND` says what becomes of a request that follows another one on its connection: empty, it is served; `crowded`, it
gets no answer if others stood in line with the one before it; `never`, it gets none.
"""

from __future__ import annotations

import os
import threading
import time
from http.server import ThreadingHTTPServer

from tests.json_service import MISSING, JsonService

SECONDS = float(os.environ["SECONDS"])
SECOND = os.environ.get("SECOND", "")
LOCK = threading.Lock()
LINE_LOCK, NEVER = threading.Lock(), threading.Event()
LINE: set[Desk] = set()


class Desk(JsonService):
    """Answers the requests."""

    follows = met = False

    def _stand_in_line(self) -> None:
        if self.follows and (SECOND == "never" or (SECOND == "crowded" and self.met)):
            NEVER.wait()
        self.follows = True
        with LINE_LOCK:
            LINE.add(self)
            for each in LINE if len(LINE) > 1 else ():
                each.met = True
        with LOCK:
            time.sleep(SECONDS)
        with LINE_LOCK:
            LINE.remove(self)

    def do_POST(self) -> None:
        """Take what is handed in."""
        value = self.json_body()
        if value is MISSING:
            return
        self._stand_in_line()
        if self.path != "/papers":
            self.answer(404, {})
        elif not isinstance(value, dict) or not isinstance(value.get("title", ""), str):
            self.answer(400, {})
        else:
            self.answer(201, {})


class Server(ThreadingHTTPServer):
    """Has room for many that wait."""

    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Desk).serve_forever()
