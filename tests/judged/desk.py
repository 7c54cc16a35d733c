"""A desk at which one request is served after the other, whoever asks; each takes `SECONDS`, in which others wait."""

from __future__ import annotations

import os
import threading
import time
from http.server import ThreadingHTTPServer

from tests.json_service import MISSING, JsonService

SECONDS = float(os.environ["SECONDS"])
LOCK = threading.Lock()


class Desk(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take what is handed in."""
        value = self.json_body()
        if value is MISSING:
            return
        with LOCK:
            time.sleep(SECONDS)
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
