"""An ingest that is no part of bothends: `ingest.py KEY [queued]`; with `queued` it answers otherwise than promised."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY, *FAULTS = sys.argv[1:]


class Ingest(BaseHTTPRequestHandler):
    """Knows one key, and stores nothing."""

    def do_POST(self):
        """Answer as the event API does, or with 202."""
        json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != f"/e/{KEY}":
            self._answer(401, {"error": "Event key not found"})
        elif FAULTS:
            self._answer(202, {"queued": True})
        else:
            self._answer(200, {"ids": ["01JDE5WQ1Z9S3W6QK5V8N2M4RT"], "status": 200})

    def log_message(self, *_):
        """Say nothing."""

    def _answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = HTTPServer(("127.0.0.1", 0), Ingest)
sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
