"""Makes the generated cases of a contract, by Schemathesis: those of its coverage phase, and fuzzed ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.judging import coverage_cases, fuzz_cases
from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge
from bothends.cases.fuzzing.unmade import UnmadeError, not_made
from bothends.contract.requests import effect
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.fuzzing.judging import Mode
    from bothends.contract import Contract, Operation
    from bothends.records import Case, NotProven


def cases_of(contract: Contract, seed: int, count: int) -> Iterator[Case]:
    """Yield the generated cases of a contract, distinct for each operation.

    Args:
        contract: The contract.
        seed: What they follow from.
        count: Fuzzed cases in all, at most: shared between the operations, half valid and half not.

    Raises:
        ContractError: Schemathesis can't load the spec.
        UnmadeError: When all are yielded that Schemathesis can make: there are others.
    """
    playable = (operation for operation in contract.operations if not operation.security.unplayable)
    operations = sorted(playable, key=lambda operation: effect(operation.method))
    if not operations:
        return
    making = _Making(contract, seed, count // len(operations))
    for operation in operations:
        yield from making.of(operation, making.covering(operation))
    for operation in operations:
        yield from making.of(operation, making.fuzzed(operation))
    if making.unmade:
        raise UnmadeError(tuple(making.unmade.values()))


class _Making:
    """What the cases of all operations have in common.

    Attributes:
        unmade: What Schemathesis can't make, by the operation's ID.
    """

    def __init__(self, contract: Contract, seed: int, share: int) -> None:
        self.unmade: dict[str, NotProven] = {}
        self._bridge = SchemathesisBridge(contract)
        self._several = len(contract.operations) > 1
        self._seed, self._share = seed, share  # the share: fuzzed cases of each operation, at most
        self._exclude: dict[str, set[int]] = {operation.id: set() for operation in contract.operations}

    def covering(self, operation: Operation) -> Iterator[Case]:
        """Yield the cases of the coverage phase."""
        return coverage_cases(self._bridge, operation, exclude=self._exclude[operation.id])

    def fuzzed(self, operation: Operation) -> Iterator[Case]:
        """Yield the fuzzed cases, half valid and half not."""
        share, excluded = self._share, self._exclude[operation.id]
        counts: dict[Mode, int] = {"valid": share - share // 2, "invalid": share // 2}
        for mode, count in counts.items():
            yield from fuzz_cases(self._bridge, operation, seed=self._seed, exclude=excluded, count=count, mode=mode)

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
