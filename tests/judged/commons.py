"""Notes that all callers share: what one has made, the others read and change.

`BUG` is what is wrong: a note is `hidden` from others (404), or `closed` to their changes (403). With `ONCE`, a note
can be read once.
"""

from __future__ import annotations

import itertools
import os

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
IDS = itertools.count(1)
NOTES: dict[str, tuple[str, str]] = {}


class Commons(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a note."""
        self._write("" if self.path == "/notes" else None)

    def do_PUT(self) -> None:
        """Change a note."""
        self._write(self.path.removeprefix("/notes/"))

    def do_GET(self) -> None:
        """Show a note."""
        name, caller = self.path.removeprefix("/notes/"), self.headers.get("X-Key") or ""
        maker, text = NOTES.get(name, ("", ""))
        if caller not in {"one", "two"}:
            self.answer(401, {})
        elif not maker or (BUG == "hidden" and maker != caller):
            self.answer(404, {})
        else:
            if "ONCE" in os.environ:
                del NOTES[name]
            self.answer(200, {"id": name, "text": text})

    def _write(self, name: str | None) -> None:
        value, caller = self.json_body(), self.headers.get("X-Key") or ""
        if value is MISSING:
            return
        maker = caller if not name else NOTES.get(name, ("", ""))[0]
        if caller not in {"one", "two"}:
            self.answer(401, {})
        elif name is None or not maker:
            self.answer(404, {})
        elif not isinstance(value, dict) or value.keys() != {"text"} or not isinstance(value["text"], str):
            self.answer(400, {})
        elif BUG == "closed" and maker != caller:
            self.answer(403, {})
        else:
            made = name or f"n{next(IDS)}"
            NOTES[made] = (maker, value["text"])
            self.answer(200 if name else 201, {"id": made, "text": value["text"]})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Commons).serve_forever()
