"""How sure it is that a finding is of its request: what ties the event to it, and how often it appeared alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.records import LATER, Claim, TiedBy, count_of

if TYPE_CHECKING:
    from bothends.records import Breach, Finding

_BY = {
    TiedBy.ADDRESS: "by the URL that the request names",
    TiedBy.CALLER: "by the caller that the event names",
    TiedBy.TRACE: "by the trace of the request",
    TiedBy.MARK: "by a text that no other request has",
    TiedBy.VALUES: "by the values of the request and its answer",
    TiedBy.ONLY: "no other request could have sent it",
    TiedBy.GUESS: "by a guess: another request could have sent it",
}


def in_words(finding: Finding) -> str:
    """Return how sure a finding is; empty where it does not go by whose an event is."""
    tie = finding.breach.tie
    if tie is None:
        return ""
    return f"{_tied(finding.breach)}{_beyond(tie.beyond)}; {_alone(finding)}"


def value(finding: Finding) -> dict[str, Any] | None:
    """Return how sure a finding is, for a program; None where it does not go by whose an event is."""
    tie = finding.breach.tie
    if tie is None:
        return None
    appeared, tried = finding.alone
    return {"by": tie.by.value, "requests": tie.requests, "events": tie.sent, "alone": appeared, "tried_alone": tried}


def _tied(breach: Breach) -> str:
    tie = breach.tie
    if tie is None:
        return ""
    if tie.by is TiedBy.CLASS and breach.claim is Claim.EACH:
        return f"one of {tie.requests:,} requests has sent it, and it is true of each of them"
    if tie.by is TiedBy.CLASS:
        sent = count_of(tie.sent, "event")
        return f"{tie.requests:,} requests are alike, and {sent} came for them: it is true of one of them"
    if tie.by is TiedBy.ONLY and breach.claim is Claim.LACKS:
        return "no event came that could be its own"
    return _BY[tie.by]


def _beyond(count: int) -> str:
    if not count:
        return ""
    came = f"{count_of(count, 'event')} came"
    return f", but {came} beyond what other requests owe, with their values: one may be its own, with wrong values"


def _alone(finding: Finding) -> str:
    appeared, tried = finding.alone
    if tried:
        return f"reproduced alone {appeared} of {tried}"
    return f"not repeated alone{f': {finding.untried}' if finding.untried not in {'', LATER} else ''}"
