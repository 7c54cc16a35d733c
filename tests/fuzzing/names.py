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

KINDS = (
    ("documents",),
    ("settings", "known"),
    ("pacts",),
    ("last-run", "findings", "ties", "cases", "parts"),
    ("answers", "requests", "events"),
)
"""Readers of one kind: documents, settings, pacts, stored state, HTTP. They share the time that a kind has."""


def share(name: str) -> float:
    """Return the part of its kind's time that a reader has."""
    return next(1 / len(kind) for kind in KINDS if name in kind)
