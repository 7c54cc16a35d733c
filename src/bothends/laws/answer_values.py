"""Each value of the answer comes from where the contract's `x-from` says.

Who asks again with the same key gets the stored answer (draft-ietf-httpapi-idempotency-key-header, section 2.6): its
values are those of the first request, however old they are by then, and whatever has changed since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.laws.answers import schema_of
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import described_values, value_in_answer
from bothends.laws.provenance import check, distinguished, placed
from bothends.records import Answer, json_equal

if TYPE_CHECKING:
    from bothends.contract.terms import Provenance
    from bothends.records import Cause, Exchange


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not _has_walks(exchange, context) or schema_of(exchange, context) is None:
        return None
    claims = described_values(exchange, context.operation, lambda declared: declared.walks)
    broken: dict[Cause, Violation] = {}
    for claim in claims:
        found = check(claim, exchange, exchange.ended, context, of_event=False)
        if found is not None and not _is_stored(claim, exchange, context):
            cause = placed(found.cause)
            broken.setdefault(cause, replace(found, cause=cause))
    return list(broken.values()) if claims else None


def _is_stored(claim: Provenance, exchange: Exchange, context: LawContext) -> bool:
    """Return whether a value may be that of another request with the same key, to which this one is the same.

    The first request's answer says what is stored. Where it was none, or no success, or where requests were under way
    at once, any of them may have been executed: then its value was told while that one lasted.
    """
    first = exchange.first if exchange.repeated else None
    if first is not None and first.succeeded:
        answer = first.answer
        return isinstance(answer, Answer) and json_equal(value_in_answer(answer, claim.pointer), claim.value)
    others = [first] if first is not None else [one for one in exchange.repeats if one.again and one.again.at_once]
    return any(
        check(claim, replace(exchange, began=min(one.began, exchange.began)), exchange.ended, context, of_event=False)
        is None
        for one in others
    )


def _has_walks(exchange: Exchange, context: LawContext) -> bool:
    answer = exchange.answer
    declared = context.operation.answer_for(answer.status) if isinstance(answer, Answer) else None
    return declared is not None and bool(declared.walks)


def _is_case(exchange: Exchange, context: LawContext) -> bool:
    return _has_walks(exchange, context) and context.answerable(exchange)


ANSWER_PROVENANCE = register(
    Law(
        name="answer-provenance",
        demands="Each value of an answer with an `x-from` comes from that source: "
        "this request, this caller's session, or an answer of an upstream in this exchange.",
        source="the contract: x-from",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=distinguished,
        words={"value": "{location} from {source}"},
        yields_to=("answer-schema", "family-status", "declared-status"),
        is_case=_is_case,
        lacks=lambda _, __: "no answer had a value that has an `x-from`",
    )
)
