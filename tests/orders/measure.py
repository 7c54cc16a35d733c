"""What bothends and `st run` say of the bugs of `examples/orders`; `make orders`, `make orders-beside`.

    python -m tests.orders.measure [--only node/key-ignored] [--jobs 2] [--again missed] [--every 10] [--peer | --page]

The page is `docs/orders.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bank.bank import ROOT
from tests.bank.series import Peer, Series
from tests.orders.bank import EXAMPLE, LANGUAGES, all_bugs, plant

HEAD = """\
# The bugs of `examples/orders`

[`examples/orders`](../examples/orders/README.md) is a service that sends webhooks, in Python and in Node.js. Each row
is that service with one bug, of a kind that released services have had. `make orders` tries the bugs and writes this
page.

- **bothends**: `bothends verify --profile quick --seed 1`, until a law is broken that the bank names for the bug: in
  bold. *Not caught* means that the run ends without an error.
- **st run** (`make orders-beside`): Schemathesis with the same document, as
  [its guide](https://schemathesis.readthedocs.io/en/stable/guides/benchmarking/) says that it is measured: `--max-time`
  as long as a whole run of bothends takes, `--continue-on-failure`, `--no-shrink`, `--suppress-health-check all`, all
  phases, a customer's token, and a working warehouse around the target. Any failure counts that it does not tell of the
  service without a bug, in either language, with the same title at the same operation.
"""
SERIES = Series(
    name="orders",
    example=EXAMPLE,
    languages=LANGUAGES,
    profiles=("quick",),
    bugs=all_bugs,
    plant=plant,
    peer=Peer("bearer", "bearer", "placeOrder", {"sku": "lamp", "quantity": 1, "price": 1}, "Authorization"),
    head=HEAD,
    late=False,
    outcomes=Path(__file__).parent / "outcomes.jsonl",
    page=ROOT / "docs" / "orders.md",
)

if __name__ == "__main__":
    sys.exit(SERIES.main(__doc__ or ""))
