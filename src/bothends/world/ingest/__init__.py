"""Where events go: one file for each kind of ingest, and one line in `table.py`."""

from bothends.world.ingest.event_api import Item, Outcome, parse
from bothends.world.ingest.inngest import Inngest
from bothends.world.ingest.table import INGESTS

__all__ = ["INGESTS", "Inngest", "Item", "Outcome", "parse"]
