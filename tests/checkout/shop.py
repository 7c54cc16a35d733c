"""`examples/checkout` as its callers have it, without bothends: started, and asked by hand."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checkout.world import SECRET
from tests.ports import ports
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.checkout.world import World

COMMANDS = {"python": [sys.executable, "-m", "shop"], "node": ["node", "service.mjs"]}
CALL_SECONDS = 120.0
"""How long an answer may take: longer than the limit that the service has for a profile, on however busy a machine."""
TIMEOUT_MS = 60_000
"""The limit of the service for a profile: none that is there takes as long, on however busy a machine."""
EXPIRY_SECONDS = 1.0
"""How long a checkout lasts where it is to expire: long enough to make it, and to give it a destination."""
DESTINATION = {"country": "NL", "postcode": "1012 JS", "address": "Dam 1"}
PAYMENT = {"reference": "pay-1"}
LINE = {"sku": "lamp", "quantity": 2}


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        status: The status; 0: the connection broke, or nothing came.
        headers: By their small names.
        raw: The body.
    """

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON value of the body; None where it is none."""
        with contextlib.suppress(ValueError):
            return json.loads(self.raw)
        return None

    @property
    def id(self) -> str:
        """The id of what was made; empty where nothing was."""
        return str(self.body.get("id", "")) if isinstance(self.body, dict) else ""

    @property
    def tag(self) -> str:
        """The entity tag."""
        return self.headers.get("etag", "")


class Shop:
    """A service that runs, and what is around it.

    Attributes:
        turn: How many have asked it before: keys are new in each turn.
        told: What was completed and cancelled in this turn: an event of each is on its way.
    """

    def __init__(self, port: int, world: World) -> None:
        self.port = port
        self.world = world
        self.turn = 0
        self.told: set[str] = set()

    def key(self, text: str) -> dict[str, str]:
        """Return the header of an idempotency key."""
        return {"Idempotency-Key": f"{text}-{self.turn}" if self.turn else text}

    def call(  # noqa: PLR0913 -- all that a request has
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        of: str | None = "ada",
        headers: dict[str, str] | None = None,
        url: str = "https://platforms.example/profile?of=",
    ) -> Said:
        """Send a request, as a platform; as nobody where there is none."""
        sent = {} if of is None else {"X-Platform": f"{url}{of}"}
        data = None if body is None else json.dumps(body).encode()
        sent |= {"Content-Type": "application/json"} if data is not None else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)
        try:
            connection.request(method, path, data, {**sent, **(headers or {})})
            answer = connection.getresponse()
            said = Said(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException):
            return Said(0, {}, b"")
        finally:
            connection.close()
        if said.status in {200, 201} and path.endswith(("/complete", "/cancel")):
            self.told.add(said.id)
        return said

    def next_turn(self) -> None:
        """Begin anew, as soon as the events of the turn before have come."""
        self.world.wait(len(self.told))
        self.world.forget()
        self.told.clear()
        self.turn += 1

    def get(self, path: str, **more: Any) -> Said:
        """Read."""
        return self.call("GET", path, **more)

    def cart(self, body: Any = None, **more: Any) -> Said:
        """Make a cart."""
        return self.call("POST", "/carts", LINE if body is None else body, **more)

    def line(self, cart: str, body: Any = None, **more: Any) -> Said:
        """Add a line to a cart."""
        return self.call("POST", f"/carts/{cart}/lines", LINE if body is None else body, **more)

    def checkout(self, cart: str | None = None, **more: Any) -> Said:
        """Make a checkout: of a new cart where none is given."""
        of = more.get("of", "ada")
        return self.call("POST", "/checkouts", {"cartId": self.cart(of=of).id if cart is None else cart}, **more)

    def send_to(self, checkout: str, body: Any = None, **more: Any) -> Said:
        """Give a checkout a destination."""
        return self.call("PUT", f"/checkouts/{checkout}/destination", DESTINATION if body is None else body, **more)

    def ready(self, **more: Any) -> Said:
        """Make a checkout that can be completed; return the answer that says so."""
        return self.send_to(self.checkout(**more).id, **more)

    def complete(self, checkout: str, body: Any = None, **more: Any) -> Said:
        """Complete a checkout."""
        return self.call("POST", f"/checkouts/{checkout}/complete", PAYMENT if body is None else body, **more)

    def cancel(self, checkout: str, **more: Any) -> Said:
        """Cancel a checkout."""
        return self.call("POST", f"/checkouts/{checkout}/cancel", **more)

    def status(self, checkout: str, **more: Any) -> Any:
        """Return the status of a checkout, as it is read; the status of the answer where there is none."""
        said = self.get(f"/checkouts/{checkout}", **more)
        return said.body.get("status", said.status) if isinstance(said.body, dict) else said.status

    def types(self, count: int = 0) -> list[str]:
        """Return the types of the events that came."""
        return [hook.event["type"] for hook in self.world.events(count)]


def at_once(*calls: Callable[[], Said]) -> list[int]:
    """Make calls at the same time; return their statuses in order of size."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda call=call: found.append(call().status)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


@contextlib.contextmanager
def running(folder: Path, language: str, world: World, env: Mapping[str, str] | None = None) -> Iterator[Shop]:
    """Start the service of a folder, and end it.

    Args:
        folder: The example, perhaps with a bug in it.
        language: The language.
        world: What is around it.
        env: What its environment has of its own: limits that are short.
    """
    (port,) = ports(1)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORT": str(port),
        "REGISTRY": f"https://platforms.example/profile={world.url}/profile",
        "WEBHOOKS": f"https://hooks.example={world.url}/hooks",
        "WEBHOOK_SECRET": SECRET,
        "TIMEOUT_MS": str(TIMEOUT_MS),
        "CHECKOUT_SECONDS": "3600",
        **(env or {}),
    }
    process = subprocess.Popen(
        COMMANDS[language],
        cwd=folder / language,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(process, port), every=0.02, what=f"{' '.join(COMMANDS[language])} did not start")
        yield Shop(port, world)
    finally:
        process.kill()
        process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, f"{process.args!r} has ended with {process.returncode}"
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
