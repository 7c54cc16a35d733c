"""Cases drawn from Schemathesis' strategies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import schemathesis

from bothends.cases.generated.drawing_spec import drawing_spec
from bothends.cases.generated.hypothesis_draws import REJECTED, draws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.generated.schemathesis_bridge import Made, SchemathesisBridge
    from bothends.contract.model import Operation

_TURN = 8  # each strategy is drawn from once in so many draws, however little it gives


@dataclass(slots=True)
class _Spring:
    """A strategy, and how much of what it gave was new."""

    values: Iterator[Any]
    draws: int = 0
    new: int = 0

    @property
    def yields(self) -> float:
        """The share of draws that gave something new; hopeful at first."""
        return (self.new + 1) / (self.draws + 1)


def drawn(bridge: SchemathesisBridge, operation: Operation, *, positive: bool, seed: int) -> Iterator[Made | None]:
    """Yield cases drawn for an operation, without end.

    Right cases come from two forms of the spec, mostly from the one that gives more that is new:
    see `drawing_spec`. Wrong cases come from the looser form alone: what breaks the tight form may
    be right by the spec.

    Args:
        bridge: The contract as Schemathesis sees it.
        operation: The operation.
        positive: Whether the cases are to be right.
        seed: The same seed yields the same cases.

    Yields:
        A case; None where a draw gave nothing new, or something of the other kind.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    mode = schemathesis.GenerationMode.POSITIVE if positive else schemathesis.GenerationMode.NEGATIVE
    seen: set[int] = set()
    with bridge.blaming(operation):
        springs = [
            _spring(bridge, operation, mode, seed, tight=tight) for tight in ((False, True) if positive else (False,))
        ]
        number = 0
        while True:
            number += 1
            spring = _turn(springs, number)
            case = next(spring.values)
            spring.draws += 1
            if case is REJECTED or case.meta.generation.mode is not mode:
                yield None
                continue
            key = bridge.key(case)  # told before it is serialised, which costs more
            if key in seen:
                yield None
                continue
            seen.add(key)
            spring.new += 1
            yield bridge.made(case)


def _spring(
    bridge: SchemathesisBridge, operation: Operation, mode: schemathesis.GenerationMode, seed: int, *, tight: bool
) -> _Spring:
    theirs = bridge.load(drawing_spec(bridge.document.value, tight=tight))[operation.path][operation.method]
    return _Spring(draws(theirs.as_strategy(generation_mode=mode), seed))


def _turn(springs: list[_Spring], number: int) -> _Spring:
    if number % _TURN < len(springs):
        return springs[number % _TURN]
    return max(springs, key=lambda spring: spring.yields)
