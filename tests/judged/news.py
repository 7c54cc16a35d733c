"""News, which goes to whoever has asked for it: two events for each piece, the second one a while after the answer.

With the `BUG` `told`, what is refused is news as well.
"""

from __future__ import annotations

import http.client
import os
import threading
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
LATER = 0.2


def send() -> None:
    """Send an event, which has nothing of its request."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", f"{HOOK.path}/news", '{"news": true}', {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class News(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take news."""
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
