"""The laws of states: a success leads to the state that is declared, and a refused request changes nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Answer, Cause, choice_of

if TYPE_CHECKING:
    from bothends.records import Exchange

_MOST_NAMED = 3


def _judge_leads(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    look, looked, answer = exchange.case.look, exchange.looked, exchange.answer
    if look is None or looked is None or not isinstance(answer, Answer) or exchange.case.expect.any_answer:
        return None
    # What is accepted may be done later (RFC 9110, section 15.3.3).
    if (
        not answer.success
        or look.any_state
        or look.removes
        or not look.leads
        or exchange.case.expect.refused
        or answer.status == HTTPStatus.ACCEPTED
    ):
        return None
    if looked.after in look.leads:
        return []
    after = looked.after or "none that can be read"
    return [
        Violation(
            cause=Cause("state", about=look.state, location=look.at),
            summary=f"{context.operation.id} succeeds in the state {look.state}, and leads to {after}.",
            expected=f"{choice_of(look.leads)} at {look.at} of what {look.case.operation} answers (x-transitions)",
            actual=after,
        )
    ]


LEADS_TO_ITS_STATE = register(
    Law(
        name="leads-to-its-state",
        demands="A success leads its object to the state that the contract declares for it.",
        source="the contract: x-transitions of the operation",
        judge=_judge_leads,
        scope=Scope.EXCHANGE,
        words={"state": "from {about}"},
        yields_to=("answered", "declared-status", "family-status"),
    )
)


def _judge_unchanged(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    looked, answer = exchange.looked, exchange.answer
    look = exchange.case.look
    if look is None or looked is None or not isinstance(answer, Answer) or answer.success or exchange.excuse:
        return None
    if not look.any_state and not exchange.case.expect.refused:
        return None
    if not looked.changes:
        return []
    when = f"answers {answer.status}" if look.any_state else f"refuses a request in the state {look.state}"
    named = [f"{at or 'the whole'} was {was}, and is {now}" for at, was, now in looked.changes[:_MOST_NAMED]]
    return [
        Violation(
            cause=Cause("changed", location=looked.changes[0][0] or "/"),
            summary=f"{context.operation.id} {when}, and changes the object.",
            expected=f"{look.case.operation} answers the same before and after the request ({look.why})",
            actual="; ".join(named),
        )
    ]


REFUSED_CHANGES_NOTHING = register(
    Law(
        name="refused-changes-nothing",
        demands="A request that is refused, or that fails, changes nothing that can be read of its object, where the "
        "contract promises it.",
        source="the contract: x-transitions of the operation, all_or_nothing of [target]; RFC 9110 section 13.1",
        judge=_judge_unchanged,
        scope=Scope.EXCHANGE,
        words={"changed": "{location} changes"},
        yields_to=("answered",),
    )
)
