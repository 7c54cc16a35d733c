"""The names of the readers, each with its module: what starts their processes loads none, and a process its own."""

from __future__ import annotations

NAMES = {
    "documents": "documents",
    "settings": "documents",
    "known": "documents",
    "pacts": "pacts",
    "last-run": "state",
    "findings": "state",
    "ties": "state",
    "cases": "state",
    "parts": "state",
    "answers": "wire",
    "requests": "wire",
    "events": "wire",
}
