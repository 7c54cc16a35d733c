"""The table of scenarios. Each is one line here."""

from bothends.engine.lifecycle import sigkill, sigterm, starting
from bothends.engine.lifecycle.act import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    sigterm.INGEST,
    sigterm.UPSTREAM,
    sigterm.ACKNOWLEDGED,
    sigterm.TWICE,
    sigterm.STUCK,
    sigterm.NEWCOMERS,
    sigterm.GONE,
    sigterm.IDLE,
    sigkill.STORED,
    sigkill.ANSWERED,
    starting.EARLY,
    starting.INGEST_DOWN,
    starting.UPSTREAM_DOWN,
    starting.NO_SECRET,
    starting.NO_KEY,
    starting.ELSEWHERE,
)

QUICK: tuple[Scenario, ...] = (sigterm.IDLE,)
"""What a quick run plays."""
