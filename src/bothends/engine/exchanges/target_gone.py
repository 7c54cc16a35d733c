"""Whether a target is still there for the rest of a run: it may have ended, answer no more, or get ever slower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import TargetError
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from bothends.engine.exchanges.pace import Pace
    from bothends.engine.exchanges.played import Played
    from bothends.engine.exchanges.timeouts import TimeoutBudget
    from bothends.launch import Target


def gone(played: Played, target: Target) -> TargetError | None:
    """Return what says that a target has gone since a batch was played; None: it has not."""
    code = target.died()
    if code is not None:
        last = ", ".join(played.batch.families)
        return TargetError(
            f"The target exited with code {code} during {last}.",
            advice="See its log, target.log in the state folder",
        )
    answers = [exchange.answer for exchange in played.attributed.exchanges]
    if answers and all(isinstance(a, NoAnswer) and a.kind == "refused" for a in answers):
        return TargetError(
            f"The target at {target.base_url} no longer accepts connections.",
            advice="Check whether it is still running, and its log",
        )
    return None


def answers_no_more(timeout_budget: TimeoutBudget, time_limit: float) -> TargetError:
    """Return what says that a target was waited for long enough.

    Args:
        timeout_budget: What is left of it.
        time_limit: How long an answer was waited for, seconds.
    """
    waits = (
        f"{timeout_budget.in_row} times in a row" if timeout_budget.tired else f"{timeout_budget.in_all} times in all"
    )
    return TargetError(
        f"The target does not answer: {waits}, no answer came within {time_limit:g} s.",
        advice="The rest of the run was skipped; check what the target waits for",
    )


def gets_slower(pace: Pace, now: float, exchanges: int) -> TargetError:
    """Return what says that a target gets slower.

    Args:
        pace: What a good request took.
        now: What it takes of late, seconds.
        exchanges: How many requests the run has made.
    """
    return TargetError(
        f"The target gets slower: a good request took {pace.fastest * 1000:.0f} ms at first, and takes "
        f"{now:.1f} s after {exchanges:,} requests.",
        advice="The rest of the run was skipped; look for what grows in the target with each request",
    )
