"""Keeps the tabs of two callers: a caller opens one, and pays his own with an idempotency key, named in the body.

A key that comes again with its body gets the first answer again, and 422 with another body. `BUG` is what is wrong:
`ignored` (a key means nothing), `any-body` (another body is no matter). With `ONCE`, a tab is paid once; with `SHUT`,
none can be paid.
"""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
ONCE, SHUT = "ONCE" in os.environ, "SHUT" in os.environ
CALLERS = {"key-of-ada": "ada", "key-of-bob": "bob"}
NUMBERS = itertools.count(1)
OWNERS: dict[str, str] = {}
PAID: set[str] = set()
ANSWERS: dict[tuple[str, str], tuple[Any, Any]] = {}
LOCK = threading.Lock()


class Tabs(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Open a tab, or pay one."""
        value, caller = self.json_body(), CALLERS.get(self.headers.get("X-Key", ""))
        if value is MISSING:
            return
        members = {"/tabs": {"note"}, "/payments": {"note", "tabId"}}.get(self.path)
        if caller is None:
            self.answer(401, {})
        elif members is None:
            self.answer(404, {})
        elif not isinstance(value, dict) or set(value) != members or {str} != set(map(type, value.values())):
            self.answer(400, {})
        elif self.path == "/tabs":
            name = f"tab-{next(NUMBERS)}"
            OWNERS[name] = caller
            self.answer(201, {"id": name})
        else:
            with LOCK:
                answer = self._paid(caller, self.headers.get("Idempotency-Key"), value)
            self.answer(*answer)

    @staticmethod
    def _paid(caller: str, key: str | None, value: dict[str, str]) -> tuple[int, Any]:
        if not key:
            return 400, {}
        body, answer = ANSWERS.get((caller, key), (None, None))
        if body is not None and BUG != "ignored":
            return (201, answer) if body == value or BUG == "any-body" else (422, {})
        tab = value["tabId"]
        if OWNERS.get(tab) != caller:
            return 404, {}
        if SHUT or (ONCE and tab in PAID):
            return 409, {}
        PAID.add(tab)
        answer = {"payment": f"payment-{next(NUMBERS)}", "tabId": tab}
        ANSWERS[caller, key] = value, answer
        return 201, answer


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Tabs).serve_forever()
