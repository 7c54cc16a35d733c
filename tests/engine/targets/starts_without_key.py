"""The reference, but it starts without an event key: the ingest refuses what it sends, and so does it."""

import os

from reference.app import main

os.environ["INNGEST_EVENT_KEY"] = os.environ.get("INNGEST_EVENT_KEY") or "none"
main()
