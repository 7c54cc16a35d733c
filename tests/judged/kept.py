"""Tickets that outlive a kill, in a file in `STATE`; by `BUG` such that don't: of changes, `memory` and `later`."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from tests.json_service import Server
from tests.judged import tickets

BUG = os.environ.get("KEPT", "")
FILE = Path(os.environ["STATE"]) / "tickets.json"
LATER = 30.0


def save() -> None:
    """Write all tickets: as they are now, or not at all."""
    with tickets.LOCK:
        beside = FILE.with_suffix(".new")
        beside.write_text(json.dumps(tickets.TICKETS), "utf-8")
        beside.replace(FILE)


class Kept(tickets.Tickets):
    """Answers when what was asked for is in the file."""

    def answer(self, status: int, body: Any) -> None:
        """Save, and answer."""
        if self.command == "POST" or (self.command != "GET" and not BUG):
            save()
        elif BUG == "later" and self.command == "PATCH":
            threading.Timer(LATER, save).start()
        super().answer(status, body)


if __name__ == "__main__":
    if FILE.exists():
        tickets.TICKETS.update(json.loads(FILE.read_text("utf-8")))
    Server(("127.0.0.1", int(os.environ["PORT"])), Kept).serve_forever()
