"""Makes the generated cases of a contract, by Schemathesis: those of its coverage phase, and fuzzed ones."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.forked import forked
from bothends.cases.fuzzing.judging import coverage_cases, fuzz_cases, fuzz_draws
from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge
from bothends.cases.fuzzing.unmade import UnmadeError, not_made
from bothends.contract.known_ids import effect
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.fuzzing.schemathesis_bridge import Made
    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, NotProven

_WORTH_A_FORK = 50
"""Cases; to draw so many takes a tenth of a second."""


def cases_of(contract: Contract, seed: int, count: int, *, forking: bool = False) -> Iterator[Case]:
    """Yield the generated cases of a contract, distinct for each operation.

    Args:
        contract: The contract.
        seed: What they follow from.
        count: Fuzzed cases in all, at most: shared between the operations, half valid and half not.
        forking: Whether forks of this process draw some of them at the same time: it has no thread and no event loop.

    Raises:
        ContractError: Schemathesis can't load the spec.
        UnmadeError: When all are yielded that Schemathesis can make: there are others.
    """
    playable = (operation for operation in contract.operations if not operation.security.unplayable)
    operations = sorted(playable, key=lambda operation: effect(operation.method))
    if not operations:
        return
    share = count // len(operations)
    making = _Making(contract, seed, share, fork=forking and share // 2 >= _WORTH_A_FORK)
    with ExitStack() as ahead:
        begun = ahead.enter_context(making.begun(operations[0]))
        for operation in operations:
            yield from making.of(operation, making.covering(operation))
        for operation in operations:
            with making.begun(operation) if begun is None else nullcontext(begun) as wrong:
                yield from making.of(operation, making.fuzzed(operation, wrong))
            begun = None
    if making.unmade:
        raise UnmadeError(tuple(making.unmade.values()))


class _Making:
    """What the cases of all operations have in common.

    Attributes:
        unmade: What Schemathesis can't make, by the operation's ID.
    """

    def __init__(self, contract: Contract, seed: int, share: int, *, fork: bool) -> None:
        """Load the spec.

        Args:
            contract: The contract.
            seed: What the cases follow from.
            share: Fuzzed cases of each operation, at most.
            fork: Whether to draw the wrong ones in a fork.
        """
        self.unmade: dict[str, NotProven] = {}
        self._bridge = SchemathesisBridge(contract)
        self._several = len(contract.operations) > 1
        self._seed, self._share, self._fork = seed, share, fork
        self._exclude: dict[str, set[int]] = {operation.id: set() for operation in contract.operations}

    def begun(self, operation: Operation) -> AbstractContextManager[Iterator[Made | None] | None]:
        """Return what draws the wrong cases of an operation in a fork, from its entry on; where none is used, None."""
        draw = partial(fuzz_draws, self._bridge, operation, seed=self._seed, mode="invalid")
        return forked(draw, self._share // 2) if self._fork else nullcontext()

    def covering(self, operation: Operation) -> Iterator[Case]:
        """Yield the cases of the coverage phase."""
        return coverage_cases(self._bridge, operation, exclude=self._exclude[operation.id])

    def fuzzed(self, operation: Operation, wrong: Iterator[Made | None] | None) -> Iterator[Case]:
        """Yield the fuzzed cases, half valid and half not.

        Args:
            operation: The operation.
            wrong: What is drawn elsewhere of those that are not; None: nothing.
        """
        draw = partial(fuzz_cases, self._bridge, operation, seed=self._seed, exclude=self._exclude[operation.id])
        yield from draw(count=self._share - self._share // 2, mode="valid")
        yield from draw(count=self._share // 2, mode="invalid", draws=wrong)

    def of(self, operation: Operation, cases: Iterator[Case]) -> Iterator[Case]:
        """Yield cases of an operation, with names that are unique among the operations.

        Where Schemathesis can't make them that is noted, once, and no more of them are made.
        """
        if operation.id in self.unmade:
            return
        try:
            for case in cases:
                yield replace(case, name=f"{operation.id}.{case.name}") if self._several else case
        except ContractError as error:
            why = f"{error.problem.partition(chr(10))[0]}."
            self.unmade[operation.id] = not_made(f"generated requests of {operation.id}", why, str(error.where))
