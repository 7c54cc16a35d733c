"""Tickets, and the keys of the requests that have opened them. Each function is a part of its caller's transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    import sqlite3

SHOWN = "id, title, text, status, version"


def insert(db: sqlite3.Connection, caller: str, content: dict[str, Any]) -> dict[str, Any]:
    """Open a ticket; return it."""
    number = f"tic_{secrets.token_hex(10)}"
    row = (number, caller, content["title"], content["text"])
    db.execute("INSERT INTO tickets (id, caller, title, text, status, version) VALUES (?, ?, ?, ?, 'open', 1)", row)
    return get(db, caller, number)


def get(db: sqlite3.Connection, caller: str, number: str) -> dict[str, Any]:
    """Return a ticket of a caller, as it is shown."""
    found = db.execute(f"SELECT {SHOWN} FROM tickets WHERE id = ? AND caller = ?", (number, caller)).fetchone()  # noqa: S608 -- a constant
    if found is None:
        raise HTTPException(404)
    return dict(found)


def update(db: sqlite3.Connection, ticket: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Change a ticket that is there; return it."""
    after = {**ticket, **changes, "version": ticket["version"] + 1}
    db.execute(
        "UPDATE tickets SET title = :title, text = :text, status = :status, version = :version WHERE id = :id", after
    )
    return after


def delete(db: sqlite3.Connection, ticket: dict[str, Any]) -> dict[str, Any]:
    """Remove a ticket that is there; return it as it was, with the version of its removal."""
    db.execute("DELETE FROM tickets WHERE id = ?", (ticket["id"],))
    return {**ticket, "version": ticket["version"] + 1}


def page(db: sqlite3.Connection, caller: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return the tickets of a caller behind a place, and where the next page begins; None: there is none."""
    rows = db.execute(
        f"SELECT place, {SHOWN} FROM tickets WHERE caller = ? AND place > ? ORDER BY place LIMIT ?",  # noqa: S608 -- a constant
        (caller, after, limit + 1),
    ).fetchall()
    items = [{name: row[name] for name in SHOWN.split(", ")} for row in rows[:limit]]
    return items, rows[limit - 1]["place"] if len(rows) > limit else None


def known(db: sqlite3.Connection, caller: str, key: str | None, raw: bytes) -> dict[str, Any] | None:
    """Return the ticket that a request with this key has opened, as it was then; None: there was none."""
    found = db.execute("SELECT digest, ticket FROM keys WHERE caller = ? AND key = ?", (caller, key)).fetchone()
    if found is None:
        return None
    if found["digest"] != hashlib.sha256(raw).hexdigest():
        raise HTTPException(422)
    ticket: dict[str, Any] = json.loads(found["ticket"])
    return ticket


def remember(db: sqlite3.Connection, caller: str, key: str | None, raw: bytes, ticket: dict[str, Any]) -> None:
    """Note what a request with a key has opened."""
    if key is not None:
        row = (caller, key, hashlib.sha256(raw).hexdigest(), json.dumps(ticket))
        db.execute("INSERT INTO keys (caller, key, digest, ticket) VALUES (?, ?, ?, ?)", row)
