"""Jars in a cupboard: each is put there under a name that its owner chooses, and an event tells when it is taken away.

`BUG` is what is wrong of a jar that is there: it is read without its size (`size`), no change to a large one is taken
(`change`), or nobody is told that it is taken away (`silent`). `NAMES` is a pattern of names: another one is refused
with 400, and one that a jar has with 409; empty: any will do, and a jar takes the place of the one of its name.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import threading
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
NAMES = os.environ.get("NAMES", "")
HOOK = urlsplit(os.environ["HOOK"])
JARS: dict[str, dict[str, Any]] = {}
LOCK = threading.Lock()
LARGE = 500


def send(name: str) -> None:
    """Tell that a jar was taken away."""
    if BUG == "silent":
        return
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        body = json.dumps({"name": name})
        connection.request("POST", f"{HOOK.path}/gone", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Cupboard(JsonService):
    """Answers the requests."""

    def _name(self) -> str | None:
        head, _, name = self.path.partition("?")[0].rpartition("/")
        return unquote(name) if head == "/jars" and name else None

    def _jar(self) -> dict[str, Any] | None:
        """Return the jar that a body has; None: it has been answered."""
        value = self.json_body()
        if value is MISSING:
            return None
        size = value.get("size") if isinstance(value, dict) and value.keys() == {"size"} else None
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 1000:
            self.answer(400, {})
            return None
        return {"size": size}

    def do_GET(self) -> None:
        """Read a jar."""
        self.body()
        jar = JARS.get(self._name() or "")
        if jar is None:
            self.answer(404, {})
        else:
            self.answer(200, {} if BUG == "size" else jar)

    def do_PUT(self) -> None:
        """Put a jar, in place of the one of its name."""
        jar, name = self._jar(), self._name()
        if jar is None:
            return
        if name is None or not re.search(NAMES, name):
            self.answer(404 if name is None else 400, {})
            return
        with LOCK:
            new = name not in JARS
            if new or not NAMES:
                JARS[name] = jar
        self.answer(201 if new else 409 if NAMES else 200, jar)

    def do_PATCH(self) -> None:
        """Change a jar."""
        jar, name = self._jar(), self._name() or ""
        if jar is None:
            return
        if name not in JARS:
            self.answer(404, {})
        elif BUG == "change" and jar["size"] > LARGE:
            self.answer(400, {})
        else:
            JARS[name] = jar
            self.answer(200, jar)

    def do_DELETE(self) -> None:
        """Take a jar away."""
        self.body()
        with LOCK:
            name = self._name() or ""
            jar = JARS.pop(name, None)
        if jar is None:
            self.answer(404, {})
            return
        self.send_response(204)
        self.end_headers()
        self.wfile.flush()
        send(name)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Cupboard).serve_forever()
