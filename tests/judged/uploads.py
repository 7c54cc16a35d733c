"""Uploads, each of which goes on at the URL of its last answer, whose query has how far it is. No event is sent.

Who comes with an older URL, or with none of an upload, is refused with 404. `PATCH` adds bytes, `PUT` ends it. `BUG` is
what is wrong: who asks how far an upload is gets an error (`shown`).
"""

from __future__ import annotations

import itertools
import os
import threading
from urllib.parse import parse_qs, quote, urlsplit

from tests.json_service import JsonService, Server

BUG = os.environ.get("BUG", "")
LOCK = threading.Lock()
SIZES: dict[str, int] = {}
IDS = itertools.count(1)


def state_of(own: str) -> str:
    """Return what stands in the URL of an upload: some of it is written otherwise there."""
    return f"{own}+{SIZES[own]}/of & all="


class Uploads(JsonService):
    """Answers the requests."""

    goes_on = ""

    def do_POST(self) -> None:
        """Begin an upload."""
        self.body()
        if self.path != "/uploads/":
            self.answer(404, {"error": "nothing is there"})
            return
        with LOCK:
            own = f"u{next(IDS)}"
            SIZES[own] = 0
            self.at(202, own)

    def at(self, status: int, own: str) -> None:
        """Answer where an upload goes on."""
        host = self.headers.get("Host", "")
        where = f"http://{host}/uploads/{own}?state={quote(state_of(own), safe='')}"
        self.goes_on = where
        self.answer(status, {"size": SIZES[own]})

    def end_headers(self) -> None:
        """Say where an upload goes on, in the answers that do."""
        if self.goes_on:
            self.send_header("Location", self.goes_on)
        self.goes_on = ""
        super().end_headers()

    def _own(self) -> str | None:
        """Return the upload that a request is about; None: there is none."""
        url = urlsplit(self.path)
        own = url.path.removeprefix("/uploads/")
        known = own in SIZES and parse_qs(url.query).get("state") == [state_of(own)]
        return own if known else None

    def do_GET(self) -> None:
        """Say how far it is."""
        self.body()
        with LOCK:
            own = self._own()
            found = 500 if BUG == "shown" else 200
            self.answer(404 if own is None else found, {"size": SIZES.get(own or "", 0)})

    def do_PATCH(self) -> None:
        """Add bytes."""
        size = len(self.body())
        with LOCK:
            own = self._own()
            if own is None:
                self.answer(404, {"error": "nothing is there"})
            else:
                SIZES[own] += size + 1
                self.at(202, own)

    def do_PUT(self) -> None:
        """End it."""
        self.body()
        with LOCK:
            own = self._own()
            if own is not None:
                SIZES.pop(own)
            self.answer(404 if own is None else 201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Uploads).serve_forever()
