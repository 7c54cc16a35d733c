"""Where events go: one module for each kind of ingest, and one line in `INGESTS`."""

from bothends.world.ingests.base import Ingest, Item, Reception
from bothends.world.ingests.inngest import Inngest, Outcome, parse
from bothends.world.ingests.service import INGESTS, IngestStub
from bothends.world.ingests.webhook import Webhook

__all__ = ["INGESTS", "Ingest", "IngestStub", "Inngest", "Item", "Outcome", "Reception", "Webhook", "parse"]
