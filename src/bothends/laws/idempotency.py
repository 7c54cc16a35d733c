"""The laws of a key: requests of one caller with the same key are one request, and all others are others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.laws import owed
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.new_values import new_values
from bothends.laws.own_values import described_values, read_json, value_in_answer
from bothends.laws.provenance import check
from bothends.laws.wording import format_value, outcome
from bothends.records import ERRORS, MISSING, REFUSALS, Answer, Cause, Claim, find_tokens, json_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Operation
    from bothends.contract.terms import Idempotency, Provenance
    from bothends.laws.law import Evidence
    from bothends.records import Again, Exchange

_SOURCE = "the contract: x-idempotency of the parameter; draft-ietf-httpapi-idempotency-key-header-06"
_FAMILY = frozenset({"idempotency"})
_NO_EVENT = "no-event"
_OF_ITS_CALLER = frozenset({"u", "c"})
"""Kinds of tokens that one exchange alone has: of its caller, and of the path that was made for it."""

_CLIENT_ERRORS = range(400, 500)  # RFC 9110 section 15.5
_LEAST_UNIQUE, _LEAST_DIFFERENT = 16, 6
"""Characters, and different ones, of a value that two operations which count do not make both by chance."""

_WORDS = {
    "again": "a request sent again",
    "at-once": "requests at the same time",
    "other-body": "another body",
    "after-an-error": "after an error",
}


def _kind(again: Again) -> str:
    """Return in what way a request repeats another, as a cause."""
    if again.body is not None:
        return "other-body"
    return "at-once" if again.at_once else "after-an-error" if again.well else "again"


def _of_cases_of_keys(_: Evidence, other: Evidence) -> bool:
    """Whether another law is broken by nothing but requests that were sent again."""
    return other.families <= _FAMILY


# All requests of one key cause one event.


def _judge_one_event(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not exchange.repeats or not context.operation.events or not exchange.declared:
        return None
    found: dict[str, tuple[EventContract | None, set[str]]] = {}
    for event, delivery in owed.each(exchange, context):
        counts = delivery.stored and delivery.event is not None and delivery.identified
        if counts and (event is None or event.when is None or event.when.owed):
            found.setdefault("" if event is None else event.name, (event, set()))[1].add(delivery.identity)
    most = {name: 1 if name else len(context.operation.events) for name in found}
    requests = 1 + len(exchange.repeats)
    kind = _kind(exchange.repeats[0].again) if exchange.repeats[0].again is not None else "again"
    return [
        Violation(
            cause=Cause(kind, callback=owed.named(event, context)),
            summary=f"{requests} requests with one {_header(context)} caused {len(identities)} events"
            f"{owed.of_callback(event, context)}.",
            expected="one event; an attempt to send it again has the same identity",
            actual=f"{len(identities)} events with different identities; the answers: {_answers(exchange)}",
            claim=Claim.SURPLUS,
        )
        for name, (event, identities) in found.items()
        if len(identities) > most[name]
    ]


def _answers(exchange: Exchange) -> str:
    return ", ".join(outcome(one.answer) for one in (exchange, *exchange.repeats))


def _header(context: LawContext) -> str:
    key = context.operation.idempotency
    return "key" if key is None else key.header


ONE_EVENT_PER_KEY = register(
    Law(
        name="one-event-per-key",
        demands="Requests of one caller with the same key cause one event of a callback: later, at the same time, or "
        "with a body whose refusal is promised.",
        source=_SOURCE,
        judge=_judge_one_event,
        scope=Scope.EVENT,
        words=_WORDS,
        explains=_of_cases_of_keys,
        needs_tie=True,
        yields_to=("one-request",),
    )
)


# A request that comes again gets the first answer again.


def _judge_first_answer(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    first, again, key = exchange.first, exchange.again, context.operation.idempotency
    if first is None or again is None or key is None or not again.repeats or again.body is not None:
        return None
    one, other = first.answer, exchange.answer
    if not isinstance(one, Answer) or not isinstance(other, Answer) or first.excuse or exchange.excuse:
        return None
    if not (one.success or (again.well and key.errors)):
        return None  # what failed may be executed when it comes again
    if again.at_once and not other.success:
        return None  # it may be refused while the first is under way
    if one.status != other.status:
        what, actual = "status", f"{other.status}"
    elif not _same(one, other):
        what, actual = "body", f"another body: {other.body[:200]!r}"
    else:
        return []
    return [
        Violation(
            cause=Cause(_kind(again), about=what),
            summary=f"A request with the {key.header} of an earlier one does not get its answer again.",
            expected=f"the first answer: {one.status}, {one.body[:200]!r}",
            actual=actual,
        )
    ]


def _same(one: Answer, other: Answer) -> bool:
    """Return whether two bodies are the same, as bytes or as JSON."""
    if one.body == other.body and one.size == other.size:
        return True
    if len(one.body) < one.size or len(other.body) < other.size:
        return one.size == other.size and one.body == other.body
    if one.header("content-encoding") or other.header("content-encoding"):
        return True  # the same content may be packed in another way
    try:
        values = read_json(one.body), read_json(other.body)
    except ValueError:
        return False
    return any(value is MISSING for value in values) or json_equal(*values)


FIRST_ANSWER_AGAIN = register(
    Law(
        name="first-answer-again",
        demands="A request with the same key, caller and body as an answered one gets the same status and body. An "
        "error is repeated where `errors: again` promises it.",
        source=f"{_SOURCE} section 2.6",
        judge=_judge_first_answer,
        scope=Scope.EXCHANGE,
        words={kind: f"{text}: {{about}} differs" for kind, text in _WORDS.items()},
        explains=_of_cases_of_keys,
    )
)


# What the contract promises for a key that comes again in the wrong way.


def _judge_refusals(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    again, key, answer = exchange.again, context.operation.idempotency, exchange.answer
    if again is None or key is None or not again.repeats or not isinstance(answer, Answer) or exchange.excuse:
        return None
    if exchange.first is None or not exchange.first.succeeded:
        return None  # nothing was executed under this key
    promised = _promised(again, key, answer)
    if promised is None:
        return None
    name, status = promised
    if answer.status == status:
        return []
    return [
        Violation(
            cause=Cause(name, status=str(answer.status)),
            summary=f"The contract promises {status} for {_REFUSED[name]}, but the answer is {answer.status}.",
            expected=f"{status} ({name} of x-idempotency)",
            actual=outcome(answer),
        )
    ]


_REFUSED = {
    "conflict": "a key that comes again with another body",
    "in_flight": "a request while the first with its key is under way",
}


def _promised(again: Again, key: Idempotency, answer: Answer) -> tuple[str, int] | None:
    """Return what is promised of a request, and the status; None: nothing, or it may have come when all was over."""
    if again.body is not None:
        return None if key.conflict is None else ("conflict", key.conflict)
    if again.at_once and not answer.success and key.in_flight is not None:
        return "in_flight", key.in_flight
    return None


KEY_REFUSALS = register(
    Law(
        name="key-refusals",
        demands="A key that comes again with another body gets the status that `conflict` promises; a request that is "
        "refused while the first is under way gets the one of `in_flight`.",
        source=f"{_SOURCE} section 2.7",
        judge=_judge_refusals,
        scope=Scope.EXCHANGE,
        words={"conflict": "another body: {status}", "in_flight": "while the first is under way: {status}"},
        explains=_of_cases_of_keys,
    )
)


# After a refusal or a failure, a key is free again where that is promised.


def _judge_free_again(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    again, first, key = exchange.again, exchange.first, context.operation.idempotency
    if again is None or first is None or key is None or not again.frees or again.step is not None or exchange.excuse:
        return None
    if not exchange.succeeded:
        return None  # the next one, with a key of its own, shows whether the key is the reason
    if not again.fresh:
        return []
    if first.first is None or not isinstance(first.answer, Answer) or first.excuse or first.first.excuse:
        return None
    return [
        Violation(
            cause=Cause(again.frees, status=str(first.answer.status)),
            summary=f"{_USED_UP[again.frees].capitalize()} has used its {key.header} up: a request with it is answered "
            f"{outcome(first.answer)}, and the same one with another key succeeds.",
            expected=f"a success with the {key.header} of the request that was answered {outcome(first.first.answer)} "
            f"({again.frees}: anew of x-idempotency)",
            actual=outcome(first.answer),
        )
    ]


_USED_UP = {ERRORS: "a request that has failed", REFUSALS: "a request that was refused"}

KEY_FREE_AGAIN = register(
    Law(
        name="key-free-again",
        demands="A request with the key of one that has failed (`errors: anew`), or was refused (`refusals: anew`), is "
        "executed: what another key would let succeed succeeds with it.",
        source=f"{_SOURCE} section 2.6",
        judge=_judge_free_again,
        scope=Scope.EXCHANGE,
        words={ERRORS: "after an error: {status}", REFUSALS: "after a refusal: {status}"},
        explains=_of_cases_of_keys,
        is_case=lambda exchange, _: exchange.again is not None and exchange.again.fresh,
        lacks=lambda _, __: "no request with a key of its own succeeded where the one before it did not",
    )
)


# Another key is another request, and so is the key of another caller.


def _apart(exchange: Exchange, context: LawContext) -> tuple[str, str] | None:
    """Return how a request that is one of its own was not treated as one: in a word, and as it was seen.

    Two empty texts: it was; None: nobody knows.
    """
    answer, first, expect = exchange.answer, exchange.first, exchange.case.expect
    if first is None or not first.succeeded or not isinstance(answer, Answer) or exchange.excuse:
        return None
    beyond = exchange.again is not None and exchange.again.beyond
    if (beyond and expect.any_answer) or exchange.number in context.unsettled:
        return None  # it may be about no other object of the caller, or be refused for what is there
    if answer.status in _CLIENT_ERRORS and not expect.allows(answer.status):
        return "refused", f"{answer.status}"
    tokens = find_tokens(context.seed, answer.body.decode("utf-8", "replace"))
    if any(token.kind in _OF_ITS_CALLER and token.number == first.number for token in tokens):
        return "answer", "the answer has values of the first caller"
    return _not_executed(exchange, first, context) if answer.success else None


def _not_executed(exchange: Exchange, first: Exchange, context: LawContext) -> tuple[str, str] | None:
    """Return how a success shows that a request was not executed, likewise."""
    if repeated := _repeated_value(exchange, first, context):
        return "answer", repeated
    if owed.unclear(exchange, context):
        return None
    missing = [
        event
        for event in owed.owed(exchange, context)
        if not owed.of(event, exchange, context) and not owed.unwell(event, exchange, context.operation)
    ]
    if missing:
        return _NO_EVENT, f"{outcome(exchange.answer)}, and no event"
    return ("", "") if is_told(exchange, context.operation) else None


def is_told(exchange: Exchange, operation: Operation) -> bool:
    """Return whether it shows that a request did not get the first one's answer: by its event, or by its answer."""
    first = exchange.first
    if first is None or any(event.when is not None and event.when.owed for event in operation.events):
        return True
    return not _is_first_answer(exchange, first) or any(_certain(exchange, first, operation))


def _is_first_answer(exchange: Exchange, first: Exchange) -> bool:
    one, answer = first.answer, exchange.answer
    if not isinstance(one, Answer) or not isinstance(answer, Answer):
        return False
    return one.status == answer.status and _same(one, answer)


def _repeated_value(exchange: Exchange, first: Exchange, context: LawContext) -> str:
    """Return how an answer shows that it is the first one's, for a person to read; empty: it shows nothing of it."""
    one, operation = first.answer, context.operation
    repeats = _is_first_answer(exchange, first)
    for new in _certain(exchange, first, operation):
        if isinstance(one, Answer) and json_equal(value_in_answer(one, new.pointer), new.value):
            return f"{format_value(new.value)} at {new.pointer}, as in the first answer: it is to be new (x-new)"
    for claim in described_values(exchange, operation, lambda declared: declared.walks) if repeats else ():
        if check(claim, exchange, exchange.ended, context, of_event=False) is not None:
            return f"the first answer, whose {claim.pointer} is not {claim.source.text} of this request"
    return ""


def _certain(exchange: Exchange, first: Exchange, operation: Operation) -> Iterator[Provenance]:
    """Yield the new values of an answer that are the first one's only if they were taken from there.

    Two operations that count may make an equal number, each for the first time.
    """
    alike = exchange.case.operation == first.case.operation
    for new in new_values(exchange, operation):
        if alike or (_is_no_count(new.value) and _is_first_answer(exchange, first)):
            yield new


def _is_no_count(value: Any) -> bool:
    """Return whether no two operations that count make a value by chance."""
    return isinstance(value, str) and len(value) >= _LEAST_UNIQUE and len(set(value)) >= _LEAST_DIFFERENT


def _judge_another_key(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    again = exchange.again
    if again is None or not again.key:
        return None
    return _judged_apart(
        exchange,
        context,
        f"Two requests with two values of {_header(context)} are treated as one ({again.key}).",
        "another key is another request, with an event and an answer of its own",
        about=again.key,
    )


def _judge_own_key(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    again = exchange.again
    if again is None or not again.another_caller or again.theirs:
        return None
    return _judged_apart(
        exchange,
        context,
        f"Two callers use the same {_header(context)}, and the second one's request is not executed.",
        "a key belongs to its caller: each caller's request has an event and an answer of its own",
    )


def _judge_scope(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    again = exchange.again
    if again is None or not again.beyond:
        return None
    where = "object" if again.other is None else "operation"
    return _judged_apart(
        exchange,
        context,
        f"The {_header(context)} of an earlier request comes at another {where}, and is taken for that.",
        f"another request: x-idempotency has a scope of the {'path' if again.elsewhere else where}",
        about=where,
    )


def _judged_apart(
    exchange: Exchange, context: LawContext, summary: str, expected: str, *, about: str = ""
) -> list[Violation] | None:
    """Return what shows that a request by itself is taken for an earlier one; None: nothing can tell."""
    found = _apart(exchange, context)
    if found is None:
        return None
    kind, actual = found
    if not kind:
        return []
    claim = Claim.LACKS if kind == _NO_EVENT else Claim.EACH
    return [Violation(cause=Cause(kind, about=about), summary=summary, expected=expected, actual=actual, claim=claim)]


ANOTHER_KEY = register(
    Law(
        name="another-key",
        demands="Two requests with two keys are two, however alike the keys are.",
        source=_SOURCE,
        judge=_judge_another_key,
        scope=Scope.EVENT,
        words={"refused": "refused: {about}", "answer": "the first answer: {about}", "no-event": "{about}"},
        explains=_of_cases_of_keys,
        needs_tie=True,
    )
)
KEY_OF_ITS_CALLER = register(
    Law(
        name="key-of-its-caller",
        demands="A key belongs to its caller: an equal key of another caller is another request.",
        source=f"{_SOURCE} section 5 (a composite key against data leaks)",
        judge=_judge_own_key,
        scope=Scope.EVENT,
        words={"refused": "refused", "answer": "another caller's answer", "no-event": "no event"},
        explains=_of_cases_of_keys,
        needs_tie=True,
    )
)
KEY_SCOPE = register(
    Law(
        name="key-scope",
        demands="A key counts for what its `scope` says: the same key at another operation, or at another object that "
        "the path names, is another request.",
        source=f"{_SOURCE} section 2.2",
        judge=_judge_scope,
        scope=Scope.EVENT,
        words={
            "refused": "refused: another {about}",
            "answer": "the first answer: another {about}",
            "no-event": "no event: another {about}",
        },
        explains=_of_cases_of_keys,
        needs_tie=True,
    )
)
