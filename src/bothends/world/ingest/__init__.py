"""Where events go: one file for each kind of ingest, and one line in `INGESTS`."""

from bothends.world.ingest.event_api import Item, Outcome, parse
from bothends.world.ingest.inngest import Inngest
from bothends.world.registry import Registry

INGESTS: Registry[type[Inngest]] = Registry("ingest kind", lambda ingest: ingest.kind, Inngest)

__all__ = ["INGESTS", "Inngest", "Item", "Outcome", "parse"]
