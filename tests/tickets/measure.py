"""What bothends says of the bugs of `examples/tickets`; `make tickets`.

    python -m tests.tickets.measure [--only 'python/key-*'] [--jobs 2] [--again missed] [--every 10] [--page]

The page is `docs/tickets.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bank.bank import ROOT
from tests.bank.series import Peer, Series
from tests.tickets.bank import EXAMPLE, LANGUAGES, all_bugs, plant

HEAD = """\
# The bugs of `examples/tickets`

[`examples/tickets`](../examples/tickets/README.md) is a service that keeps its promises across kills: an outbox,
webhooks in order with a version, conditional changes, pages, and keys that survive; in Python and in Node.js. Each row
is that service with one bug. `make tickets` tries the bugs and writes this page.

- **bothends**: `bothends verify --profile quick --seed 1`, until a law is broken that the bank names for the bug: in
  bold. Findings are not examined. A good request that is answered 504 is the busy machine's, and counts for nothing.
- *Not proven* is what each run says of this service, with a bug or without: it names the promises that no run plays
  yet. Where a bug breaks one of these alone, its row says which.
- The runs had two busy cores: there, an event that never comes may be *not proven* to be lost, as it may be late.
- **st run** is not tried yet.
"""
SERIES = Series(
    name="tickets",
    example=EXAMPLE,
    languages=LANGUAGES,
    profiles=("quick",),
    bugs=all_bugs,
    plant=plant,
    peer=Peer("key", "api_key", "openTicket", {"title": "The bell", "text": "It does not ring."}, "X-Api-Key"),
    head=HEAD,
    late=True,
    outcomes=Path(__file__).parent / "outcomes.jsonl",
    page=ROOT / "docs" / "tickets.md",
)

if __name__ == "__main__":
    sys.exit(SERIES.main(__doc__ or ""))
