"""Plots that may have a name, which no other one has; each is made, read and given up.

`BUG` is what is wrong: a plot that is given up is said not to have been there (`lost`).
"""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LOCK = threading.Lock()
NUMBERS = itertools.count(1)
PLOTS: dict[str, dict[str, Any]] = {}
NAMES: set[str] = set()


class Plots(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a plot, if its name is free: it is never free again."""
        value = self.json_body()
        if value is MISSING:
            return
        if self.path != "/plots" or not isinstance(value, dict) or value.keys() - {"name"}:
            self.answer(404 if self.path != "/plots" else 400, {"error": "no plot"})
            return
        name = value.get("name", "")
        if not isinstance(name, str) or len(name) > 40:
            self.answer(400, {"error": "no name"})
            return
        with LOCK:
            taken = name in NAMES
            if name:
                NAMES.add(name)
        if taken:
            self.answer(409, {"error": "taken"})
            return
        plot = {"id": f"p{next(NUMBERS)}", **value}
        PLOTS[plot["id"]] = plot
        self.answer(201, plot)

    def do_GET(self) -> None:
        """Show a plot."""
        plot = PLOTS.get(self.path.removeprefix("/plots/"))
        self.answer(404 if plot is None else 200, plot or {"error": "not there"})

    def do_DELETE(self) -> None:
        """Give a plot up."""
        self.body()
        plot = PLOTS.pop(self.path.removeprefix("/plots/"), None)
        if plot is None or BUG == "lost":
            self.answer(404, {"error": "not there"})
            return
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Plots).serve_forever()
