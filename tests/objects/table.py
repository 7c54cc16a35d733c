"""All rows of the table."""

from __future__ import annotations

from tests.objects import callers, conditions, gone, named, states

ROWS = {row.name: row for part in (gone, named, states, conditions, callers) for row in part.ROWS}
"""By their names."""
