"""What Pact's own verifier does with each trap: a program, since it prints as it pleases and blocks where it fails.

It prints one line of JSON at the end: by trap, whether the verifier passed, or what else there is to show. It is
given a folder to work in.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ["PACT_DO_NOT_TRACK"] = "true"

from pact import Pact, Verifier, match

HOST = "127.0.0.1"
EVENT = {"name": "app/route.requested"}


class Provider(BaseHTTPRequestHandler):
    """Answers each request with the status and body that stand in the server's table for its path."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, tuple[int, Any]] = {}  # noqa: RUF012 -- filled by the traps, one after another
    asked: list[str] = []  # noqa: RUF012 -- likewise

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append(self.path)
        status, value = self.answers.get(self.path, (200, {}))
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Traps:
    """The traps, one method each; each returns what there is to show.

    Args:
        folder: Where pact files are written.
        port: The provider's.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def verifier(self) -> Verifier:
        """Return a verifier that would fail at anything it looked at."""
        Provider.answers["/wrong"] = (500, {"wrong": True})
        return Verifier("route", host=HOST).add_transport(url=f"http://{HOST}:{self.port}/wrong")

    def messages(self) -> Verifier:
        """Return a verifier of messages."""
        path = "/_pact/message"
        return Verifier("route", host=HOST).add_transport(protocol="message", port=self.port, path=path, scheme="http")

    def file(self, name: str, *interactions: dict[str, Any]) -> Path:
        """Write a pact."""
        value = {
            "consumer": {"name": "web"},
            "provider": {"name": "route"},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(value))
        return path

    def no_source(self) -> bool:
        """Verify nothing at all."""
        return passes(self.verifier())

    def empty_folder(self) -> bool:
        """Verify a folder without a pact, with empty pacts declared an error."""
        (self.folder / "empty").mkdir()
        return passes(self.verifier().add_source(self.folder / "empty").set_error_on_empty_pact())

    def zero_interactions(self) -> bool:
        """Verify a pact without an interaction."""
        return passes(self.verifier().add_source(self.file("zero")).set_error_on_empty_pact())

    def filter_that_matches_nothing(self) -> bool:
        """Verify what has another description."""
        return passes(self.verifier().add_source(self.file("filtered", http())).filter("no such interaction"))

    def unknown_state(self) -> bool:
        """Verify a state of which nobody knows how to set it."""
        Provider.answers["/e/key"] = (200, {})
        states = [{"name": "the moon is full"}]
        verifier = Verifier("route", host=HOST).add_transport(url=f"http://{HOST}:{self.port}")
        return passes(verifier.add_source(self.file("state", http(providerStates=states))))

    def another_provider(self) -> bool:
        """Verify a pact with somebody else, in the name of a provider that it does not name."""
        Provider.answers["/e/key"] = (200, {})
        verifier = Verifier("ingest", host=HOST).add_transport(url=f"http://{HOST}:{self.port}")
        return passes(verifier.add_source(self.file("another", http())))

    def pending(self) -> bool:
        """Verify an interaction that fails and is pending."""
        return passes(self.verifier().add_source(self.file("pending", http(pending=True))))

    def message_status(self) -> bool:
        """Verify a message whose endpoint answers 500."""
        Provider.answers["/_pact/message"] = (500, EVENT)
        return passes(self.messages().add_source(self.file("status", message(EVENT))))

    def extra_keys(self) -> bool:
        """Verify a message that has a key more than its consumer knows."""
        Provider.answers["/_pact/message"] = (200, {**EVENT, "appSettings": {}})
        return passes(self.messages().add_source(self.file("extra", message(EVENT))))

    def bounds(self) -> bool:
        """Verify a number outside the bounds that its consumer gave."""
        pact = Pact("worker", "route").with_specification("V4")
        pact.upon_receiving("an event", "Async").with_body({"n": match.int(5, min=1, max=10)}, "application/json")
        pact.write_file(self.folder / "bounds", overwrite=True)
        Provider.answers["/_pact/message"] = (200, {"n": 999})
        return passes(self.messages().add_source(self.folder / "bounds" / "worker-route.json"))

    def same_description(self) -> int:
        """Write two interactions of one description, and count what is left."""
        pact = Pact("web", "route").with_specification("V4")
        for path in ("/a", "/b"):
            pact.upon_receiving("it works").with_request("GET", path).will_respond_with(200)
        pact.write_file(self.folder / "same", overwrite=True)
        return len(json.loads((self.folder / "same" / "web-route.json").read_text())["interactions"])

    def asynchronous_handler(self) -> bool:
        """Give a consumer's message to a handler that would fail, if anybody waited for it."""
        pact = Pact("worker", "route").with_specification("V4")
        pact.upon_receiving("an event", "Async").with_body(EVENT, "application/json")

        async def handler(_body: Any, _metadata: Any) -> None:
            raise AssertionError

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            pact.verify(handler, "Async")  # type: ignore[call-overload]  # that is the trap: nothing minds when it runs
        return True

    def failing_state(self) -> int:
        """Let a state handler fail, and count how often it is asked in the time that a thread is waited for."""
        Provider.answers["/states"] = (500, {})
        verifier = Verifier("route", host=HOST).add_transport(url=f"http://{HOST}:{self.port}")
        verifier.add_source(self.file("failing", http(providerStates=[{"name": "it rains"}])))
        verifier.state_handler(f"http://{HOST}:{self.port}/states", body=True)
        threading.Thread(target=passes, args=[verifier], daemon=True).start()
        asked = 0
        for _ in range(400):
            time.sleep(0.05)
            asked = Provider.asked.count("/states")
            if asked > 1:
                break
        return asked


def http(**more: Any) -> dict[str, Any]:
    """Return an interaction over HTTP."""
    request = {"method": "POST", "path": "/e/key"}
    return {"type": "Synchronous/HTTP", "description": "it works", "request": request, "response": {}, **more}


def message(contents: Any) -> dict[str, Any]:
    """Return a message."""
    body = {"content": contents, "contentType": "application/json", "encoded": False}
    return {"type": "Asynchronous/Messages", "description": "an event", "contents": body}


def passes(verifier: Verifier) -> bool:
    """Return whether a verification passes."""
    try:
        verifier.verify()
    except RuntimeError:
        return False
    return True


def main() -> None:
    """Try each trap, and print what it showed."""
    server = ThreadingHTTPServer((HOST, 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    traps = Traps(Path(sys.argv[1]), server.server_port)
    names = (
        "no_source",
        "empty_folder",
        "zero_interactions",
        "filter_that_matches_nothing",
        "unknown_state",
        "another_provider",
        "pending",
        "message_status",
        "extra_keys",
        "bounds",
        "same_description",
        "asynchronous_handler",
        "failing_state",
    )
    shown = {name: getattr(traps, name)() for name in names}
    sys.stdout.flush()
    os.write(1, b"\n" + json.dumps(shown).encode() + b"\n")
    os._exit(0)  # a verification is still waiting for its state


if __name__ == "__main__":
    main()
