"""Tickets, each of which is told of at each change: right ones, and by `BUG` wrong ones.

`LIKE` names what right ones differ in: `later` sends an event behind the answer, of the state that it has by then;
`gathered` sends one for the changes of a moment;
`emptied` keeps the id of what is removed, `marked` all of it, with a mark, and still changes it, which takes the mark
away in `restored`; `part` removes a part of a ticket. In `closing` and `undone` tickets can be closed, and not
be changed any more; `undone` takes its changes back then.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

if TYPE_CHECKING:
    from collections.abc import Callable

BUG, LIKE = os.environ.get("BUG", ""), os.environ.get("LIKE", "")
HOOK = urlsplit(os.environ["HOOK"])
LAG, BEHIND, WINDOW, SLOW = 1.0, 0.03, 0.5, 0.15
TICKETS: dict[str, dict[str, Any] | None] = {}
OLD: dict[str, tuple[float, dict[str, Any] | None]] = {}
LOCK = threading.RLock()
GATHERED: set[str] = set()
FIRST: dict[str, dict[str, Any]] = {}
CLOSING = {"closing", "undone"}


def send(ticket: dict[str, Any], *, gone: bool = False) -> None:
    """Send an event of a ticket."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=5)
    try:
        kind = "removed" if gone else "changed"
        connection.request("POST", f"{HOOK.path}/told", json.dumps({"kind": kind, "ticket": ticket}), HEADERS)
        connection.getresponse().read()
    finally:
        connection.close()


HEADERS = {"Content-Type": "application/json"}
LEFT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "restored": lambda ticket: {**ticket, "mark": "removed"},
    "marked": lambda ticket: {**ticket, "mark": "removed"},
    "emptied": lambda ticket: {"id": ticket["id"], "version": ticket["version"]},
    "part": lambda ticket: {**ticket, "mark": "", "version": ticket["version"] + 1},
}
"""What is left of a ticket that is removed, or of which a part is; without a row, nothing."""


def gather(name: str) -> None:
    """Send one event of all changes of a ticket that come within a moment."""
    with LOCK:
        if name in GATHERED:
            return
        GATHERED.add(name)

    def told() -> None:
        with LOCK:
            GATHERED.discard(name)
            ticket = TICKETS.get(name)
        if ticket is not None:
            send(ticket)

    threading.Timer(BEHIND, told).start()


def kept(before: dict[str, Any], after: dict[str, Any], sets: dict[str, Any]) -> dict[str, Any]:
    """Return what of a change is kept at once."""
    if BUG == "torn" and len(sets) > 1:
        return {**before, **dict(list(sets.items())[:1])}
    return {**after, "text": before["text"]} if BUG == "unkept" else after


def changed(name: str, sets: dict[str, Any]) -> dict[str, Any] | None:
    """Return a ticket after a change; None: it is not there."""
    with LOCK:
        before = TICKETS.get(name)
        if before is None or "title" not in before:
            return None
        OLD[name] = time.monotonic(), before
        after = {**before, **sets, "version": before["version"] + 1}
        if LIKE == "restored":
            after.pop("mark", None)
        TICKETS[name] = kept(before, after, sets)
    if BUG == "torn":
        time.sleep(WINDOW)
        with LOCK:
            TICKETS[name] = {**(TICKETS[name] or before), **sets, "version": after["version"]}
    told = before if BUG == "row-before" else after
    if BUG == "from-request":
        told = {**after, **{key: str(each).upper() for key, each in sets.items()}}
    if BUG == "mixed":
        told = {**before, **dict(list(sets.items())[:1]), "version": after["version"]}
    if BUG == "version-anew":
        told = {**after, "version": after["version"] % FEW + 1}
    if LIKE == "gathered":
        gather(name)
    elif LIKE == "later":
        threading.Timer(BEHIND, lambda: send(TICKETS.get(name) or after)).start()
    elif BUG != "silent" or after["version"] < FEW:
        send(told)
    return after


def stale(name: str, before: dict[str, Any]) -> None:
    """Put a ticket back as it was read a little before, though it may have been removed meanwhile."""
    time.sleep(SLOW)
    with LOCK:
        TICKETS[name] = TICKETS[name] or before


FEW = 4
LATER = {"title": "none", "text": "none", "version": 99}


def read(name: str) -> dict[str, Any] | None:
    """Return a ticket as it is read; None: it is not there."""
    with LOCK:
        at, before = OLD.get(name, (0.0, None))
        if BUG == "lag" and time.monotonic() - at < LAG:
            return before
        return TICKETS.get(name)


class Tickets(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a ticket, or close one."""
        if self.path.endswith("/close"):
            self._close()
            return
        value = self._fields(2)
        if value is None:
            return
        with LOCK:
            name = f"t{len(TICKETS) + 1}"
            FIRST[name] = {"id": name, **value, "version": 1, **({"mark": "open"} if LIKE in CLOSING else {})}
            TICKETS[name] = FIRST[name]
        self.answer(201, FIRST[name])

    def _close(self) -> None:
        with LOCK:
            before = TICKETS.get(self._name)
            if before is not None and before["mark"] == "open":
                kept = FIRST[self._name] if LIKE == "undone" else before
                TICKETS[self._name] = {**kept, "version": before["version"] + 1, "mark": "closed"}
        if before is None:
            self.answer(404, {})
        else:
            self.answer(200 if before["mark"] == "open" else 409, TICKETS[self._name] or {})

    def do_GET(self) -> None:
        """Show a ticket: with `torn`, slowly, so that readings one after the other last longer than a change."""
        if BUG == "torn":
            time.sleep(SLOW)
        found = read(self._name)
        self.answer(404 if found is None else 200, found or {})

    def do_PATCH(self) -> None:
        """Change some of a ticket."""
        value = self._fields(1)
        if value is None:
            return
        before = read(self._name)
        if BUG == "refused-told" and before is not None and before["version"] >= FEW - 1:
            send({**before, **value})
            self.answer(409, {})
            return
        if BUG == "gone-told" and before is None:
            send({"id": self._name, **LATER, **value})
        if LIKE in CLOSING and before is not None and before["mark"] == "closed":
            if BUG == "closed-told":
                send({**before, **value, "version": before["version"] + 1})
            self.answer(409, {})
            return
        if BUG == "revived" and before is not None:
            stale(self._name, before)
        found = changed(self._name, value)
        self.answer(404 if found is None else 200, found or {})

    def do_DELETE(self) -> None:
        """Remove a ticket."""
        with LOCK:
            found = TICKETS.get(self._name)
            if found is not None and "title" not in found:
                found = None
            if found is not None:
                OLD[self._name] = time.monotonic(), found
                # Its number is not given again.
                TICKETS[self._name] = found if BUG == "kept" else LEFT.get(LIKE, lambda _: None)(found)
        if found is not None and LIKE != "part":
            send(found, gone=True)
        self.answer(404 if found is None else 200, {})

    @property
    def _name(self) -> str:
        return self.path.split("/")[2]

    def _fields(self, least: int) -> dict[str, Any] | None:
        """Return what is asked for; None: it is refused, and answered."""
        value = self.json_body()
        if value is MISSING:
            return None
        known = isinstance(value, dict) and least <= len(value) and value.keys() <= {"title", "text"}
        if not known or not all(isinstance(each, str) and 1 <= len(each) <= 40 for each in value.values()):
            self.answer(400, {})
            return None
        fields: dict[str, Any] = value
        return fields


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Tickets).serve_forever()
