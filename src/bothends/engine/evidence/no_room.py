"""Counts requests that were refused for the state of the account that they are of, as it seems: no law judged that.

After others of their operation had succeeded, they got an answer that the contract declares, and says no reason for.
How much room there is, no schema says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.terms import QUOTA
from bothends.engine.counts import counted, told_apart
from bothends.records import Answer, NotProven, Weight, count_of, some_of, were

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.engine.events import ExchangeJudged

_ASKED = counted("requests", "operation")
_SUCCEEDED = counted("requests that succeeded", "operation")
_REFUSED = counted("requests with no room", "operation", "case", "status")
_BEFORE = counted("requests that succeeded before there was no room", "operation", "number")
_OPEN = counted("cases with no room", "operation", "case")
_SAID = counted("what is said where there is no room", "operation", "text")
_SAID_ELSE = counted("what is said of requests themselves", "operation", "text")
_MOST_TEXTS = 64
_REFUSALS = range(400, 500)
_MOST_NAMED = 6
_OF_A_QUOTA = "There was no room for more, as the contract says"
_OF_THE_ACCOUNT = (
    "The state of the account may be why, such as a limit of objects: the contract declares that answer, and does not "
    "say what leads to it"
)


_OF_THEMSELVES = "An equal answer was given where room is not the reason, so they may be refused for what they are"


def note(counts: Counts, operation: Operation, event: ExchangeJudged) -> None:
    """Count an exchange."""
    exchange = event.exchange
    answer, label = exchange.answer, exchange.case.label
    if event.late:
        if event.breaches and isinstance(answer, Answer):
            counts.drop(_REFUSED, operation.id, label, str(answer.status))  # it was refused for what it is
            counts.drop(_OPEN, operation.id, label)
        return
    counts.add(_ASKED, operation.id)
    explained = event.taken or event.disturbed or event.used_up
    if isinstance(answer, Answer) and answer.body and answer.status in _REFUSALS and not explained:
        text = f"{answer.status} {answer.body.decode(errors='replace')}"
        what = _SAID if event.no_room else _SAID_ELSE
        if len(counts.under(what, operation.id)) < _MOST_TEXTS:
            counts.add(what, operation.id, told_apart(text))
    if event.no_room and isinstance(answer, Answer):
        if not counts.under(_BEFORE, operation.id):
            counts.add(_BEFORE, operation.id, str(counts.number(_SUCCEEDED, operation.id)))
        counts.add(_REFUSED, operation.id, label, str(answer.status))
        counts.add(_OPEN, operation.id, label)
        return
    counts.add(_SUCCEEDED, operation.id, times=exchange.succeeded)
    counts.drop(_OPEN, operation.id, label)


def not_proven(counts: Counts, contract: Contract, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield the operations of which requests were refused so: one line each.

    Args:
        counts: What was seen.
        contract: The contract.
        hopeless: Operations of which no valid request has succeeded: that is told, and is why others did not.
    """
    for operation in contract.operations:
        refused = {} if operation.id in hopeless else counts.under(_REFUSED, operation.id)
        labels = sorted(counts.words(_OPEN, operation.id))
        statuses = sorted({status for _, status in refused})
        told = all(_is_of_a_quota(operation, int(status)) for status in statuses)
        if not refused or (told and not labels):
            continue  # what the contract says, and each case was judged later
        count, before = sum(refused.values()), min(map(int, counts.words(_BEFORE, operation.id)), default=0)
        left = f"Not judged: {some_of(labels, _MOST_NAMED)}" if labels else "Each of them was answered well later"
        asked = count_of(counts.number(_ASKED, operation.id), "request")
        said = counts.words(_SAID, operation.id)
        alike = not told and bool(said) and set(said) <= set(counts.words(_SAID_ELSE, operation.id))
        add = "an account with room for more, where it is tested" if told else f"x-given: {QUOTA}"
        why = _OF_A_QUOTA if told else _OF_THEMSELVES if alike else _OF_THE_ACCOUNT
        yield NotProven(
            f"room of {operation.id}",
            f"{count:,} of {asked} {were(count)} answered {' or '.join(statuses)} after {before:,} had succeeded. "
            f"{why}. {left}.",
            where=str(contract.document.location(operation.pointer)),
            add="" if alike else add,
            weight=Weight.ANSWERS,
        )


def _is_of_a_quota(operation: Operation, status: int) -> bool:
    """Return whether the contract says that a quota leads to an answer."""
    declared = operation.answer_for(status)
    return declared is not None and QUOTA in declared.families
