"""A shelf of things: made, changed and deleted, with an event for each; a code that a thing has is no other one's.

A `DELETE` of what is not there is answered as one of what was, and sends nothing. `BUG` is what is wrong, with commas
between several: the event that it names is not sent (`made`, `deleted`), a code of one character is refused in a
change, whoever has it (`short`), the first thing with such a code is made, and whoever asked for it gets no answer
(`silent`), or an error of the server (`failing`), nobody who asks for such a thing gets one (`mute`), each change is
refused (`fixed`), the event of a thing that is made has another name (`renamed`), a change without a body is taken
(`touched`), a colour may be anything (`colours`), a code beyond the Basic Multilingual Plane is refused in a change
(`wide`), the longest code ends the process when a thing with it is made (`ending`), or a `DELETE` of what is not there
does (`absent`). With `few`, nothing is wrong: there is room for four things, and what is too much is refused. `MEMBER`
names the member that a thing stands in; empty: it is the whole body. `ADDRESS` is where all events go; empty: each goes
to its own.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

BUGS = os.environ.get("BUG", "").split(",")
MEMBER, ADDRESS = (os.environ.get(name, "") for name in ("MEMBER", "ADDRESS"))
COLOURS = ("red", "blue", None)
HOOK = urlsplit(os.environ["HOOK"])
LOCK = threading.Lock()
IDS = itertools.count(1)
THINGS: dict[str, dict[str, Any]] = {}
SILENT, NEVER = threading.Event(), threading.Event()


def send(name: str, identity: str, thing: dict[str, Any]) -> None:
    """Send an event."""
    if name in BUGS:
        return
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        event = "other" if "renamed" in BUGS and name == "made" else name
        body = json.dumps({"event": event, "id": identity, **thing})
        connection.request("POST", f"{HOOK.path}/{ADDRESS or name}", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def is_thing(value: Any) -> bool:
    """Return whether a value is a thing as the contract has it."""
    if not isinstance(value, dict) or value.keys() - {"code", "colour"}:
        return False
    code = value.get("code")
    fits = code is None or (isinstance(code, str) and 0 < len(code) <= 40)
    return fits and ("colours" in BUGS or value.get("colour") in COLOURS)


def is_barred(code: str) -> bool:
    """Return whether a code is refused in a change by what is wrong."""
    return ("short" in BUGS and len(code) == 1) or ("wide" in BUGS and max(code) > "\uffff")


class Shelf(JsonService):
    """Answers the requests."""

    def _read(self) -> dict[str, Any] | None:
        try:
            body = self.body().decode()
            value = {} if "touched" in BUGS and not body else json.loads(body, parse_constant=lambda _: 1 / 0)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError, ZeroDivisionError):
            return None
        if MEMBER:
            value = value[MEMBER] if isinstance(value, dict) and value.keys() == {MEMBER} else None
        return value if is_thing(value) else None

    def _is_taken(self, thing: dict[str, Any], identity: str) -> bool:
        code = thing.get("code")
        return code is not None and any(one["code"] == code for name, one in THINGS.items() if name != identity)

    def _stored(self, identity: str, thing: dict[str, Any], name: str, status: int) -> None:
        with LOCK:
            refused = self._is_taken(thing, identity)
            if not refused:
                thing = THINGS[identity] = {**THINGS.get(identity, {"code": None, "colour": None}), **thing}
        if refused:
            self.answer(400, {"error": "taken"})
            return
        silent = "mute" in BUGS or ("silent" in BUGS and not SILENT.is_set())
        if silent and len(thing["code"] or "long") == 1:
            SILENT.set()
            send(name, identity, thing)
            NEVER.wait()
        if "failing" in BUGS and not SILENT.is_set() and len(thing["code"] or "long") == 1:
            SILENT.set()
            self.answer(500, {"error": "after it was stored"})
            return
        self.answer(status, {"id": identity, **thing})
        send(name, identity, thing)

    def do_POST(self) -> None:
        """Make a thing."""
        thing = self._read()
        if self.path != "/things" or thing is None:
            self.answer(400 if self.path == "/things" else 404, {"error": "none"})
        elif "few" in BUGS and len(THINGS) >= 4:
            self.answer(400, {"error": "full"})
        elif "ending" in BUGS and len(thing.get("code") or "") == 40:
            os._exit(1)
        else:
            self._stored(f"t{next(IDS)}", thing, "made", 201)

    def do_PUT(self) -> None:
        """Change a thing."""
        thing, identity = self._read(), self.path.removeprefix("/things/")
        if identity not in THINGS:
            self.answer(404, {"error": "not there"})
        elif thing is None or "fixed" in BUGS or is_barred(thing.get("code") or "long"):
            self.answer(400, {"error": "none"})
        else:
            self._stored(identity, thing, "changed", 200)

    def do_DELETE(self) -> None:
        """Delete a thing, if there is one."""
        self.body()
        identity = self.path.removeprefix("/things/")
        with LOCK:
            thing = THINGS.pop(identity, None)
        if thing is None and "absent" in BUGS:
            os._exit(1)
        self.send_response(204)
        self.end_headers()
        if thing is not None:
            send("deleted", identity, thing)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Shelf).serve_forever()
