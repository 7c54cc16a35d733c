"""A target with notes of callers: their events come behind the answer, one after the other, and are attempted again."""

import json
import os
import threading
import time
import urllib.request
import uuid
from typing import Any

from tests.json_service import JsonService, Server

NOTES: dict[str, tuple[str, dict[str, str]]] = {}
KEYS = ("one-one-one-one", "two-two-two-two")
BEHIND, PAUSE = 0.2, 1.5
COUNT = int(os.environ.get("EVENTS", "1"))


def deliver(note: dict[str, str], attempted: threading.Event) -> None:
    """Send the events of a note, each with three attempts, and tell of the first attempt."""
    for _ in range(COUNT):
        time.sleep(BEHIND)
        event = json.dumps({"event": uuid.uuid4().hex, **note}).encode()
        for _ in range(3):
            url = f"{os.environ['INGEST']}/notes"
            request = urllib.request.Request(url, event, {"Content-Type": "application/json"})  # noqa: S310 -- http
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 -- likewise
                    answer.read()
                break
            except OSError:
                attempted.set()
                time.sleep(PAUSE)


class Notes(JsonService):
    """Adds a note, and gives it to whoever has added it."""

    def caller(self) -> str:
        """Return who asks; empty: nobody, who has been told so."""
        key = self.headers.get("X-Key", "")
        if key in KEYS:
            return key
        self.answer(401, {})
        return ""

    def do_POST(self) -> None:
        """Add a note."""
        body, caller = self.body(), self.caller()
        if not caller:
            return
        try:
            value: Any = json.loads(body)
            text = value["text"]
        except (ValueError, TypeError, KeyError):
            self.answer(422, {})
            return
        note = {"id": uuid.uuid4().hex, "text": text}
        NOTES[note["id"]] = caller, note
        attempted = threading.Event()
        threading.Thread(target=deliver, args=(note, attempted), daemon=True).start()
        if os.environ.get("FAILS_FIRST"):
            attempted.wait(20)  # the ingest is in its state until the answer is there
        self.answer(201, note)

    def do_GET(self) -> None:
        """Return a note of the caller's."""
        caller = self.caller()
        if not caller:
            return
        owner, note = NOTES.get(self.path.rpartition("/")[2], ("", {}))
        self.answer(200 if owner == caller else 404, note if owner == caller else {})


Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
