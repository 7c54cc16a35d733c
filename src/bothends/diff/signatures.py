"""Compares what the settings say of events at two revisions: how they are signed, and what a deployment promises."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import dotted_line
from bothends.diff.comparison import About
from bothends.diff.guarantees import DELIVERY, DELIVERY_ADDED, compare_terms
from bothends.diff.rule import Audience, Spot, rule
from bothends.diff.sides import text_of
from bothends.errors import Location

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.diff.comparison import Comparison
    from bothends.diff.sides import Side

SIGNATURE = rule(
    "signature",
    what="The settings say of an ingest that its events are signed in another way, or not at all.",
    why="Receivers verify the old signature, and refuse the event.",
)
SIGNATURE_ADDED = rule(
    "signature-added",
    what="The settings say that an ingest's events are signed, which they were not.",
    why="Receivers that verify nothing pass the headers by.",
)
__all__ = ["DELIVERY", "DELIVERY_ADDED", "SIGNATURE", "SIGNATURE_ADDED", "compare_settings"]


class _Tables:
    """The settings of one side, as they are written."""

    def __init__(self, side: Side, file: Path) -> None:
        text = text_of(side.revision, file, "The settings file")
        self._file = file
        self._revision = "" if side.revision is None else side.revision.name
        self._text = text or ""
        self.top = {} if text is None else tomllib.loads(text)
        self.there = text is not None

    def table(self, *keys: str) -> dict[str, Any]:
        """Return a table; empty where there is none."""
        found: Any = self.top
        for key in keys:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def spot(self, *keys: str) -> Spot:
        """Return the line of a key, or of what would hold it."""
        for length in range(len(keys), 0, -1):
            line = dotted_line(self._text, ".".join(keys[:length]))
            if line is not None:
                where = Location(self._file, ".".join(keys[:length]), line)
                return Spot(where, self._text.splitlines()[line - 1].strip(), self._revision)
        return Spot(Location(self._file), "", self._revision)


def compare_settings(comparison: Comparison, file: Path) -> None:
    """Compare the settings that lie beside the two documents.

    Args:
        comparison: Takes the changes.
        file: The settings file: it is read at the revision of each side.
    """
    if comparison.old.revision is None and comparison.new.revision is None:
        return  # both have the one that lies on the disk
    old, new = _Tables(comparison.old, file), _Tables(comparison.new, file)
    if not old.there or not new.there or old.top == new.top:
        return
    for name, before in _signatures(old).items():
        after = _signatures(new).get(name)
        about = About(f"events at {name}", Audience.CONSUMERS)
        keys = ("world", "ingest") if name == "ingest" else ("world", "ingests", name)
        lines = (old.spot(*keys, "signature"), new.spot(*keys, "signature"))
        words = [json.dumps(each) for each in (before, after)]
        if before is None and after is not None:
            comparison.fits(SIGNATURE_ADDED, about, f"Events are now signed: {words[1]}.", lines)
        elif before is not None and before != after:
            now = "they are not" if after is None else f"now by {words[1]}"
            comparison.breaks(SIGNATURE, about, f"Events were signed by {words[0]}; {now}.", lines)
    for name in old.table("callbacks"):
        tables = [each.table("callbacks", name) for each in (old, new)]
        about = About(f"event {name}", Audience.CONSUMERS)
        lines = (old.spot("callbacks", name, "delivery"), new.spot("callbacks", name, "delivery"))
        compare_terms(comparison, tables[0].get("delivery"), tables[1].get("delivery"), lines, about)


def _signatures(tables: _Tables) -> dict[str, Any]:
    """Return what each ingest says of its signature; None where it says nothing."""
    ingests = {**tables.table("world", "ingests")}
    single = tables.table("world", "ingest")
    if single:
        ingests["ingest"] = single
    return {name: each.get("signature") for name, each in ingests.items() if isinstance(each, dict)}
