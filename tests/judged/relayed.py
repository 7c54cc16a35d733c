"""Tickets with an outbox, in a file in `STATE`: what is to be sent is attempted until it is acknowledged, over kills.

`RELAY` names what right ones differ in, `late` (a start waits a while before it sends) and `repeats` (a start sends
again what was acknowledged), and what is wrong: `memory` (what waits is lost by a kill).
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from tests.json_service import Server
from tests.judged import tickets

RELAY = os.environ.get("RELAY", "")
FILE = Path(os.environ["STATE"]) / "tickets.json"
PAUSE, LATE = 0.1, 1.5
MESSAGES: list[dict[str, Any]] = []
SAVED = threading.Semaphore(0)
"""How many messages may be sent that were not: they are in the file."""


def put(ticket: dict[str, Any], *, gone: bool = False) -> None:
    """Put an event of a ticket into the outbox."""
    with tickets.LOCK:
        event = {"kind": "removed" if gone else "changed", "ticket": ticket}
        MESSAGES.append({"id": str(uuid.uuid4()), "event": event, "taken": False, "saved": False})


def save() -> None:
    """Write all tickets and messages: as they are now, or not at all."""
    with tickets.LOCK:
        fresh = [each for each in MESSAGES if not each["saved"]]
        for each in fresh:
            each["saved"] = True
        kept = [each for each in MESSAGES if each["taken"]] if RELAY == "memory" else MESSAGES
        beside = FILE.with_suffix(".new")
        beside.write_text(json.dumps([tickets.TICKETS, kept]), "utf-8")
        beside.replace(FILE)
    for _ in fresh:
        SAVED.release()


def taken(message: dict[str, Any]) -> bool:
    """Attempt to send a message; return whether it was acknowledged."""
    headers = {**tickets.HEADERS, "webhook-id": message["id"]}
    body = json.dumps(message["event"]).encode()
    asked = urllib.request.Request(f"{os.environ['HOOK']}/told", body, headers)  # noqa: S310 -- the ingest's own
    try:
        with urllib.request.urlopen(asked, timeout=5):  # noqa: S310 -- likewise
            return True
    except (urllib.error.URLError, OSError):
        return False


def relay(left: list[dict[str, Any]]) -> None:
    """Send what is left from before, and each message after it, in order, until it is acknowledged."""
    place = len(MESSAGES)
    time.sleep(LATE if RELAY == "late" and left else 0)
    while True:
        if left:
            message = left.pop(0)
        else:
            SAVED.acquire()
            message, place = MESSAGES[place], place + 1
        while not taken(message):
            time.sleep(PAUSE)
        message["taken"] = True
        save()


class Relayed(tickets.Tickets):
    """Answers when what was asked for is in the file."""

    def answer(self, status: int, body: Any) -> None:
        """Save, and answer."""
        if self.command != "GET":
            save()
        super().answer(status, body)


if __name__ == "__main__":
    tickets.send = put
    if FILE.exists():
        kept, messages = json.loads(FILE.read_text("utf-8"))
        tickets.TICKETS.update(kept)
        MESSAGES += messages
    again = [each for each in MESSAGES if RELAY == "repeats" or not each["taken"]]
    threading.Thread(target=relay, args=(again,), daemon=True).start()
    Server(("127.0.0.1", int(os.environ["PORT"])), Relayed).serve_forever()
