"""How many lanes a run has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bothends.engine.testbed import copies_apart, target_settings
from bothends.errors import ContractError

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine import Options

MOST = 16
"""Lanes at most: each has a target, a world and a process of bothends."""

UNASKED = 4
"""Lanes at most where nobody asks for a number: from then on, little is gained."""


_ONE = "one process of the target at a time: [target] has no `isolated = true`"
_PORTS = "one world at a time: the settings name ports"


def lanes_of(contract: Contract, options: Options, asked: int | None) -> int:
    """Return how many lanes a run has; `asked` is the number that the caller asks for, if any.

    There are several only where the settings say `isolated = true`: copies of the target share nothing. Where nobody
    asks for a number, whole runs have a lane more than there are cores then, and quick ones two more, four at most:
    they wait more than they work. With a single core, there is one.

    Too many are a `ContractError`, and several where the target is not launched, or the run is to stop at the first
    error.
    """
    settings = target_settings(contract, options)
    apart = copies_apart(contract, settings)
    if asked is not None:
        if asked > 1:
            _check_several(options, asked, launched=settings.url is None)
        return asked if apart else 1
    alone = settings.url is not None or options.fail_fast or options.only is not None or options.shard is not None
    cores = os.cpu_count() or 1
    more = 2 if options.profile == "quick" else 1
    return min(cores + more, UNASKED) if apart and cores > 1 and not alone else 1


def why_one(contract: Contract, options: Options, asked: int | None) -> str:
    """Return why a run has one lane although the caller asks for several, for its summary; empty: it does not."""
    settings = target_settings(contract, options)
    if asked is None or asked == 1 or copies_apart(contract, settings):
        return ""
    return f"lanes: --lanes {asked} is asked for, and the run has one lane: {_PORTS if settings.isolated else _ONE}."


def _check_several(options: Options, asked: int, *, launched: bool) -> None:
    """Check that a run may have several lanes.

    Raises:
        ContractError: It may not, or not so many.
    """
    if asked > MOST:
        problem = f"--lanes {asked}: each lane has a target, a world and a process of bothends."
        raise ContractError(problem, expected=f"{MOST} at most")
    if not launched:
        raise ContractError(
            "--lanes needs a target that bothends launches: a running one is one.",
            expected="[target] command, or --command",
            advice="Leave out --lanes.",
        )
    if options.fail_fast:
        problem = "--fail-fast stops at the first error, and which lane finds one first is chance."
        raise ContractError(problem, expected="--fail-fast, or --lanes")
