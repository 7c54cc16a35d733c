"""Webhooks: written in the transaction of what they tell of, and sent from there until they are taken.

The events of a ticket are sent one after the other: a later one waits until the receiver has the earlier one. Those of
other tickets do not wait for it. What the receiver has is marked after it has said so: a kill between the two sends the
same event once more, with the same id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import sqlite3

    from tickets.database import Database

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.0)
SENDERS = 128
MOST_PAUSE = 3600.0
LAST_SECONDS = 5.0
GONE = 410

log = logging.getLogger("tickets")


def put(db: sqlite3.Connection, kind: str, ticket: dict[str, Any]) -> None:
    """Write an event about a ticket: it is there if the change is that it tells of."""
    event = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": ticket}
    row = (f"msg_{uuid.uuid4().hex}", ticket["id"], json.dumps(event))
    db.execute("INSERT INTO outbox (id, ticket, body) VALUES (?, ?, ?)", row)


class Relay:
    """Sends what is in the outbox, in the background."""

    def __init__(self, database: Database, url: str, secret: str, seconds: float) -> None:
        self._database = database
        self._url = url
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._client = httpx.Client(timeout=seconds, trust_env=False, limits=httpx.Limits(max_connections=None))
        self._changed = threading.Condition()
        self._busy: set[str] = set()
        self._looks = True
        self._ends = False
        self._senders = ThreadPoolExecutor(SENDERS)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Look again: something was written."""
        with self._changed:
            self._looks = True
            self._changed.notify_all()

    def end(self) -> None:
        """Give what is still to be sent a little time, when the process ends; the rest is sent after the next start."""
        until = time.monotonic() + LAST_SECONDS
        while self._pending() and time.monotonic() < until:
            time.sleep(0.02)
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join()
        self._senders.shutdown(cancel_futures=True)
        self._client.close()

    def _pending(self) -> list[sqlite3.Row]:
        """Return the first event of each ticket that has one to be sent."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT place, id, ticket, body FROM outbox WHERE taken = 0 ORDER BY place").fetchall()
        firsts: dict[str, sqlite3.Row] = {}
        for row in rows:
            firsts.setdefault(row["ticket"], row)
        return list(firsts.values())

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._looks or self._ends)
                if self._ends:
                    return
                self._looks = False
                busy = set(self._busy)
            for row in self._pending():
                if row["ticket"] not in busy:
                    with self._changed:
                        self._busy.add(row["ticket"])
                    self._senders.submit(self._deliver, row)

    def _deliver(self, row: sqlite3.Row) -> None:
        """Send an event until it is taken, or the process ends."""
        try:
            tries = 0
            while (asked := self._attempt(row)) is not None:
                pause = max(asked, PAUSES[min(tries, len(PAUSES) - 1)])
                with self._changed:
                    if self._changed.wait_for(lambda: self._ends, pause):
                        return
                tries += 1
            with self._database.transaction() as db:
                db.execute("UPDATE outbox SET taken = 1 WHERE place = ?", (row["place"],))
        except Exception:
            log.exception("an event could not be sent")
        finally:
            with self._changed:
                self._busy.discard(row["ticket"])
            self.wake()

    def _attempt(self, row: sqlite3.Row) -> float | None:
        """Send an event once; return how long the receiver asks to wait, seconds; None: it is done with."""
        timestamp = str(int(time.time()))
        signed = hmac.new(self._key, f"{row['id']}.{timestamp}.{row['body']}".encode(), hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": row["id"],
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        try:
            # What the receiver says beside its status is of no interest. A redirect is a failure.
            with self._client.stream("POST", self._url, content=row["body"], headers=headers) as answer:
                if 200 <= answer.status_code < 300 or answer.status_code == GONE:
                    return None
                return seconds_of(answer.headers.get("retry-after", ""))
        except httpx.HTTPError:
            return 0.0


def seconds_of(retry_after: str) -> float:
    """Return how long a receiver asks to wait, seconds; a date is not heeded."""
    digits = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < len("1000000000")
    return min(float(retry_after), MOST_PAUSE) if digits else 0.0
