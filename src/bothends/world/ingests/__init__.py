"""Where events go: one module for each kind of ingest, which registers itself."""

from bothends.world.ingests.base import INGESTS, Ingest, Item, Reception
from bothends.world.ingests.inngest import Inngest, Outcome, parse
from bothends.world.ingests.service import IngestStub
from bothends.world.ingests.webhook import Webhook

__all__ = ["INGESTS", "Ingest", "IngestStub", "Inngest", "Item", "Outcome", "Reception", "Webhook", "parse"]
