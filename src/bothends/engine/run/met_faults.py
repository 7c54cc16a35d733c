"""Chooses which faults are played at which operation: those that it can meet, and of all others one of each family.

Which operation calls which upstream is seen in good requests, which come after each fault. It chooses cases and
accuses nobody: what the contract says that an operation calls is played in any case, and so are the faults of those
that may call it for all that was seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.play import Batch, Scope, waiting_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Source
    from bothends.records import Case


class MetFaults:
    """The faults of upstreams that are played in one run, or in a part of it."""

    def __init__(self, contract: Contract, passes_by: Callable[[str, str], bool]) -> None:
        self._passes_by = passes_by  # whether an operation does without a part, as far as was seen
        self._upstreams = frozenset(contract.settings.world.upstreams)
        self._declared = {operation.id: frozenset(_named(operation)) for operation in contract.operations}
        self._tried: set[tuple[str, str, str]] = set()

    def chosen(self, batch: Batch) -> tuple[Batch | None, tuple[Case, ...]]:
        """Return what is played of a batch, and the cases that are not; None: nothing is."""
        if not batch.given or batch.about:
            return batch, ()
        if batch.together:
            chosen = [self.chosen(part) for part in batch.together]
            kept = tuple(own for own, _ in chosen if own is not None)
            over = tuple(case for _, left in chosen for case in left)
            if len(kept) == 1:  # nothing is beside it
                return replace(kept[0], scope=Scope.SERVICE), over
            return (waiting_together(kept) if kept else None), over
        over = tuple(case for case in batch.cases if self._is_in_vain(case))
        kept_cases = tuple(case for case in batch.cases if case not in over)
        return (replace(batch, cases=kept_cases) if kept_cases else None), over

    def _is_in_vain(self, case: Case) -> bool:
        """Return whether nothing is to be seen of the faults of a case that was not seen of its family before."""
        if case.again or case.behaviour or case.repeat > 1 or case.expect.refused:
            return False
        subjects = [condition.subject for condition in case.of_the_world]
        if any(one not in self._upstreams or one in self._declared[case.operation] for one in subjects):
            return False
        pairs = {(case.operation, case.family, one) for one in subjects}
        if not all(self._passes_by(case.operation, one) for one in subjects) or not pairs <= self._tried:
            self._tried |= pairs
            return False
        return True


def passed_over(batch: Batch, kept: Batch | None, cases: Sequence[Case]) -> Iterator[Batch]:
    """Yield the batches that would have been played of a batch beside what is: exchanges are numbered as if they were.

    Args:
        batch: The whole.
        kept: What is played of it; None: nothing.
        cases: The rest.
    """
    if batch.side_by_side:
        yield from (Batch(case.of_the_world, (case,)) for case in cases)
        return
    # A good request of each operation comes after the whole.
    beside = set[str]() if kept is None else {case.operation for case in kept.cases}
    for given, own in (((), True), (batch.given, False)):
        some = tuple(case for case in cases if (case.operation in beside) is own)
        if some:
            yield Batch(given, some)


def _named(operation: Operation) -> Iterator[str]:
    """Yield the upstreams that the contract says an operation calls: by `x-given`, and by `x-from`."""
    for answer in operation.answers:
        yield from (rule.upstream for rule in answer.family_rules if rule.upstream is not None)
        for walk in answer.walks.values():
            yield from _upstreams_of(walk.sources)
    for event in operation.events:
        yield from _upstreams_of(event.walk.sources)


def _upstreams_of(sources: tuple[Source, ...]) -> Iterator[str]:
    yield from (source.name for source in sources if source.kind == "upstream")
