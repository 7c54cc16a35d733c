"""How many lanes a run has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bothends.engine.testbed import target_settings
from bothends.errors import ContractError
from bothends.launch.environment import LANE, LANE_FOLDER, templates_of

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine import Options

MOST = 16
"""Lanes at most: each has a target, a world and a process of bothends."""

UNASKED = 4
"""Lanes at most where nobody asks for a number: from then on, little is gained."""


def lanes_of(contract: Contract, options: Options, asked: int | None) -> int:
    """Return how many lanes a run has.

    Where nobody asks for a number, whole runs of targets whose copies are apart have a lane more than there are cores,
    and quick ones two more, four at most: they wait more than they work. Copies are apart by `isolated = true`, or if
    their command, folder or environment names the lane. With a single core, there is one.

    Args:
        contract: The contract.
        options: What the caller chose.
        asked: For how many lanes the caller asks; None: for no number.

    Raises:
        ContractError: Too many are asked for; or several, and the target is not launched, or the run is to stop at the
            first error.
    """
    settings = target_settings(contract, options)
    if asked is not None and asked > MOST:
        problem = f"--lanes {asked}: each lane has a target, a world and a process of bothends."
        raise ContractError(problem, expected=f"{MOST} at most")
    if asked is not None and asked > 1:
        if settings.url is not None:
            raise ContractError(
                "--lanes needs a target that bothends launches: a running one is one.",
                expected="[target] command, or --command",
                advice="Leave out --lanes.",
            )
        if options.fail_fast:
            problem = "--fail-fast stops at the first error, and which lane finds one first is chance."
            raise ContractError(problem, expected="--fail-fast, or --lanes")
    if asked is not None:
        return asked
    names = (f"{{{LANE}}}", f"{{{LANE_FOLDER}}}")
    apart = settings.isolated or any(name in text for text in templates_of(settings) for name in names)
    alone = settings.url is not None or options.fail_fast or options.only is not None or options.shard is not None
    cores = os.cpu_count() or 1
    more = 2 if options.profile == "quick" else 1
    return min(cores + more, UNASKED) if apart and cores > 1 and not alone else 1
