"""Takes names, and says of each what a text of the table says: in its answers, its events, its calls and its log.

    python -m tests.outputs.target hostile | harmless [dies | told]

With `told` the first line is its port. It is the service of `settings` as well, which others call: of that it says the
same things.

Hostile and harmless do the same wrong things, so what is said of the one is what is to be said of the other.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import sys
import uuid
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server
from tests.outputs.texts import TEXTS, in_header, in_path, said

HOSTILE = sys.argv[1] == "hostile"
NAMES = list(TEXTS)


class Names(JsonService):
    """Answers and sends what the table says."""

    def do_GET(self) -> None:
        """The path says which text is said in place of a setting."""
        text = said(NAMES[int(self.path.rpartition("/")[2])], hostile=HOSTILE)
        log(text)
        self.say(json.dumps({"colour": "red", text: text}).encode(), in_header(text))

    def do_POST(self) -> None:
        """The path says which text is said."""
        self.body()
        name = uuid.uuid4().hex
        number = self.path.rpartition("/")[2]
        text = said(NAMES[int(number)], hostile=HOSTILE)
        log(text)
        call("UPSTREAM", "GET", f"/settings?{in_path(text)}", text, None)
        call("HOOK", "POST", f"/{number}", text, {"name": name, f"said{number}": {text: text}})
        call("HOOK", "POST", f"/{in_path(text)}", text, {"name": name, "said": text})
        self.say(json.dumps({"name": name, f"said{number}": {text: text}}).encode(), in_header(text))

    def say(self, body: bytes, word: bytes) -> None:
        """Answer with a body, and with a word in the head."""
        head = b"HTTP/1.1 200 %b\r\nContent-Type: application/json\r\nX-Said: %b\r\n" % (word, word)
        self.wfile.write(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))


def log(text: str) -> None:
    """Write a text to both streams, as it is."""
    for stream in (sys.stdout.buffer, sys.stderr.buffer):
        stream.write(text[:100_000].encode("utf-8", "surrogatepass") + b"\n")
        stream.flush()


def call(where: str, method: str, path: str, text: str, body: object) -> None:
    """Send a text to a service of the world."""
    address = urlsplit(os.environ[where])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.putrequest(method, address.path + path)
        data = b"" if body is None else json.dumps(body).encode()
        connection.putheader("Content-Type", "application/json")
        connection.putheader("X-Said", in_header(text))
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    if "dies" in sys.argv:
        if HOSTILE:
            sys.stdout.buffer.write(b"PROVEN\n" * 1_000_000)
        for each in NAMES:
            log(said(each, hostile=HOSTILE))
        sys.exit(1)
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Names)
    if "told" in sys.argv:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
    server.serve_forever()
