"""Where events go: one file for each kind of ingest, and one line in `table.py`."""

from bothends.world.ingest.event_api import Outcome, parse
from bothends.world.ingest.inngest import Inngest
from bothends.world.ingest.kind import Ingest, Item, Reception
from bothends.world.ingest.station import IngestStation
from bothends.world.ingest.table import INGESTS
from bothends.world.ingest.webhook import Webhook

__all__ = ["INGESTS", "Ingest", "IngestStation", "Inngest", "Item", "Outcome", "Reception", "Webhook", "parse"]
