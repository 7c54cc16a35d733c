"""`python -m bothends.soak hub` and `… companion`: processes beside those of the tool that sends."""

from __future__ import annotations

import asyncio
import sys

from bothends.soak.companion import run_companion
from bothends.soak.hub import run_hub

asyncio.run({"hub": run_hub, "companion": run_companion}[sys.argv[1]]())
