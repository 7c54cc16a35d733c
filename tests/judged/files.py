"""Stores files, and takes a form as soon as its last boundary has come, whatever its message says of its length.

What stands before the first part and after the last boundary is ignored. `BUG` is what is wrong: a form that breaks off
in a part is taken, too (`cut`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
from email.errors import MissingHeaderBodySeparatorDefect
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
IDS = itertools.count(1)


def send(identity: str) -> None:
    """Send an event."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", HOOK.path, json.dumps({"file": identity}), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Uploads(JsonService):
    """Answers the requests."""

    def _pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes; it may break off, or be broken."""
        lengths = set(self.headers.get_all("Content-Length", ()))
        codings = list(self.headers.get_all("Transfer-Encoding", ()))
        broken = any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in self.headers.defects)
        if broken or len(lengths) + len(codings) != 1 or codings not in ([], ["chunked"]):
            raise ValueError
        for length in lengths:
            left = int(length) if re.fullmatch("[0-9]{1,9}", length) else 0
            while left and (piece := self.rfile.read(1)):
                left -= 1
                yield piece
        while codings and (size := self._size()):
            yield self.rfile.read(size)
            if self.rfile.readline() != b"\r\n":
                raise ValueError

    def _size(self) -> int:
        text = self.rfile.readline().strip().partition(b";")[0]
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", text):
            raise ValueError
        return int(text, 16)

    def _is_form(self) -> bool:
        boundary = self.headers.get_param("boundary")
        if self.headers.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
            return False
        found, line = b"\r\n", f"\r\n--{boundary}".encode()
        try:
            for piece in self._pieces():
                found += piece
                if line + b"--" in found:
                    break
        except ValueError:
            return False
        return (BUG == "cut" or line + b"--" in found) and b'name="file"; filename=' in found.partition(line)[2]

    def do_POST(self) -> None:
        """Store a file."""
        self.close_connection = True
        if self.path != "/files":
            self.answer(404, {})
        elif self._is_form():
            identity = f"f{next(IDS)}"
            self.answer(201, {"id": identity})
            send(identity)
        else:
            self.answer(400, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Uploads).serve_forever()
