"""Notes whose version a caller names by `Accept`: one who does not is answered 406.

`BUG`: `text`, a note has a number in place of its text; `any`, each caller is answered as the first version was, by a
media type of its own.
"""

from __future__ import annotations

import itertools
import json
import os
from http import HTTPStatus
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
SECOND = "application/vnd.notes.v2+json"
NOTES: dict[str, str] = {}
NUMBERS = itertools.count(1)


class Notes(JsonService):
    """Answers the requests."""

    def do_GET(self) -> None:
        """Show all notes."""
        if self.is_asked():
            self.say(HTTPStatus.OK, {"notes": [{"text": self.shown(text)} for text in NOTES.values()][-9:]})

    def do_POST(self) -> None:
        """Take a note."""
        value = self.json_body()
        if value is MISSING:
            return
        if not isinstance(value, dict) or not isinstance(value.get("text"), str) or len(value) > 1:
            self.answer(HTTPStatus.UNPROCESSABLE_ENTITY, {})
        elif self.is_asked():
            NOTES[str(next(NUMBERS))] = value["text"]
            self.say(HTTPStatus.CREATED, {"text": self.shown(value["text"])})

    @staticmethod
    def shown(text: str) -> Any:
        """Return what is shown of a text."""
        return len(text) if BUG == "text" else text

    def is_asked(self) -> bool:
        """Return whether the caller names the version that there is; who does not is answered."""
        if BUG == "any" or SECOND in self.headers.get("Accept", ""):
            return True
        self.answer(HTTPStatus.NOT_ACCEPTABLE, {})
        return False

    def say(self, status: int, value: Any) -> None:
        """Answer in the version that is asked for."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.notes.v1+json" if BUG == "any" else SECOND)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
