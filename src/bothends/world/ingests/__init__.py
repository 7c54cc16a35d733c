"""Where events go: one module for each kind of ingest, which registers itself."""

from bothends.world.ingests.base import Ingest, Item, Reception
from bothends.world.ingests.service import IngestStub

__all__ = ["Ingest", "IngestStub", "Item", "Reception"]
