"""`fuzz-valid` and `fuzz-invalid`: distinct cases drawn from Schemathesis' strategies."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from bothends.cases.generated.digests import digest
from bothends.cases.generated.drawing import drawn
from bothends.cases.generated.judging import judged
from bothends.cases.generated.names import FUZZ_INVALID, FUZZ_VALID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.generated.names import Mode
    from bothends.cases.generated.schemathesis_bridge import SchemathesisBridge
    from bothends.contract.model import Operation
    from bothends.records import Case

# A strategy that gives nothing new this many times in a row has no more to give: about three in four
# draws of this kind are repetitions, and 0.75 to the power of 300 is 10 to the power of -38.
_BARREN = 300


def fuzz_cases(  # noqa: PLR0913 -- each is a part of what makes the cases what they are
    bridge: SchemathesisBridge,
    operation: Operation,
    *,
    seed: int,
    count: int,
    mode: Mode,
    exclude: set[int],
) -> Iterator[Case]:
    """Yield distinct cases, the same for the same seed; fewer when the schema has no more to give.

    Args:
        bridge: The contract as Schemathesis sees it.
        operation: The operation.
        seed: The run's seed.
        count: How many, at most.
        mode: What Schemathesis is asked for.
        exclude: Digests of requests that are not to be made again; those that are made are added.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    family = FUZZ_VALID if mode == "valid" else FUZZ_INVALID
    made, barren = 0, 0
    for one in drawn(bridge, operation, positive=mode == "valid", seed=_seed(seed, operation.id, mode)):
        if made >= count or barren >= _BARREN:
            return
        mark = None if one is None else digest(one.request)
        if one is None or mark is None or mark in exclude:
            barren += 1
            continue
        exclude.add(mark)
        made, barren = made + 1, 0
        yield judged(operation, family, f"{made:04}", one)


def _seed(seed: int, operation: str, mode: str) -> int:
    return int.from_bytes(blake2b(f"{seed}/{operation}/{mode}".encode(), digest_size=8).digest(), "big")
