"""What bothends and `st run` find of the bugs of `examples/orders`; `make orders`.

    python -m tests.orders.measure [--only node/key-ignored] [--jobs 2] [--again] [--alone | --peer] [--page]

Each bug is tried with the quick profile until one of the laws is broken that its row names, or to the end; and once
with `st run`, while a well world is around the target. What is known still is not tried again. The page is
`docs/orders.md`.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, BankError, Mutant, expects
from tests.bank.trial import PARTS, digest, now, run, share_cases, this_bothends
from tests.orders.bank import EXAMPLE, LANGUAGES, all_bugs, plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OUTCOMES = ROOT / "tests" / "orders" / "outcomes.jsonl"
PAGE = ROOT / "docs" / "orders.md"
PROFILE = "quick"
SECONDS = 400.0
PEER_SECONDS = 700.0
"""How long a try with `st run` may take, with all that it starts: more than that has for itself."""
WRITING = threading.Lock()
RIGHT = "as-it-is"
"""The name of the target without a bug, which `st run` may find fault with as well."""

HEAD = """\
# The bugs of `examples/orders`

[`examples/orders`](../examples/orders/README.md) is a service that sends webhooks, in Python and in Node.js. Each row
is that service with one bug, of a kind that released services have had. `make orders` tries the bugs and writes this
page.

- **bothends**: `bothends verify --profile quick --seed 1`, until a law is broken that the bank names for the bug: in
  bold. *Not caught* means that the run ends without an error.
- **st run**: Schemathesis alone with the same spec, a customer's token, all phases, and a working warehouse around the
  target. What it also says of the service without a bug is left out.
"""


def main() -> int:
    """Try what is not known, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="*", help="LANGUAGE/BUG, with * and ?")
    parser.add_argument("--again", action="store_true", help="try also what is known")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--alone", action="store_true", help="try with bothends alone")
    which.add_argument("--peer", action="store_true", help="try with `st run` alone")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    parser.add_argument("--jobs", type=int, default=1, help="bugs at a time")
    asked = parser.parse_args()
    known = read()
    chosen = [bug for bug in (*right(), *all_bugs()) if fnmatch.fnmatch(name(bug), asked.only)]
    if not asked.page:
        with ThreadPoolExecutor(asked.jobs) as pool:
            tried_each = pool.map(lambda bug: brought_up_to_date(bug, known, asked), chosen)
            for bug, found in zip(chosen, tried_each, strict=True):
                said = found.get("st", ()) if asked.peer else found["by"]
                print(f"{name(bug)}: {', '.join(said) or 'nothing'}", flush=True)  # noqa: T201 -- its report
    PAGE.write_text(page(known), encoding="utf-8")
    return 0


def brought_up_to_date(bug: Mutant, known: dict[str, dict[str, Any]], asked: argparse.Namespace) -> dict[str, Any]:
    """Try a bug where it must be; keep and return what is known of it."""
    found = dict(known.get(name(bug), {}))
    if not asked.peer and (asked.again or found.get("key") != key(bug)):
        found |= tried(bug)
        keep(known, bug, found)
    if not asked.alone and (asked.again or found.get("st_key") != key_of_peer(bug)):
        found |= {"st": by_schemathesis(bug), "st_key": key_of_peer(bug)}
        keep(known, bug, found)
    return found


def keep(known: dict[str, dict[str, Any]], bug: Mutant, found: dict[str, Any]) -> None:
    """Keep what is known of a bug: in memory, and in the file."""
    with WRITING:
        known[name(bug)] = dict(found)
        write(known)


def right() -> Iterator[Mutant]:
    """Yield the targets without a bug."""
    for language in LANGUAGES:
        yield Mutant(language, "orders", RIGHT, "Nothing is wrong.", "", laws=(), needs="", edits=())


def name(bug: Mutant) -> str:
    """Return how a bug is called here."""
    return f"{bug.target}/{bug.name}"


def key(bug: Mutant) -> str:
    """Return a digest of what an outcome depends on: the bug, the example and bothends."""
    parts = [EXAMPLE, *(ROOT / "src" / "bothends" / part for part in PARTS)]
    return digest(repr((bug.edits, bug.laws)), parts)[:16]


def key_of_peer(bug: Mutant) -> str:
    """Return a digest of what the outcome of `st run` depends on."""
    return digest(f"{version('schemathesis')} {bug.edits!r}", [EXAMPLE])[:16]


def tried(bug: Mutant) -> dict[str, Any]:
    """Return what bothends says of a bug.

    Raises:
        BankError: bothends itself failed.
    """
    began = time.monotonic()
    findings = by_bothends(bug)
    seconds = time.monotonic() - began
    errors = list(dict.fromkeys(each["law"] for each in findings if each["severity"] == "error"))
    # What no contract promises is a warning: it is told, though the run is not broken.
    told = list(dict.fromkeys(each["law"] for each in findings if expects(bug.laws, each["law"])))
    return {
        "key": key(bug),
        "by": errors or told,
        "named": bool(told),
        "warning": not errors and bool(told),
        "seconds": round(seconds, 1),
        "at": now()[:10],
        "tool": this_bothends(),
    }


def by_bothends(bug: Mutant, profile: str = PROFILE) -> list[dict[str, Any]]:
    """Return the findings of a run, which ends at the first error of a law that the row names.

    Raises:
        BankError: bothends itself failed.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-orders-") as folder:
        settings = plant(bug, Path(folder))
        share_cases(settings.parent)
        report = Path(folder) / "attempt.json"
        words = [str(settings), str(report), profile, str(SECONDS), *bug.laws]
        code, said = run([sys.executable, "-m", "tests.bank.attempt", *words], ROOT, SECONDS + 60)
        if code not in (0, None) or not report.exists():
            raise BankError(f"{name(bug)}: bothends ended with {code}: {said.strip()[-500:]}")
        found: list[dict[str, Any]] = json.loads(report.read_bytes())["findings"]
        return found


def by_schemathesis(bug: Mutant) -> list[str]:
    """Return what `st run` says of a bug."""
    with tempfile.TemporaryDirectory(prefix="bothends-orders-") as folder:
        settings = plant(bug, Path(folder))
        report = Path(folder) / "peer.json"
        code, said = run([sys.executable, "-m", "tests.orders.peer", str(settings), str(report)], ROOT, PEER_SECONDS)
        if code != 0 or not report.exists():
            raise BankError(f"{name(bug)}: st run ended with {code}: {said.strip()[-500:]}")
        found: list[str] = json.loads(report.read_bytes())["by"]
        return found


def read() -> dict[str, dict[str, Any]]:
    """Return what is known, by the names of the bugs."""
    lines = OUTCOMES.read_text(encoding="utf-8").splitlines() if OUTCOMES.exists() else []
    return {found.pop("bug"): found for found in map(json.loads, lines)}


def write(known: dict[str, dict[str, Any]]) -> None:
    """Keep what is known."""
    names = {name(bug) for bug in (*right(), *all_bugs())}
    lines = [json.dumps({"bug": one, **known[one]}) for one in sorted(known) if one in names]
    OUTCOMES.write_text("\n".join(lines) + "\n", encoding="utf-8")


def page(known: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    usual = {bug.target: set(known.get(name(bug), {}).get("st", ())) for bug in right()}
    rows = [(bug, known[name(bug)]) for bug in all_bugs() if name(bug) in known]
    caught = sum(bool(found["by"]) for _, found in rows)
    named = sum(found["named"] for _, found in rows)
    warned = sum(found.get("warning", False) for _, found in rows)
    by_st = sum(bool(set(found.get("st", ())) - usual[bug.target]) for bug, found in rows)
    asked = sum("st" in found for _, found in rows)
    told = (
        f"{len(rows)} of {len(all_bugs())} bugs were tried ({dates(found for _, found in rows)}; schemathesis"
        f" {version('schemathesis')}). bothends catches {caught}, {named} of them by a law that the bank names;"
        f" {warned} of these only by a warning."
        f" `st run` catches {by_st} of {asked}."
    )
    lines = [
        HEAD,
        told,
        "",
        "| bug | what it does | bothends | st run |",
        "|---|---|---|---|",
    ]
    for bug, found in rows:
        laws = ", ".join(f"**{law}**" if expects(bug.laws, law) else law for law in found["by"])
        st = ", ".join(sorted(set(found.get("st", ())) - usual[bug.target])) or ("no" if "st" in found else "not tried")
        laws += " (a warning)" if found.get("warning", False) else ""
        why = f"not caught. {bug.why_not}" if bug.why_not else "not caught"
        lines.append(f"| {name(bug)} | {bug.about} | {laws or why} | {st} |")
    return "\n".join(lines) + "\n"


def dates(found: Iterable[dict[str, Any]]) -> str:
    """Return with what and when outcomes were made."""
    return "; ".join(sorted({f"{one['tool']}, {one['at']}" for one in found}))


if __name__ == "__main__":
    sys.exit(main())
