"""A shop that makes things, in five operations of one kind; `BUGS` says what it refuses that it should take.

A bug is `OPERATION.MEMBER.STATUS`: a `null` in this member of this operation is answered with this status. Or it is
`OPERATION.MEMBER.null`: this member of the answer is `null`; `OPERATION.MEMBER.secret`: it has the value of `SECRET`.
`REFS` says which values of `ref` are taken: `known`, the
one that is there; `short`, those of few letters; else each.
"""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OF_ANSWERS: dict[str, str | None] = {"null": None, "secret": os.environ.get("SECRET")}
BUGS = [bug.split(".") for bug in os.environ.get("BUGS", "").split()]
TEXTS = ("note", "colour")
REFS = os.environ.get("REFS", "")


class Handler(BaseHTTPRequestHandler):
    """Answers one request after the other on a connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Make a thing, where the body is one."""
        content = self.content()
        kind = self.path.strip("/")
        media_type = (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return self.answer(415, {"error": "JSON is needed"})
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            return self.answer(400, {"error": "this is not JSON"})
        if (problem := wrong(value)) is not None:
            return self.answer(422, {"error": problem})
        for operation, member, status in BUGS:
            if operation == kind and status not in OF_ANSWERS and member in value and value[member] is None:
                return self.answer(int(status), {"error": f"{member} must not be null"})
        made: dict[str, str | None] = {
            "id": f"{kind}-1",
            "label": kind,
            "shelf": "3b",
            "origin": "here",
            "state": "new",
        }
        for operation, member, status in BUGS:
            if operation == kind and status in OF_ANSWERS:
                made[member] = OF_ANSWERS[status]
        return self.answer(201, made)

    def content(self) -> bytes:
        """Return the body of the request, which may be in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return found

    def answer(self, status: int, value: dict[str, Any]) -> None:
        """Send an answer."""
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def wrong(value: Any) -> str | None:
    """Return what is wrong with a body; None: nothing."""
    if not isinstance(value, dict):
        return "an object is needed"
    if more := value.keys() - {"name", "ref", *TEXTS}:
        return f"{sorted(more)} are too much"
    if not isinstance(value.get("name"), str) or not 1 <= len(value["name"]) <= 40:
        return "a name is needed"
    if REFS and not is_taken(value.get("ref")):
        return "there is no such ref"
    for member in TEXTS:
        text = value.get(member)
        if text is not None and (not isinstance(text, str) or len(text) > 40):
            return f"{member} is no short text"
    return None


def is_taken(ref: Any) -> bool:
    """Whether a reference is one that is taken."""
    if not isinstance(ref, str):
        return False
    return ref == "r-1" if REFS == "known" else len(ref) < 10


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
