"""Families in which callers whose events may be mixed up are under way at once."""

from __future__ import annotations

AT_ONCE = frozenset({"crowd", "disconnects", "around-stop", "in-flight-at-stop"})
