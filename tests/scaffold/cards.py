"""A service whose objects can be archived, after which they are not at their path any more.

`python cards.py INGEST_PORT PORT`. It sends an event of each card that is added or changed, all to one address.
"""

from __future__ import annotations

import itertools
import json
import sys
from http.client import HTTPConnection
from typing import Any

from tests.json_service import MISSING, JsonService, Server

_CARD: dict[str, Any] = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string", "minLength": 1}},
}
_BODY = {"required": True, "content": {"application/json": {"schema": _CARD}}}
_CHANGE = {"content": {"application/json": {"schema": {"type": "object", "properties": _CARD["properties"]}}}}
_ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]


def _answers(status: str) -> dict[str, Any]:
    kept = {**_CARD, "properties": {"id": {"type": "integer"}, **_CARD["properties"]}}
    return {
        status: {"description": "The card.", "content": {"application/json": {"schema": kept}}},
        "4XX": {"description": "Refused."},
    }


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Cards", "version": "1"},
    "paths": {
        "/cards": {"post": {"operationId": "add", "requestBody": _BODY, "responses": _answers("201")}},
        "/cards/{id}": {
            "parameters": _ID,
            "patch": {
                "operationId": "change",
                "requestBody": {"required": True, **_CHANGE},
                "responses": _answers("200"),
            },
        },
        "/cards/{id}/archive": {
            "parameters": _ID,
            "post": {"operationId": "archive", "responses": _answers("200")},
        },
    },
}
_NUMBERS = itertools.count(1)
CARDS: dict[str, dict[str, Any]] = {}


def _send(word: str, card: dict[str, Any]) -> None:
    connection = HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    connection.request("POST", "/in", json.dumps({"type": word, "card": card}), {"Content-Type": "application/json"})
    connection.getresponse().read()
    connection.close()


class Cards(JsonService):
    """Keeps cards; one that is archived is gone."""

    def do_GET(self) -> None:
        """Serve the document."""
        self.answer(200, SPEC)

    def do_POST(self) -> None:
        """Add a card, or archive it."""
        if self.path != "/cards":
            self.body()
            card = CARDS.pop(self.path.removesuffix("/archive"), None)
            self.answer(404 if card is None else 200, card or {})
        elif (card := self._card()) is not None:
            number = next(_NUMBERS)
            CARDS[f"/cards/{number}"] = {"id": number, "title": "", **card}
            self.answer(201, CARDS[f"/cards/{number}"])
            _send("card.added", CARDS[f"/cards/{number}"])

    def do_PATCH(self) -> None:
        """Change a card; nothing is told of a change of nothing."""
        change = self._card()
        if change is not None and self.path in CARDS:
            CARDS[self.path] |= change
            self.answer(200, CARDS[self.path])
            if change:
                _send("card.changed", CARDS[self.path])
        elif change is not None:
            self.answer(404, {})

    def _card(self) -> dict[str, str] | None:
        """Return the members of a card that are sent; None where it was answered that they are wrong."""
        value = self.json_body()
        if value is MISSING:
            return None
        title = value.get("title", "none") if isinstance(value, dict) else None
        if not (isinstance(title, str) and title) or (self.command == "POST" and "title" not in value):
            self.answer(422, {})
            return None
        return {"title": value["title"]} if "title" in value else {}


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[-1])), Cards).serve_forever()
