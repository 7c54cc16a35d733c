"""Books below `/v1`; any other path gets the router's own 404, in plain text.

A book that is taken may name the one that it stands for. `BUG` is what is wrong: a book that is not there is told in
plain text as well (`plain`), or one with a long title that names none is answered 404 (`long`).
"""

from __future__ import annotations

import os

from tests.json_service import MISSING, JsonService, Server

PLAIN = os.environ.get("BUG") == "plain"
LONG = 20 if os.environ.get("BUG") == "long" else 0
MOST = 80
BOOKS: dict[str, str] = {}


class Books(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take a book."""
        if self.path != "/v1/books":
            self.body()
            self.answer_plainly()
            return
        book = self.json_body()
        if book is MISSING:
            return
        if not isinstance(book, dict) or not {"title"} <= book.keys() <= {"title", "id"}:
            self.answer(400, {})
            return
        if any(not isinstance(text, str) for text in book.values()) or len(book["title"]) > MOST:
            self.answer(400, {})
            return
        if book.get("id", "b1") not in {*BOOKS, "b1"} or (LONG and "id" not in book and len(book["title"]) > LONG):
            self.answer(404, {"lacking": book.get("id", "")})
            return
        name = f"b{len(BOOKS) + 1}"
        BOOKS[name] = book["title"]
        self.answer(201, {"id": name})

    def do_GET(self) -> None:
        """Show a book."""
        self.body()
        path, _, name = self.path.rpartition("/")
        if path != "/v1/books" or (PLAIN and name not in BOOKS):
            self.answer_plainly()
        elif name not in BOOKS:
            self.answer(404, {"lacking": name})
        else:
            self.answer(200, {"title": BOOKS[name]})

    def answer_plainly(self) -> None:
        """Answer as a router does that has no such path."""
        data = b"404 page not found\n"
        self.send_response(404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Books).serve_forever()
