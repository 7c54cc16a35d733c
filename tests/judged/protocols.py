"""Invitations by one of two protocols, which have URLs for names; nobody calls them.

`BUG` is what is wrong: an invitation by the second one is refused (`second`), or one by a third one is taken (`third`).
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
NAMES = ["https://protocols.example.com/first/1.0", "https://protocols.example.com/second/1.0"]


class Protocols(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make an invitation."""
        value = self.json_body()
        if value is MISSING:
            return
        path, _, query = self.path.partition("?")
        name = value.get("protocol") if isinstance(value, dict) and value.keys() == {"protocol"} else None
        taken = NAMES[:1] if BUG == "second" else NAMES
        asked = parse_qs(query).get("profile", [""])[0]
        if path != "/invitations":
            self.answer(404, {})
        elif asked in NAMES and (name in taken or (BUG == "third" and isinstance(name, str))):
            self.answer(201, {})
        else:
            self.answer(400, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Protocols).serve_forever()
