"""Who calls whom, as far as it was seen: which operation calls which upstream, and sends which event."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bothends.records import count_of
from bothends.scaffold.observation import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Contract, Operation
    from bothends.scaffold.observation import Observations, Seen

_LEAST = 2
"""Successes of an operation, from which on it is said what it does not call."""


def callings(contract: Contract, found: Observations) -> list[str]:
    """Return, a line for each operation, what its successes called and sent; none where nothing can be called.

    Args:
        contract: The contract.
        found: What was seen.
    """
    world = contract.settings.world
    if not (world.upstreams or world.ingests):
        return []
    lines: list[str] = []
    idle: list[str] = []
    for operation in contract.operations:
        seen = [each for each in found.seen.get(operation.id, ()) if each.family == SUCCESS and each.exchange.succeeded]
        told = [*_calls(seen), *_events(operation, seen)]
        if told:
            lines.append(f"{operation.id}, in {_successes(seen)}: {'; '.join(told)}")
        elif len(seen) >= _LEAST:
            idle.append(f"{operation.id} ({len(seen)})")
    if idle:
        lines.append(f"no call and no event in the successes of {', '.join(idle)}")
    return lines


def _successes(seen: Sequence[Seen]) -> str:
    return f"{len(seen)} {'success' if len(seen) == 1 else 'successes'}"


def _calls(seen: Sequence[Seen]) -> list[str]:
    counts = [Counter(call.upstream for call in each.exchange.calls) for each in seen]
    names = dict.fromkeys(name for each in counts for name in each)
    return [f"it called {name} {_often([each[name] for each in counts])}" for name in names]


def _events(operation: Operation, seen: Sequence[Seen]) -> list[str]:
    declared = {event.name for event in operation.events}
    counts = [
        Counter(
            (event.callback if event.callback in declared else "", event.ingest) for event in each.exchange.deliveries
        )
        for each in seen
    ]
    names = dict.fromkeys(name for each in counts for name in each)
    return [
        f"it sent {callback or 'an event'} to {ingest} {_often([each[callback, ingest] for each in counts])}"
        for callback, ingest in names
    ]


def _often(counts: Sequence[int]) -> str:
    """Return how often something happened in each of some successes, for a person to read."""
    if len(set(counts)) == 1:
        return "once each" if counts[0] == 1 else f"{counts[0]} times each"
    some = sum(count > 0 for count in counts)
    most = max(counts)
    return f"in {some} of them" + (f", up to {count_of(most, 'time')}" if most > 1 else "")
