"""What no run of a contract can show, whatever it sees: what can't be used, or is not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases import upstreams_of
from bothends.contract.settings import INGEST_LINES
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def unwritten_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what was not sent to a target on another machine."""
    for operation in contract.operations:
        if operation.method not in {"GET", "HEAD"}:
            yield NotProven(
                operation.id,
                "It was not tested: it may change something, and the target is not on this machine.",
                where=str(contract.document.location(operation.pointer)),
                add="--allow-writes",
                weight=Weight.ANSWERS,
            )
    if contract.operations:
        yield NotProven(
            "other methods and broken requests",
            "They were not sent, and pacts were not verified: the target is not on this machine.",
            add="--allow-writes",
        )


def unusable_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what of the operations under test can't be used, each with why and where."""
    for each in contract.unusable:
        error = each.error
        advice = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
        yield NotProven(
            each.what,
            " ".join(filter(None, (f"It can't be used, and was left out. {error.problem}", advice))),
            where=str(error.where or ""),
            add="an overlay, or the document put right there",
            weight=Weight.EVENTS,
        )
    for each in contract.not_looked_at:
        yield NotProven(each.what, each.error.problem, where=str(each.error.where or ""), weight=Weight.ANSWERS)


def unwatched_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield that no event could arrive, in a run without settings: the target has no address of the world."""
    writes = any(operation.method not in _READING for operation in contract.operations)
    places = [each.error.where for each in contract.unusable]
    if any(where is not None and "/callbacks/" in where.pointer for where in places):
        return  # an event is declared, and comes first: it can't be used
    if writes and not contract.settings.world.ingests and not contract.settings.file.is_file():
        yield NotProven(
            "undeclared events",
            "The contract declares no event, and the settings have no ingest: an event that the target sends all the "
            "same was not seen.",
            add=INGEST_LINES,
            weight=Weight.EVENTS,
        )


def notes_on(contract: Contract) -> tuple[str, ...]:
    """Return what is to be told of a contract that changes no verdict: what is not under test, and harmless defects."""
    left_out, several = len(contract.left_out), len(contract.left_out) > 1
    told = [
        f"{left_out:,} other operation{'s' if several else ''} of the spec {'are' if several else 'is'} not under test."
    ]
    unknown = not contract.settings.knows_timeout and any(_waits(contract, each) for each in contract.operations)
    assumed = (
        f"how long the target waits for an upstream is not stated, so an answer after "
        f"{contract.settings.world.upstream_timeout_ms * 2:,} ms may come in time, or too late "
        "(add [world] upstream_timeout_ms = …)"
    )
    return (
        *(told if left_out else ()),
        *((assumed,) if unknown else ()),
        *(f"{each.error.where}: {each.error.problem}" for each in contract.defects),
    )


def _waits(contract: Contract, operation: Operation) -> bool:
    """Whether answers of an operation wait for a part of the world, as far as the contract says."""
    upstreams = contract.settings.world.upstreams
    return any(name in upstreams or operation.awaits(name) for name in upstreams_of(contract, operation))
