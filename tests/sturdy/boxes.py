"""Takes boxes: a small target that is right. Where it is asked to, it starts a process that leaves its group."""

from __future__ import annotations

import os
import subprocess
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.json_service import MISSING, JsonService

MOST = 100


def is_box(value: Any) -> bool:
    """Return whether a value is a box as the contract has it."""
    width = value.get("width") if isinstance(value, dict) and value.keys() == {"width"} else None
    if not isinstance(width, int | float) or isinstance(width, bool):
        return False
    return width % 1 == 0 and 1 <= width <= MOST


class Boxes(JsonService):
    """Answers what the contract says."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Take a box."""
        value = self.json_body()
        if value is MISSING:
            return
        self.answer(200 if is_box(value) else 422, {})


class Server(ThreadingHTTPServer):
    """Says nothing of clients that go before they have their answer, as those of an interrupted run do."""

    def handle_error(self, *_: Any) -> None:
        """Go on."""


if __name__ == "__main__":
    if folder := os.environ.get("DAEMON_IN"):
        daemon = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"],
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        Path(os.environ["DAEMON_PID"]).write_text(str(daemon.pid), encoding="utf-8")
    Server(("127.0.0.1", int(os.environ["PORT"])), Boxes).serve_forever()
