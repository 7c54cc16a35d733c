"""What bothends says of the bugs of `examples/fastapi`, and the page of it; `make expenses`.

    python -m tests.expenses.measure [--only PATTERN] [--jobs 2]

Without a pattern, the page `docs/expenses.md` is written.
"""

from __future__ import annotations

import argparse
import fnmatch
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.bank.trial import this_bothends
from tests.expenses.bank import ROOT, Bug, Found, all_bugs, copied, planted, verified

PAGE = ROOT / "docs" / "expenses.md"
HEAD = """\
# The bugs of `examples/fastapi`

[`examples/fastapi`](../examples/fastapi/README.md) is a service on FastAPI with strict models, uploads, conditional
requests, pages and signed webhooks. `bothends init` and {lines} lines by hand make its contract. Each row is that
service with one bug. `make expenses` tries the bugs and writes this page.

{told}

| bug | what it does | cases | law | cause | seconds |
|---|---|---|---|---|---|
"""


def main() -> int:
    """Try the bugs, and the example as it is; write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="*", help="the names of bugs, with * and ?")
    parser.add_argument("--jobs", type=int, default=1, help="bugs at a time")
    asked = parser.parse_args()
    rows: list[tuple[Bug, Found, float]] = []
    chosen = [bug for bug in all_bugs() if fnmatch.fnmatch(bug.name, asked.only)]
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
        for row in pool.map(tried, chosen):
            rows.append(row)
            bug, found, _ = row
            told = ", ".join(found.laws) or "nothing"
            print(f"{bug.name}: {told}{'' if bug.law in found.laws else ', NOT ' + bug.law}", flush=True)  # noqa: T201
    missed = [bug.name for bug, found, _ in rows if bug.law not in found.laws]
    if asked.only == "*":
        with tempfile.TemporaryDirectory(prefix="bothends-expenses-") as folder:
            right = verified(copied(Path(folder)))
        PAGE.write_text(page(rows, right), "utf-8")
    return 1 if missed else 0


def tried(bug: Bug) -> tuple[Bug, Found, float]:
    """Return what bothends says of a bug, and after how many seconds."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bothends-expenses-") as folder:
        found = verified(planted(bug, Path(folder)), bug.only)
    return bug, found, time.monotonic() - began


def page(rows: list[tuple[Bug, Found, float]], right: Found) -> str:
    """Return the page."""
    named = sum(bug.law in found.laws for bug, found, _ in rows)
    today = datetime.now(UTC).date().isoformat()
    last = right.text.strip().splitlines()[-1]
    told = f"{named} of {len(rows)} bugs are named by the law of their row ({this_bothends()}, {today}; seed 1, quick)."
    names = ("bothends.toml", "promises.overlay.yaml", "known-findings.toml")
    texts = [(ROOT / "examples" / "fastapi" / name).read_text("utf-8") for name in names]
    lines = sum(bool(line.strip()) and not line.startswith("#") for text in texts for line in text.splitlines())
    head = HEAD.format(told=f"{told} Of the service as it is, a whole run says: {last}.", lines=lines)
    return head + "".join(
        f"| {bug.name} | {bug.about} | `{bug.only}` | {bug.law if bug.law in found.laws else missing(found)}"
        f" | {cell(found.laws.get(bug.law, ''))} | {seconds:.0f} |\n"
        for bug, found, seconds in rows
    )


def missing(found: Found) -> str:
    """Return why a bug is not found."""
    return "not proven: the machine was too busy" if found.busy else "not found"


def cell(text: str) -> str:
    """Return a text as it stands in a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
