"""A clerk that takes notes: a JSON object with a text.

`BUGS` names what is wrong, with blanks between: no media type is looked at (`media`), the text may be anything
(`text`), no body is read (`body`), or none that comes in chunks (`chunks`), a text that is none is a failure
(`fails`), so is an Origin that is no URL (`origin`), or a method that there is not (`method`). It lists notes as
well, which the contract does not say. `SAYS` is what a failure is told with: empty, each has words of its own.
"""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

BUGS = frozenset(os.environ.get("BUGS", "").split())
SAYS = os.environ.get("SAYS", "")


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


class Clerk(JsonService):
    """Answers the requests."""

    def _fail(self, words: str) -> None:
        self.answer(500, {"error": {"code": "failed", "message": SAYS or words}})

    def do_GET(self) -> None:
        """List the notes."""
        self.body()
        self.answer(200 if self.path == "/notes" else 404, [])

    def do_PATCH(self) -> None:
        """Change nothing: there is no such method."""
        self.body()
        if "method" in BUGS:
            self._fail("Nobody thought of this method")
        else:
            self.answer(405, {})

    def do_POST(self) -> None:
        """Take a note."""
        body = self.body()
        media_type = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        wrong_type = media_type != "application/json" and "media" not in BUGS
        try:
            value = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
        except (ValueError, RecursionError, ZeroDivisionError):
            value = None
        text = value.get("text") if isinstance(value, dict) and value.keys() == {"text"} else None
        if "origin" in BUGS and not _is_url(self.headers.get("Origin", "")):
            self._fail("The scheme of this address has no host")
        elif self.path != "/notes":
            self.answer(404, {})
        elif "body" in BUGS or ("chunks" in BUGS and "Transfer-Encoding" in self.headers):
            self.answer(201, {})
        elif wrong_type or not isinstance(value, dict) or value.keys() != {"text"}:
            self.answer(400, {})
        elif isinstance(text, str) and 0 < len(text) <= 40:
            self.answer(201, {})
        elif "fails" in BUGS:
            self._fail(f"A column got {'a text' if isinstance(text, str) else 'a value'} that it can not hold")
        else:
            self.answer(201 if "text" in BUGS else 400, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Clerk).serve_forever()
