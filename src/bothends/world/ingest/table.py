"""The table of ingest kinds. Each is a file of its own; here is its one line."""

from bothends.world.ingest.inngest import Inngest
from bothends.world.ingest.kind import Ingest
from bothends.world.ingest.webhook import Webhook
from bothends.world.registry import Registry

INGESTS: Registry[type[Ingest]] = Registry("ingest kind", lambda ingest: ingest.kind, Inngest, Webhook)
