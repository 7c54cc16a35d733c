"""Runs mutants of the bank, and writes down what was found wrong with each; see `recorded.py`."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.engine import Options, Verification
from bothends.engine.events import BatchStarted, ExchangeJudged, InteractionVerified, ScenarioPlayed
from tests.bank.bank import mutants, plant
from tests.engine.recorded.recorded import FILE, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEED = 1
EXAMPLES = 150
"""Generated cases: few, as more of them tell nothing new of how findings are gathered."""


async def rows(verification: Verification) -> list[dict[str, Any]]:
    """Run, and return each exchange that broke a law."""
    found = []
    only = ""
    async for event in verification.events():
        match event:
            case BatchStarted():
                only = ""
            case InteractionVerified() | ScenarioPlayed():
                only = event.case.label
                found += [row(breach.exchange, [breach], only) for breach in event.breaches]
            case ExchangeJudged(exchange, breaches) if breaches:
                found.append(row(exchange, breaches, only))
            case _:
                pass
    return found


def distinct(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one of the rows that differ in no more than their number, and which case of a family it was."""
    kept: dict[str, dict[str, Any]] = {}
    for one in found:
        alike = {**one, "number": one["number"] is None, "case": one.get("case", "").partition("/")[0]}
        alike["given"] = sorted({" ".join(given.split()[:2]) for given in one.get("given", ())})
        alike["broken"] = [[law, severity, cause] for law, severity, cause, _ in one["broken"]]
        kept.setdefault(json.dumps(alike), one)
    return list(kept.values())


def main(names: Sequence[str]) -> None:
    """Write down what is found wrong with the mutants of these names, `TARGET/NAME` each."""
    lines = {json.loads(line)["mutant"]: line for line in FILE.read_text(encoding="utf-8").splitlines()}
    for name in names:
        target, _, short = name.partition("/")
        mutant = next(m for m in mutants(target) if m.name == short)
        with tempfile.TemporaryDirectory() as folder:
            options = Options(plant(mutant, Path(folder)), seed=SEED, max_examples=EXAMPLES, examine=False)
            found = distinct(asyncio.run(rows(Verification(options))))
        lines[name] = json.dumps({"mutant": name, "area": mutant.area, "rows": found}, ensure_ascii=False)
    FILE.write_text("".join(f"{lines[name]}\n" for name in sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
