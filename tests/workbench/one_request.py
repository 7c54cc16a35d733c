"""Makes one request while an upstream takes its time, and says how it was answered and which laws are broken.

`python -m tests.workbench.one_request SETTINGS`
"""

from __future__ import annotations

import json
import sys

from bothends.records import Answer
from bothends.workbench import Workbench


def main() -> None:
    """Say `begins` before that, and what came of it afterwards."""
    with Workbench(sys.argv[1]) as bench, bench.given("the settings answers after 500 ms"):
        print("begins", flush=True)  # noqa: T201 -- who has started it waits for that
        exchange = bench.post()
        status = exchange.answer.status if isinstance(exchange.answer, Answer) else None
        laws = [breach.law for breach in bench.check(exchange)]
        print(json.dumps([status, laws]), flush=True)  # noqa: T201 -- likewise


if __name__ == "__main__":
    main()
