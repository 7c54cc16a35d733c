"""What bothends and `st run` say of the bugs of `examples/checkout`; `make checkout`, `make checkout-beside`.

    python -m tests.checkout.measure [--only 'python/key-*'] [--jobs 2] [--again missed] [--every 10] [--peer | --page]

The page is `docs/checkout.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bank.bank import ROOT
from tests.bank.series import Peer, Series
from tests.checkout.bank import EXAMPLE, LANGUAGES, all_bugs, plant

HEAD = """\
# The bugs of `examples/checkout`

[`examples/checkout`](../examples/checkout/README.md) is a service with objects that are used up, callers who are named,
idempotency keys, conditional changes and webhooks, in Python and in Node.js. Each row is that service with one bug.
`make checkout` tries the bugs and writes this page.

- **bothends**: `bothends verify --seed 1`, until a law is broken that the bank names for the bug: in bold. It is tried
  with the quick profile, and with the default one where that does not name it; the seconds are those of both, and the
  exchanges those of the last. Findings are not examined. A good request that is answered 504 is the busy machine's,
  and counts for nothing: no bug here shows in that way.
- **st run** (`make checkout-beside`): Schemathesis with the same document and its links, as
  [its guide](https://schemathesis.readthedocs.io/en/stable/guides/benchmarking/) says that it is measured: `--max-time`
  as long as a whole run of bothends takes with the profile of the row, `--continue-on-failure`, `--no-shrink`,
  `--suppress-health-check all`, all phases, a platform's name, and a working registry around the target. Any failure
  counts that it does not tell of the service without a bug, in either language, with the same time, and with the same
  title at the same operation.
"""
SERIES = Series(
    name="checkout",
    example=EXAMPLE,
    languages=LANGUAGES,
    profiles=("quick", "default"),
    bugs=lambda: tuple(bug.mutant for bug in all_bugs()),
    plant=plant,
    peer=Peer("platform", "api_key", "createCart", {"sku": "lamp", "quantity": 1}, "X-Platform"),
    head=HEAD,
    late=True,
    outcomes=Path(__file__).parent / "outcomes.jsonl",
    page=ROOT / "docs" / "checkout.md",
)

if __name__ == "__main__":
    sys.exit(SERIES.main(__doc__ or ""))
