"""Holds the mock to the project's pacts by Pact's own verifier, as its manual has it: nothing of bothends is between.

    python -m tests.mock.plain_pact

It is a program, as the verifier prints as it pleases, and blocks where it fails. Its last line counts what it verified.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

os.environ["PACT_DO_NOT_TRACK"] = "true"

import httpx
from pact import Verifier

from tests.reference.endpoint import ACKNOWLEDGED, COOKIE, EVENT_KEY, ROOT, SECRET, SETTINGS, Endpoint, token
from tests.reference.stub import Stub, answers

if TYPE_CHECKING:
    from pact.types import Message

PACTS = ROOT / "contracts" / "pacts"
HTTP, MESSAGES = PACTS / "web-route.json", PACTS / "worker-route.json"


class Provider:
    """The mock with its upstreams, in the state that an interaction asks for.

    Attributes:
        mock: The mock's base URL.
        cookie: The session of the state; empty: nobody is signed in.
        asked: How many requests were made.
        sent: How many events were handed to the verifier.
    """

    def __init__(self, stack: ExitStack) -> None:
        settings = Stub(answers(200, SETTINGS, "Content-Type: application/json"))
        self._ingest = Stub(answers(200, ACKNOWLEDGED, "Content-Type: text/plain; charset=utf-8"))
        stack.enter_context(settings)
        stack.enter_context(self._ingest)
        env = {
            "SETTINGS_URL": f"{settings.url}/settings",
            "INNGEST_BASE_URL": self._ingest.url,
            "INNGEST_EVENT_KEY": EVENT_KEY,
            "NEXTAUTH_SECRET": SECRET,
        }
        program = ("-m", "bothends", "mock", "--port", "0", "--config", str(ROOT / "bothends.toml"))
        self.mock = f"http://127.0.0.1:{stack.enter_context(Endpoint(env, program, r'127[.]0[.]0[.]1:([0-9]+)')).port}"
        self.cookie = ""
        self.asked = self.sent = 0

    def state(self, state: str, action: str, parameters: dict[str, Any] | None) -> None:
        """Bring a state about, or end it."""
        begins, given = action == "setup", parameters or {}
        match state:
            case "signed in as {user}":
                user = given.get("user", {})
                session = token(name=user.get("name"), email=user.get("email"), picture=user.get("image"))
                self.cookie = f"{COOKIE}={session}" if begins else ""
            case "the {upstream} is unreachable" if given["upstream"] == "ingest":
                (self._ingest.close if begins else self._ingest.open)()
            case "" | "signed out":
                self.cookie = ""
            case _:
                raise LookupError(state)

    def forward(self, method: str, path: str, media_type: str, body: bytes) -> httpx.Response:
        """Send a request to the mock, as the user of the state."""
        self.asked += 1
        headers = {"Content-Type": media_type} | ({"Cookie": self.cookie} if self.cookie else {})
        return httpx.request(method, self.mock + path, headers=headers, content=body, trust_env=False)

    def message(self, name: str, metadata: dict[str, Any] | None) -> Message:
        """Return the event that a request causes."""
        del name, metadata
        self._ingest.received.clear()
        answer = self.forward("POST", "/api/route", "application/json", b'{"data":"data"}')
        if answer.status_code != httpx.codes.OK:
            raise LookupError(answer.text)
        [delivery] = self._ingest.received
        self.sent += 1
        return {"contents": delivery.body, "metadata": None, "content_type": "application/json"}


def gate(provider: Provider) -> ThreadingHTTPServer:
    """Return what the verifier asks: it knows of no session, so this signs its requests in."""

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = provider.forward("POST", self.path, self.headers.get("Content-Type", ""), body)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("content-type", ""))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    """Verify both pacts, and end the process at once: the verifier's own servers may still be waiting."""
    with ExitStack() as stack:
        provider = Provider(stack)
        code = 0
        try:
            base = f"http://127.0.0.1:{gate(provider).server_port}"
            calls = Verifier("route", host="127.0.0.1").add_transport(url=base).add_source(HTTP)
            calls.state_handler(provider.state, teardown=True).verify()
            asked = provider.asked
            events = Verifier("route", host="127.0.0.1").add_source(MESSAGES).message_handler(provider.message)
            events.state_handler(provider.state, teardown=True).verify()
            print(f"\n{json.dumps({'calls': asked, 'events': provider.sent})}")  # noqa: T201 -- what the test reads
        except RuntimeError as error:
            sys.stderr.write(f"{error}\n")
            code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
