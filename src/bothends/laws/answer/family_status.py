"""The answer has the status that the contract gives for this case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Explanation, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import STATUS_WORDS, status_cause
from bothends.laws.wording import circumstances, is_open, statuses
from bothends.records import INGEST, Answer, Cause

if TYPE_CHECKING:
    from bothends.laws.law import Evidence
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    right = exchange.case.expect.statuses
    answer = exchange.answer
    if not right or not isinstance(answer, Answer) or exchange.case.expect.any_answer:
        return None
    if exchange.case.expect.allows(answer.status):
        return []
    if is_open(exchange, grounds.operation) and grounds.operation.answer_for(answer.status) is None:
        return None  # nothing is asked of it but to be declared: the law on that speaks of it
    undeclared = "" if grounds.operation.answer_for(answer.status) else ", which the contract does not declare"
    return [
        Broken(
            cause=Cause("status", status=str(answer.status)),
            summary=f"{circumstances(exchange, grounds.operation)} is answered {answer.status}, not {statuses(right)}.",
            expected=f"{statuses(right)}{f' ({exchange.case.expect.why})' if exchange.case.expect.why else ''}",
            actual=f"{answer.status}{undeclared}",
        )
    ]


def _on_the_ingest(_: Evidence, other: Evidence) -> bool:
    """Whether it is the ingest whose fault is taken for a success: its answer is not waited for, or not looked at."""
    return other.taken and other.unwell == (INGEST,)


def _on_its_upstream(one: Evidence, other: Evidence) -> bool:
    """Whether it is the upstream's fault that is taken for a success whose value is not in the event."""
    return other.taken and one.cause.upstream in other.unwell


def _alike(one: Evidence, other: Evidence) -> bool:
    """Whether both are about the same part of the world; in time is answered what is just in time, by chance."""
    return one.unwell == other.unwell and other.families <= one.families


def _explains(one: Evidence, other: Evidence) -> bool:
    """Whether callers are let in who are not signed in: then the event has no user of theirs."""
    nobody = other.law.about_content and not other.right and other.cause.source.startswith("session.")
    return one.let_in and nobody


LAW = register(
    Law(
        name="family-status",
        demands="Each family of conditions brings about the status that names it in its `x-given`.",
        source="the contract: x-given of the response; OpenAPI 3.1 Responses Object",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=status_cause,
        words=STATUS_WORDS,
        explained_by=(
            Explanation("acknowledged-first", _on_the_ingest, in_each=False),
            Explanation("event-for-success", _on_the_ingest, in_each=False),
            Explanation("answered-in-time", _alike, in_each=False),
            Explanation("provenance", _on_its_upstream),
        ),
        explains=_explains,
        better_told_by=(),
        yields_to=(
            "sign-in-demanded",
            "recovers",
            "redirect-not-followed",
            "event-for-success",
            "nothing-dropped",
            "right-address",
        ),
    )
)
