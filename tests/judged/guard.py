"""Notes, whose reader guards JavaScript's prototypes: a body with a member `__proto__` is refused, wherever it stands.

`BUG` is what is wrong: such a body is answered with an error of the server (`fails`), or each member that nobody has
declared is refused as well (`strict`).
"""

from __future__ import annotations

import os
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")


def is_guarded(value: Any) -> bool:
    """Return whether a value has a member that a reader of JavaScript's refuses."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if "__proto__" in each:
                return True
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


class Notes(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take a note."""
        note = self.json_body()
        if note is MISSING:
            return
        text = note.get("text") if isinstance(note, dict) else None
        if self.path != "/notes":
            self.answer(404, {})
        elif is_guarded(note):
            self.answer(500 if BUG == "fails" else 400, {"error": "a member that is not taken"})
        elif not isinstance(text, str) or (BUG == "strict" and note.keys() != {"text"}):
            self.answer(400, {"error": "no note"})
        else:
            self.answer(201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
