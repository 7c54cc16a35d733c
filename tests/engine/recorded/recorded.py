"""What whole runs found wrong with mutants of the bank: written down once, small, and read again as breaches.

    python -m tests.engine.recorded.record hardened/fails-open node/ts-in-seconds

makes a line of `breaches.jsonl` anew for each mutant. Of exchanges that differ in nothing that findings are told
apart by, one is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.engine.play.batches import Batch
from bothends.laws.law import FindingContext, law_of
from bothends.records import Breach, Case, Cause, Exchange, Expectation, NoAnswer, Request, Severity
from tests.in_words import conditions
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).parent / "breaches.jsonl"


@dataclass(frozen=True)
class Recorded:
    """What was found wrong with one mutant.

    Attributes:
        mutant: `TARGET/NAME` in the bank.
        area: What its bug is about.
        rows: One for each exchange that is kept, in order.
    """

    mutant: str
    area: str
    rows: tuple[dict[str, Any], ...]

    def breaches(self) -> list[tuple[Breach, str]]:
        """Return the breaches, each with what `--only` would be told to see it again."""
        return [(breach, row["only"]) for row in self.rows for breach in _breaches(row)]


def read() -> dict[str, Recorded]:
    """Return all that is written down, by mutant."""
    lines = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    return {line["mutant"]: Recorded(line["mutant"], line["area"], tuple(line["rows"])) for line in lines}


def row(exchange: Exchange | None, breaches: Iterable[Breach], only: str) -> dict[str, Any]:
    """Return an exchange, with what it broke, as JSON."""
    told = [[b.law, b.severity.value, list(b.cause.fields), b.summary[:80]] for b in breaches]
    if exchange is None:
        return {"only": only, "number": None, "broken": told}
    case = exchange.case
    return {
        "only": only,
        "number": exchange.number,
        "case": case.label,
        "given": list(sentences(case.given)),
        "right": sorted(map(int, case.expect.statuses)),
        "any": case.expect.any_answer,
        "refused": case.expect.refused,
        "answer": getattr(exchange.answer, "status", None) or getattr(exchange.answer, "kind", ""),
        "manner": case.behaviour,
        "broken": told,
    }


def batch_of(breach: Breach) -> Batch:
    """Return the batch of a breach's case alone."""
    return Batch((), () if breach.exchange is None else (breach.exchange.case,))


def finding_context() -> FindingContext:
    """Return the terrain of the contract that the mutants are of."""
    return FindingContext.of(kept.contract())


def _breaches(one: dict[str, Any]) -> list[Breach]:
    exchange = None if one["number"] is None else _exchange(one)
    found = [
        Breach(law, Severity(severity), Cause(*cause), summary, "this", "that", exchange)
        for law, severity, cause, summary in one["broken"]
    ]
    if exchange is None or not exchange.case.of_the_world:
        return found  # its request and its answer are not written down, and say all else
    return [replace(each, variety=law_of(each.law).variety(exchange, kept.law_context())) for each in found]


def _exchange(one: dict[str, Any]) -> Exchange:
    family, _, name = one["case"].partition("/")
    expect = Expectation(frozenset(one["right"]), refused=one["refused"], any_answer=one["any"])
    request = Request("POST", "/api/route", raw=b"raw" if one["manner"] else None)
    case = Case("postRoute", family, name, request, conditions(*one["given"]), expect, behaviour=one["manner"])
    answer = kept.answer(one["answer"]) if isinstance(one["answer"], int) else NoAnswer(one["answer"], "")
    return replace(kept.exchange(), number=one["number"], case=case, answer=answer)
