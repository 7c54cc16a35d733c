"""The reference with a circuit breaker: it opens after two events in a row that the ingest did not take.

Word: for how long, seconds; a tenth of one without.
"""

import sys
import time
from typing import Any

from reference.app import main
from reference.contract import DeclaredError
from reference.upstreams import Upstreams

FAILURES = 2
SECONDS = float(sys.argv[1]) if sys.argv[1:] else 0.1
sys.argv[1:] = []

send = Upstreams.send
failures = 0
opened = 0.0


async def send_unless_open(self: Upstreams, event: dict[str, Any]) -> None:
    """Send nothing for a while after two failures in a row."""
    global failures, opened  # noqa: PLW0603 -- a target of one process
    if failures >= FAILURES and time.monotonic() < opened + SECONDS:
        raise DeclaredError("upstream-unreachable", "the circuit is open")
    try:
        await send(self, event)
    except DeclaredError:
        failures += 1
        opened = time.monotonic()
        raise
    failures = 0


Upstreams.send = send_unless_open  # type: ignore[method-assign]
main()
