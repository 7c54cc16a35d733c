"""Whether a target is still there for the rest of a run: it may have ended, answer no more, or get ever slower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import TargetError
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.play.batches import Batch
    from bothends.engine.play.pace import Pace
    from bothends.engine.play.played import Played, Row
    from bothends.engine.play.timeouts import TimeoutBudget
    from bothends.launch import Target
    from bothends.records import Case


class TargetGoneError(TargetError):
    """A target is not there any more: it has ended, accepts no connection, or answers nothing.

    Attributes:
        suspects: The cases that may be the reason: those that were not answered.
        batch: What was played when it went; None: that is not known.
        probe: The good request that was not answered either; None: none was sent.
    """

    def __init__(self, problem: str, suspects: Sequence[Case], *, advice: str, batch: Batch | None = None) -> None:
        """Say how it is gone."""
        super().__init__(problem, advice=advice)
        self.suspects = tuple(suspects)
        self.batch = batch
        self.probe: Played | None = None


def gone(played: Played, target: Target) -> TargetGoneError | None:
    """Return what says that a target has gone since a batch was played; None: it has not."""
    code = target.died()
    if code is not None:
        last = ", ".join(played.batch.families)
        return TargetGoneError(
            f"The target exited with code {code} during {last}.",
            suspects_of(played),
            advice="See its log, target.log in the state folder",
            batch=played.batch,
        )
    answers = [exchange.answer for exchange in played.attributed.exchanges]
    if answers and all(isinstance(a, NoAnswer) and a.kind == "refused" for a in answers):
        return TargetGoneError(
            f"The target at {target.base_url} no longer accepts connections.",
            suspects_of(played),
            advice="Check whether it is still running, and its log",
            batch=played.batch,
        )
    return None


def silent(played: Played, time_limit: float) -> TargetGoneError:
    """Return what says that a target answers nothing any more, not even a good request.

    Args:
        played: What it did not answer.
        time_limit: How long an answer was waited for, seconds.
    """
    return TargetGoneError(
        f"The target no longer answers: after {', '.join(played.batch.families)}, a good request was not answered "
        f"within {time_limit:g} s.",
        suspects_of(played),
        advice="Check what the target waits for, and its log",
        batch=played.batch,
    )


def may_be_silent(played: Played) -> bool:
    """Return whether a target may answer nothing any more: a request was not answered, nor was any since."""
    exchanges = played.attributed.exchanges
    since = max((e.ended for e in exchanges if isinstance(e.answer, NoAnswer)), default=None)
    return since is not None and not any(isinstance(e.answer, Answer) and e.ended >= since for e in exchanges)


def silenced(row: Row) -> bool:
    """Return whether a fault that was played beside others, or a good request after it, was not answered."""
    answers = [exchange.answer for played in row.played for exchange in played.attributed.exchanges]
    return not answers or any(isinstance(answer, NoAnswer) for answer in answers)


def suspects_of(played: Played) -> list[Case]:
    """Return the cases that may be the reason: those that were not answered or never sent, or that came before."""
    batch = played.batch
    if batch.prelude:
        return [case for before in batch.prelude for case in before.cases]
    exchanges = played.attributed.exchanges
    unanswered = [batch.as_sent(e.case) for e in exchanges if isinstance(e.answer, NoAnswer)]
    made = {(e.case.operation, e.case.label) for e in exchanges}
    unmade = [case for case in batch.cases if (case.operation, case.label) not in made]
    return [*unanswered, *unmade] or list(batch.cases)


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
    """Return what says that a target gets slower: after so many exchanges, a good request takes `now` seconds."""
    return TargetError(
        f"The target gets slower: a good request took {pace.fastest * 1000:.0f} ms at first, and takes "
        f"{now:.1f} s after {exchanges:,} requests.",
        advice="The rest of the run was skipped; look for what grows in the target with each request",
    )
