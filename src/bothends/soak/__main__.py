"""`python -m bothends.soak hub` and `… companion`: processes beside those of the tool that sends."""

from __future__ import annotations

import asyncio
import signal
import sys

from bothends.soak.companion import run_companion
from bothends.soak.hub import run_hub

# Ctrl-C is the sender's to take: it ends the soak, and waits for the verdict. A handler, which no target inherits.
signal.signal(signal.SIGINT, lambda *_: None)
asyncio.run({"hub": run_hub, "companion": run_companion}[sys.argv[1]]())
