"""Drafts that are read and changed by their tags: `If-None-Match` saves a reading, `If-Match` guards a change.

Each difference between right targets is a word of `LIKE`: tags are weak and the same for ever (`weak`), a draft counts
how often it was read, under a weak tag (`views`), under a new one (`each-read`) or under one of its text alone
(`views-beside`), no answer has a tag (`bare`), a tag without quotes is a wrong request (`strict`), a draft counts the
requests that were refused (`attempts`). `BUG` is what is wrong.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LIKE = os.environ.get("LIKE", "").split()
IDS = itertools.count(1)
DRAFTS: dict[str, dict[str, Any]] = {}
LOCK = threading.RLock()
ETAGC = r"[\x21\x23-\x7e\x80-\xff]*"
TAGS = re.compile(rf'[ \t,]*((W/)?"{ETAGC}"([ \t]*,[ \t,]*|[ \t]*$))*')


def tag_of(shown: dict[str, Any]) -> str:
    """Return the tag of a draft as it is shown."""
    if "each-read" in LIKE:
        return f'W/"{shown["id"]}-{shown["views"]}"'
    if "weak" in LIKE or "views" in LIKE:
        return f'W/"{shown["id"]}"'
    kept = {name: value for name, value in shown.items() if name != "views"}
    if BUG == "tag-of-the-id":
        kept = {"id": kept["id"]}
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]
    if BUG == "no-quotes":
        return digest
    return f'"{digest}"'


def is_among(tag: str, listed: str, *, weakly: bool) -> bool:
    """Return whether a tag is among those of a condition (RFC 9110, section 8.8.3.2)."""
    if listed.strip() == "*":
        return True
    if BUG == "unquoted-is-taken" and f'"{listed.strip()}"' == tag:
        return True
    if BUG == "cut":
        found = [one.strip() for one in listed.split(",")]
        if not all(re.fullmatch(r'(W/)?"[^"]*"', one) for one in found):
            return False
    else:
        found = [one[0] + one[1] for one in re.findall(rf'(W/)?("{ETAGC}")', listed)]
    if weakly and BUG != "weak-is-unknown":
        found, tag = [one.removeprefix("W/") for one in found], tag.removeprefix("W/")
    return tag in found and (weakly or not tag.startswith("W/"))


class Drafts(JsonService):
    """Answers the requests."""

    tag = ""

    def end_headers(self) -> None:
        """Add the tag of what is shown."""
        if self.tag and "bare" not in LIKE:
            self.send_header("ETag", self.tag)
        self.tag = ""
        super().end_headers()

    def _draft(self) -> dict[str, Any] | None:
        """Return the draft of the path; None: there is none, which has been answered."""
        match = re.fullmatch("/drafts/([^/]+)", self.path)
        found = DRAFTS.get(match[1]) if match else None
        if found is None:
            self.answer(404, {})
        return found

    def _show(self, status: int, found: dict[str, Any]) -> None:
        self.tag = tag_of(found)
        self.answer(status, found)

    def _text(self) -> str | None:
        """Return the text of a body; None: it has none, which has been answered."""
        value = self.json_body()
        if value is MISSING:
            return None
        if not isinstance(value, dict) or set(value) != {"text"} or not isinstance(value["text"], str):
            if "attempts" in LIKE and (found := DRAFTS.get(self.path[8:])):
                found["views"] = found.get("views", 0) + 1
            if BUG == "refused-is-kept" and isinstance(value, dict) and (found := DRAFTS.get(self.path[8:])):
                found["text"] = "refused"
            self.answer(422, {})
            return None
        return str(value["text"])

    def do_POST(self) -> None:
        """Begin a draft."""
        text = self._text()
        if text is None:
            return
        name = f"d-{next(IDS)}"
        DRAFTS[name] = {"id": name, "text": text}
        if "views" in LIKE or "views-beside" in LIKE or "each-read" in LIKE:
            DRAFTS[name]["views"] = 0
        self._show(201, DRAFTS[name])

    def do_GET(self) -> None:
        """Show a draft, if it is not the one that the caller has."""
        self.body()
        with LOCK:
            found = self._draft()
            if found is None:
                return
            if "views" in found:
                found["views"] += 1
            listed = self.headers.get("If-None-Match")
            if listed is None or "bare" in LIKE:
                self._show(200, found)
                return
            if self._is_refused(listed):
                return
            if is_among(tag_of(found), listed, weakly=True) or BUG == "any-tag-is-known":
                self._say_known(found)
            else:
                self._show(200, found)

    def _say_known(self, found: dict[str, Any]) -> None:
        if BUG == "known-is-412":
            self.answer(412, {})
            return
        self.tag = "" if BUG == "known-without-tag" else tag_of(found)
        self.send_response(304)
        self.end_headers()

    def _is_refused(self, listed: str) -> bool:
        if "strict" in LIKE and listed.strip() != "*" and not TAGS.fullmatch(listed):
            self.answer(422, {})
            return True
        return False

    def do_PUT(self) -> None:
        """Change a draft, if it is as it was seen."""
        text = self._text()
        if text is None:
            return
        with LOCK:
            found = self._draft()
            if found is None:
                return
            listed = self.headers.get("If-Match")
            if listed is not None and self._is_refused(listed):
                return
            if listed is not None and not is_among(tag_of(found), listed, weakly=False):
                if BUG == "failed-is-changed":
                    found["text"] = text
                self.answer(412, {})
                return
            found["text"] = text
            self._show(200, found)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Drafts).serve_forever()
