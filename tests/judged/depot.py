"""Parcels that are sent once, changed by the tag of what was seen, and named in notices, each with an event.

Each difference between right targets is a word of `LIKE`: a second `DELETE` is answered as the first (`again`), a
parcel has the hash of its label as its id (`hashed`), a change of nothing keeps the tag (`kept`), the tag is looked at
before the parcel (`tag-first`), what a caller may not see is never looked for (`hidden`), a parcel is gone some time
after it was made (`expires`). `BUG` is what is wrong.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import threading
import time
import urllib.request
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LIKE = os.environ.get("LIKE", "").split()
HOOK = os.environ.get("HOOK", "")
LIVES = 2.0
"""Seconds that a parcel is there, where it expires."""
IDS = itertools.count(1)
PARCELS: dict[str, dict[str, Any]] = {}
GONE: set[str] = set()
LOCK = threading.RLock()
_NEW = {"note": "", "status": "waiting", "tag": 1}


class Depot(JsonService):
    """Answers the requests."""

    def _parcel(self, pattern: str) -> dict[str, Any] | None:
        """Return the parcel of the path; None: there is none, which has been answered."""
        match = re.fullmatch(pattern, self.path)
        name = match[1] if match else ""
        found = PARCELS.get(name)
        if found is not None and "expires" in LIKE and time.monotonic() - found["made"] > LIVES:
            found = None
        if found is None:
            if BUG == "unknown-is-there" and match:
                self.answer(200, {"id": name, "label": "", "note": "", "status": "waiting"})
            elif BUG == "gone-crashes" and name in GONE:
                self.answer(500, {})
            else:
                self.answer(400 if BUG == "unknown-is-400" else 403 if "hidden" in LIKE else 404, {})
        return found

    def do_POST(self) -> None:
        """Make a parcel or a notice, or send a parcel."""
        if self.path.endswith("/send"):
            self.body()
            self._send()
            return
        value = self.json_body()
        if value is MISSING:
            return
        wanted = {"/parcels": "label", "/notices": "parcelId"}.get(self.path, "")
        if not isinstance(value, dict) or set(value) != {wanted} or not isinstance(value[wanted], str):
            self.answer(400, {})
        elif wanted == "label":
            self._make(value["label"])
        else:
            self._notify(value["parcelId"])

    def _make(self, label: str) -> None:
        with LOCK:
            taken = any(one["label"] == label for one in PARCELS.values())
            if taken and "hashed" not in LIKE and BUG != "taken-twice":
                self.answer(400 if BUG == "taken-is-400" else 409, {})
                return
            name = f"p-{next(IDS)}"
            if "hashed" in LIKE:
                name = hashlib.sha256(label.encode("utf-8", "replace")).hexdigest()[:32]
            if name not in PARCELS:
                PARCELS[name] = {**_NEW, "id": name, "label": label, "made": time.monotonic()}
        self._show(201, PARCELS[name])

    def _notify(self, name: str) -> None:
        known = name in PARCELS
        notice = f"n-{next(IDS)}"
        if known or BUG == "unknown-has-an-event":
            data = json.dumps({"notice": notice, "parcel": name}).encode()
            headers = {"Content-Type": "application/json"}
            event = urllib.request.Request(HOOK, data, headers)  # noqa: S310 -- the ingest's own
            urllib.request.urlopen(event, timeout=5).close()  # noqa: S310 -- likewise
        if known or BUG == "unknown-is-taken":
            self.answer(201, {"id": notice, "parcelId": name})
        else:
            self.answer(422, {})

    def _send(self) -> None:
        with LOCK:
            found = self._parcel("/parcels/([^/]+)/send")
            if found is None:
                return
            sent = found["status"] == "sent"
            if sent and BUG != "sent-twice":
                if BUG == "refused-changes":
                    found["note"] += "!"
                self.answer(400 if BUG == "sent-is-400" else 409, {})
                return
            found |= {"status": "waiting" if BUG == "stays" else "sent", "tag": found["tag"] + 1}
            self._show(200, found)

    def do_GET(self) -> None:
        """Show a parcel."""
        self.body()
        found = self._parcel("/parcels/([^/]+)")
        if found is not None:
            self._show(200, found)

    def do_DELETE(self) -> None:
        """Remove a parcel."""
        self.body()
        name = self.path.rpartition("/")[2]
        if name in PARCELS or "again" in LIKE:
            if PARCELS.pop(name, None) is not None:
                GONE.add(name)
            self.send_response(204)
            self.end_headers()
        elif self._parcel("/parcels/([^/]+)") is not None:
            raise AssertionError(name)

    def do_PUT(self) -> None:
        """Change a parcel, if it is as it was seen."""
        value = self.json_body()
        if value is MISSING:
            return
        if "tag-first" in LIKE and self.path.rpartition("/")[2] not in PARCELS:
            self.answer(412, {})
            return
        with LOCK:
            found = self._parcel("/parcels/([^/]+)")
            if found is None:
                return
            if not self._holds(found):
                return
            if not isinstance(value, dict) or set(value) != {"note"} or not isinstance(value["note"], str):
                self.answer(400, {})
                return
            same = found["note"] == value["note"] and "kept" in LIKE
            found |= {"note": value["note"], "tag": found["tag"] + (not same)}
            self._show(200, found)

    def _holds(self, found: dict[str, Any]) -> bool:
        """Return whether the precondition holds; one that does not has been answered."""
        asked = self.headers.get("If-Match")
        if asked is None:
            self.answer(200 if BUG == "needs-no-tag" else 428, _shown(found))
            return False
        tags = [one.strip() for one in asked.split(",")]
        own = f'"{found["tag"]}"'
        match BUG:
            case "stale-is-taken":
                known = {f'"{number}"' for number in range(found["tag"] + 1)}
                holds = asked == "*" or not known.isdisjoint(tags)
            case "no-lists":
                holds = asked in {"*", own}
            case "no-star":
                holds = own in tags
            case "weak":
                holds = asked == "*" or own in [one.removeprefix("W/") for one in tags]
            case "any-tag":
                holds = True
            case _:
                holds = asked == "*" or own in tags
        if not holds:
            self.answer(409 if BUG == "stale-is-409" else 412, {})
        return holds

    def _show(self, status: int, found: dict[str, Any]) -> None:
        self.tag = f'"{found["tag"]}"'
        self.answer(status, _shown(found))

    tag = ""

    def end_headers(self) -> None:
        """Add the tag of what is shown."""
        if self.tag:
            self.send_header("ETag", self.tag)
            self.tag = ""
        super().end_headers()


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("id", "label", "note", "status")}


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Depot).serve_forever()
