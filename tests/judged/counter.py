"""Notes, each with an event that has a number: counted from one by each process, and kept by none.

A note that says `stop` ends the process. `BUG` is `same`: each event has the number of the first one.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
NUMBERS = itertools.count(1)


def send(number: int, text: str) -> None:
    """Send an event."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        body = json.dumps({"number": 1 if BUG == "same" else number, "text": text})
        connection.request("POST", f"{HOOK.path}/noted", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Notes(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take a note."""
        value = self.json_body()
        if value is MISSING:
            return
        if self.path != "/notes":
            self.answer(404, {"error": "nothing is there"})
        elif not isinstance(value, dict) or value.keys() != {"text"} or not isinstance(value["text"], str):
            self.answer(400, {"error": "no note"})
        elif value["text"] == "stop":
            os._exit(1)
        else:
            self.answer(201, {})
            send(next(NUMBERS), value["text"])


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
