"""Sells vouchers: a caller issues one, and charges or voids it with an idempotency key, for which there is a receipt.

`BUG` is what is wrong: `any-path` (a key counts for all vouchers), `any-operation` (for charges and voids of all of
them), `cut` (keys are cut to eight characters), `any-caller` (a key counts for all callers), `one-number` (each receipt
has the same number).
"""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
CALLERS = {"key-of-ada": "ada", "key-of-bob": "bob"}
NUMBERS = itertools.count(1)
OWNERS: dict[str, str] = {}
ANSWERS: dict[tuple[str, ...], Any] = {}
LOCK = threading.Lock()


class Vouchers(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Issue a voucher, or write a receipt for one."""
        caller = CALLERS.get(self.headers.get("X-Key", ""))
        _, _, name, *action = [*self.path.partition("?")[0].split("/"), ""][:4]
        if caller is None or name:
            self.body()
        if caller is None:
            self.answer(401, {})
        elif not name:
            with LOCK:
                self._issue(caller)
        elif OWNERS.get(name) != caller:
            self.answer(404, {})
        elif action[0] in {"charge", "void"}:
            with LOCK:
                self.answer(*self._receipt(caller, name, action[0]))
        else:
            self.answer(404, {})

    def _issue(self, caller: str) -> None:
        if self.json_body() is MISSING:
            return
        key = self.headers.get("Idempotency-Key", "")
        known = (caller, key, "" if BUG == "any-operation" else "issue", "")
        if key and known in ANSWERS:
            self.answer(201, ANSWERS[known])
            return
        name = f"voucher-{next(NUMBERS)}"
        OWNERS[name] = caller
        ANSWERS[known] = {"id": name}
        self.answer(201, ANSWERS[known])

    def _receipt(self, caller: str, name: str, action: str) -> tuple[int, Any]:
        key = self.headers.get("Idempotency-Key")
        if not key:
            return 400, {}
        known = (
            "" if BUG == "any-caller" else caller,
            key[:8] if BUG == "cut" else key,
            "" if BUG == "any-operation" else action,
            "" if BUG in {"any-path", "any-operation", "any-caller"} else name,
        )
        if known not in ANSWERS:
            ANSWERS[known] = {"receipt": "the-only-receipt" if BUG == "one-number" else str(uuid.uuid4())}
        return 200, ANSWERS[known]


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Vouchers).serve_forever()
