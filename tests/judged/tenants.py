"""Notes of tenants, who are named in a header and do not sign in: whatever name is there is one.

With `ANYBODY`, a request may name none; else it is refused (400). `BUG` is what is wrong: an event names the tenant of
the request `before`, or a note is shown to `all` tenants.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG, ANYBODY = os.environ.get("BUG", ""), bool(os.environ.get("ANYBODY"))
NOBODY = "nobody"
HOOKS = urlsplit(os.environ["HOOKS"])
LOCK = threading.Lock()
IDS = itertools.count(1)
NOTES: dict[str, tuple[str, str]] = {}
NAMES: list[str] = []


def tell(tenant: str | None, name: str) -> None:
    """Send an event, once."""
    connection = http.client.HTTPConnection(HOOKS.hostname or "", HOOKS.port, timeout=2)
    try:
        body = json.dumps({"tenant": tenant, "id": name})
        connection.request("POST", "/noted", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # it is told once
    finally:
        connection.close()


class Tenants(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Keep a note, and tell of it."""
        value, tenant = self.json_body(), self.headers.get("X-Tenant") or (NOBODY if ANYBODY else "")
        if value is MISSING:
            return
        if self.path != "/notes":
            self.answer(404, {})
        elif not tenant or not isinstance(value, dict) or not isinstance(value.get("text"), str) or len(value) > 1:
            self.answer(400, {})
        else:
            with LOCK:
                name = f"n{next(IDS)}"
                NOTES[name] = (tenant, value["text"])
                NAMES.append(tenant)
                told = NAMES[max(0, len(NAMES) - 2)] if BUG == "before" else tenant
            self.answer(201, {"id": name, "text": value["text"]})
            tell(None if told == NOBODY else told, name)

    def do_GET(self) -> None:
        """Show a note to its tenant."""
        name, tenant = self.path.removeprefix("/notes/"), self.headers.get("X-Tenant") or (NOBODY if ANYBODY else "")
        of, text = NOTES.get(name, ("", ""))
        if not tenant:
            self.answer(400, {})
        elif not of or (of != tenant and BUG != "all"):
            self.answer(404, {})
        else:
            self.answer(200, {"id": name, "text": text})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Tenants).serve_forever()
