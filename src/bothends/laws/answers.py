"""The laws of answers."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2s
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import best_match, is_json
from bothends.contract.requests import ids_named_in, setup_named
from bothends.contract.terms import CONFLICT, UPSTREAM_UNREACHABLE, WRONG_STATE
from bothends.laws.law import Explanation, Law, LawContext, Precedence, Scope, Violation, outcome_of, register
from bothends.laws.own_values import read_json
from bothends.laws.path_values import refused_for_a_value
from bothends.laws.varieties import OF_BODIES, OF_FAULTS, REFUSED, REFUSED_IN_CHUNKS, UNREAD, variety_of
from bothends.laws.wording import (
    AREA_WORDS,
    STATUS_WORDS,
    area_alone,
    circumstances,
    format_value,
    is_open,
    outcome,
    status_and_area,
    status_cause,
    statuses,
)
from bothends.records import INGEST, MISSING, Answer, Cause, Claim, NoAnswer, Severity, resolve, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.laws.law import Evidence
    from bothends.records import Breach, Case, Exchange
    from bothends.schemas import Schema, SchemaError


_LONGEST_BODY = 300
"""What is shown of another request's body, in characters."""


# A correctly framed request gets an HTTP answer.


def _judge_answered(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.answerable(exchange):
        return None
    answer = exchange.answer
    if not isinstance(answer, NoAnswer):
        return []
    if answer.kind == "timeout" or exchange.excuse:
        return None  # the law on time reports it; or it is unknown whether the target ever had the request
    return [
        Violation(
            cause=Cause("unanswered", status=outcome_of(answer)),
            summary=f"No HTTP answer ({circumstances(exchange, context.operation)}): {answer.kind}.",
            expected="an answer",
            actual=f"{answer.kind}: {answer.detail}" if answer.detail else answer.kind,
        )
    ]


ANSWERED = register(
    Law(
        name="answered",
        demands="A correctly framed request to a declared operation gets an HTTP answer.",
        source="RFC 9110 section 15; OpenAPI 3.1 Responses Object",
        judge=_judge_answered,
        scope=Scope.ANSWER,
        cause=status_cause,
        words={**STATUS_WORDS, "left-over": "what follows on its {location} is not answered"},
        explained_by=("right-address", "nothing-dropped"),
        superseded_by=("family-status",),
        yields_to=("drains", "recovers"),
    )
)


def left_over(former: Exchange, later: Exchange) -> Breach:
    """Return the breach of a request that spoils its connection: what follows is not answered, and is right elsewhere.

    Args:
        former: The exchange of that request.
        later: The one that followed on its connection.
    """
    asked, got = later.case.label, outcome(later.answer)
    detail = f": {later.answer.detail}" if isinstance(later.answer, NoAnswer) and later.answer.detail else ""
    return ANSWERED.breach(
        Violation(
            cause=Cause("left-over", location="connection"),
            summary=f"What follows {former.case.label} on its connection is not answered: {asked} got {got}.",
            expected="an answer to each request, or the end of the connection: the rest of one is not the next one",
            actual=f"{got}{detail}; {asked} is right on a connection of its own",
        ),
        former,
    )


# The answer comes within T_max.


def _judge_answered_in_time(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not context.answerable(exchange) or exchange.excuse:
        return None
    absent = isinstance(answer, NoAnswer)
    if isinstance(answer, NoAnswer) and answer.kind != "timeout":
        return None  # the law on answers speaks of it
    took = exchange.ended - exchange.began
    if not absent and took <= context.time_limit:
        return []
    about = circumstances(exchange, context.operation)
    return [
        Violation(
            cause=Cause("late"),
            summary=f"{'No answer came in time' if absent else 'The answer came too late'} ({about}).",
            expected=f"an answer within {context.time_limit:g} s",
            actual=f"no answer after {took:.1f} s" if absent else f"an answer after {took:.1f} s",
        )
    ]


ANSWERED_IN_TIME = register(
    Law(
        name="answered-in-time",
        demands="An answer comes within the time limit, also when an upstream fails or hangs.",
        source="the contract: time_limit_ms; by default 4 times upstream_timeout_ms plus 1 s, at least 10 s",
        judge=_judge_answered_in_time,
        scope=Scope.ANSWER,
        of_a_router=True,
        cause=area_alone,
        words={"area": "{about}"},
        precedence=Precedence.FIRST,
        by_area=True,
        yields_to=("recovers",),
    )
)


# The answer has a status that the operation declares.


def _judge_declared_status(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not context.answerable(exchange):
        return None
    if context.operation.answer_for(answer.status) is not None or answer.status in exchange.case.expect.absent:
        return []
    if exchange.number in context.unsettled:
        return None  # what it answers alone is judged
    if exchange.excuse and exchange.case.expect.server_error:
        return None  # it says that its time ran out, as a busy machine may have let it, whatever is declared
    declared = ", ".join(a.status for a in context.operation.answers)
    return [
        Violation(
            cause=Cause("status", status=str(answer.status)),
            summary=f"The answer is {answer.status}, which the contract does not declare.",
            expected=f"one of {declared}",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


DECLARED_STATUS = register(
    Law(
        name="declared-status",
        demands="An operation answers with a status that it declares.",
        source="OpenAPI 3.1 Responses Object",
        judge=_judge_declared_status,
        scope=Scope.ANSWER,
        cause=status_and_area,
        variety=variety_of,
        words=AREA_WORDS,
        explained_by=("right-address", "nothing-dropped"),
        superseded_by=("answered",),
        yields_to=("family-status", "recovers"),
    )
)


# The answer has a media type that the contract declares for its status.


def _judge_declared_media_type(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not context.answerable(exchange):
        return None
    declared = context.operation.answer_for(answer.status)
    # An answer to HEAD may leave out what describes a body (RFC 9110, section 9.3.2).
    if declared is None or not declared.content or context.operation.method == "HEAD":
        return None
    media_type = answer.media_type
    if media_type is not None and best_match(media_type, declared.content):
        return []
    return [
        Violation(
            cause=Cause("media-type", about=media_type or "None"),
            summary=f"The media type of the answer {answer.status} is {media_type or 'missing'}.",
            expected=" or ".join(declared.content),
            actual=answer.header("content-type") or "no Content-Type",
        )
    ]


DECLARED_MEDIA_TYPE = register(
    Law(
        name="declared-media-type",
        demands="An answer has a media type that the contract declares for its status.",
        source="OpenAPI 3.1 Response Object; RFC 9110 section 8.3",
        judge=_judge_declared_media_type,
        scope=Scope.ANSWER,
        words={"media-type": "{about}"},
        yields_to=("family-status", "declared-status"),
    )
)


# The answer's body matches its schema.


def schema_of(exchange: Exchange, context: LawContext) -> Schema | None:
    """Return the schema that the contract declares for this very answer; None when there is none."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or not context.answerable(exchange):
        return None
    declared = context.operation.answer_for(answer.status)
    media_type = answer.media_type
    if declared is None or media_type is None or not is_json(media_type) or not _whole(exchange, answer):
        return None
    key = best_match(media_type, declared.content)
    return None if key is None else declared.content[key]


def _whole(exchange: Exchange, answer: Answer) -> bool:
    """Whether the body is all there and as it was written: not cut, not packed, and not left out for HEAD."""
    packed = (answer.header("content-encoding") or "identity").lower() != "identity"
    return exchange.case.request.method != "HEAD" and not packed and answer.size == len(answer.body)


def _judge_answer_schema(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    schema = schema_of(exchange, context)
    answer = exchange.answer
    if schema is None or not isinstance(answer, Answer):
        return None
    try:
        value = read_json(answer.body)
    except ValueError as error:
        return [
            Violation(
                cause=Cause("not-json"),
                summary=f"The body of the answer {answer.status} is not JSON.",
                expected="JSON, as its media type says",
                actual=f"{answer.body[:200]!r} ({error})",
            )
        ]
    if value is MISSING:
        return None
    wrong = schema.errors(value)
    if not wrong:
        return []
    stored = {error: _stored_by(context, error, value) for error in wrong} if context.stored else {}
    first = next((error for error in wrong if not stored.get(error)), wrong[0])
    return [
        Violation(
            cause=Cause("schema", location=first.schema_pointer),
            summary=f"The body of the answer {answer.status} does not match its schema at {first.pointer or '/'}.",
            expected=first.message,
            actual=format_value(value),
            alike=first.mistake(value),
            stored_by=stored.get(first, ""),
        )
    ]


def stored_as(pointer: str, text: str) -> tuple[str, str]:
    """Return what a value is known by that is stored and shown again: the name of its member, and its text.

    Args:
        pointer: JSON pointer to it; an item of a list is known by the name of the list.
        text: Its text; a long one is known by its digest.
    """
    named = (key for key in reversed(split(pointer)) if not key.isdecimal())
    short = len(text) <= _LONGEST_BODY
    return next(named, ""), text if short else blake2s(text.encode("utf-8", "surrogatepass")).hexdigest()


def _stored_by(context: LawContext, error: SchemaError, value: Any) -> str:
    """Return the operation that has taken the value that breaks a schema, and had to refuse it; empty: none has."""
    shown = resolve(value, error.pointer)
    if isinstance(shown, dict | list):
        return ""
    return context.stored.get(stored_as(error.pointer, shown if isinstance(shown, str) else json.dumps(shown)), "")


ANSWER_SCHEMA = register(
    Law(
        name="answer-schema",
        demands="An answer's body matches the schema that the contract declares for its status and media type.",
        source="OpenAPI 3.1 Media Type Object; JSON Schema 2020-12",
        judge=_judge_answer_schema,
        scope=Scope.ANSWER,
        words={"not-json": "is not JSON", "schema": "at {location}"},
        yields_to=("family-status", "declared-status"),
    )
)


# The answer has the status that the contract gives for this case.


_VALIDATORS = ("if-none-match", "if-modified-since")


def _may_be_known(exchange: Exchange) -> bool:
    """Return whether a request asks only for what its caller has not yet (RFC 9110, sections 13.1.2 and 13.1.3).

    Of one whose tag is certainly no object's, nobody can say that.
    """
    sent = exchange.sent
    return (
        not exchange.case.expect.of_known
        and sent.method in {"GET", "HEAD"}
        and any(sent.header(name) is not None for name in _VALIDATORS)
    )


def _judge_family_status(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    right = exchange.case.expect.statuses
    answer = exchange.answer
    if not right or not isinstance(answer, Answer) or exchange.case.expect.any_answer:
        return None
    if exchange.case.expect.allows(answer.status) or (
        answer.status == HTTPStatus.NOT_MODIFIED and _may_be_known(exchange)
    ):
        return []
    if exchange.number in context.unsettled:
        return None  # it is told at the end, with the number of such requests
    if answer.success and context.unpromised(exchange):
        return None  # it is told at the end, with the number of such requests
    if is_open(exchange, context.operation) and context.operation.answer_for(answer.status) is None:
        return None  # nothing is asked of it but to be declared: the law on that speaks of it
    about = circumstances(exchange, context.operation)
    undeclared = "" if context.operation.answer_for(answer.status) else ", which the contract does not declare"
    return [
        Violation(
            cause=Cause("status", status=str(answer.status)),
            summary=f"The answer is {answer.status}, not {statuses(right)} ({about}).",
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
    """Whether callers are let in who are not signed in, so the event has no user of theirs; or nothing is looked at."""
    nobody = other.law.about_content and not other.right and other.cause.source.startswith("session.")
    any_body = one.law is other.law and other.taken and other.variety in OF_BODIES
    any_fault = one.law is other.law and one.cause == other.cause and other.variety in OF_FAULTS
    if (one.let_in and nobody) or (_reads_nothing(one) and any_body) or (_sees_no_failure(one) and any_fault):
        return True
    return (one.law, one.cause) == (other.law, other.cause) and _is_refused_whole(one, other)


def _is_refused_whole(one: Evidence, other: Evidence) -> bool:
    """Whether each body that is refused in chunks is refused in one piece, too: for what it is, or for its size."""
    in_chunks = (one.variety, other.variety) == (REFUSED, REFUSED_IN_CHUNKS)
    return in_chunks and bool(other.bodies) and other.bodies <= one.bodies


def _leads(one: Evidence) -> bool:
    return _reads_nothing(one) or _sees_no_failure(one) or one.variety == REFUSED


def _sees_no_failure(one: Evidence) -> bool:
    """Whether a success is answered though a service can't be reached: then none of its failures is looked at."""
    return one.taken and one.variety == UPSTREAM_UNREACHABLE


def _reads_nothing(one: Evidence) -> bool:
    """Whether a body is taken that nobody can read."""
    return one.taken and one.variety == UNREAD


VALUE_TAKEN = "value-taken"
"""The kind of the cause of an error of the server where a value is taken."""
STATUS_LAWS = ("family-status", "declared-status", "no-server-error", "http-status")
"""The laws that a server error breaks which answers a request that may succeed, or may be answered anyhow."""


FAMILY_STATUS = register(
    Law(
        name="family-status",
        demands="Each case is answered with the status whose `x-given` names the family of the case.",
        source="the contract: x-given of the response; OpenAPI 3.1 Responses Object",
        judge=_judge_family_status,
        scope=Scope.ANSWER,
        cause=status_cause,
        variety=variety_of,
        leads=_leads,
        words={**STATUS_WORDS, VALUE_TAKEN: "{status} where a value in the {location} is taken"},
        explained_by=(
            Explanation("acknowledged-first", _on_the_ingest, in_each=False),
            Explanation("event-for-success", _on_the_ingest, in_each=False),
            Explanation("answered-in-time", _alike, in_each=False),
            Explanation("provenance", _on_its_upstream),
        ),
        explains=_explains,
        superseded_by=(),
        yields_to=(
            "sign-in-demanded",
            "recovers",
            "redirect-not-followed",
            "event-for-success",
            "nothing-dropped",
            "right-address",
            "first-answer-again",
            "key-refusals",
            "another-key",
            "key-scope",
            "key-of-its-caller",
        ),
    )
)


def value_taken(exchange: Exchange, places: Sequence[str], earlier: Case, with_another: str) -> Breach:
    """Return the breach of a request that gets a server error as a value in it is taken, which no schema forbids.

    It is one cause, whichever case shows it and whichever member has the value: one rule of the target has no answer.

    Args:
        exchange: What shows it.
        places: JSON pointers to the members whose values may be taken; none: the body as a whole may be.
        earlier: What had succeeded with the same values.
        with_another: How a request with another value was answered.
    """
    status, request, before = outcome(exchange.answer), exchange.case.request, earlier.request
    alike = (before.method, before.target, before.body) == (request.method, request.target, request.body)
    shown = ids_named_in(setup_named(before))
    text = (shown.body or b"").decode(errors="replace")
    expect = exchange.case.expect
    right = "" if expect.any_answer or not expect.statuses else f"{statuses(expect.statuses)}, or "
    first = "the same request" if alike else f"{shown.method} {shown.target} {text[:_LONGEST_BODY]}"
    breach = FAMILY_STATUS.breach(
        Violation(
            cause=Cause(VALUE_TAKEN, location="body", status=status),
            summary=(
                f"The answer is {status} where a value is taken that must be unique, as it seems: "
                f"{' or '.join(places) or 'the body as a whole'}."
            ),
            expected=f"{right}a refusal (4xx) that says so",
            actual=f"{status}, after {first} ({earlier.label}) has succeeded; {with_another} with another value",
        ),
        exchange,
    )
    # What the answer says of it makes it no other cause, and tells it from failures of other causes.
    return replace(breach, variety=VALUE_TAKEN)


# Problem details have the same status as the HTTP answer that carries them.


def _judge_problem_status(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not context.answerable(exchange):
        return None
    if answer.media_type != "application/problem+json":
        return None
    try:
        value = read_json(answer.body)
    except ValueError:
        return None  # the law on the schema speaks of it
    told = value.get("status") if isinstance(value, dict) else None
    if told is None or told == answer.status:
        return []
    return [
        Violation(
            cause=Cause("other-status"),
            summary=f"The problem details have the status {format_value(told)}, the answer has {answer.status}.",
            expected=f"status {answer.status}",
            actual=f"status {format_value(told)}",
        )
    ]


PROBLEM_STATUS = register(
    Law(
        name="problem-status",
        demands="The `status` of problem details equals the HTTP status.",
        source="RFC 9457 section 3.1.2",
        judge=_judge_problem_status,
        scope=Scope.ANSWER,
        words={"other-status": "the statuses differ"},
    )
)


# An unusual, slow or incomplete request is no reason for a server error.

# These two say that it is the client who asks for what there is not (RFC 9110, sections 15.6.2 and 15.6.6).
_OF_THE_CLIENT = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)


def erred(exchange: Exchange) -> bool:
    """Whether the server says that it has erred, and not its client."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status in _OF_THE_CLIENT:
        return False
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _judge_no_server_error(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer, expect = exchange.answer, exchange.case.expect
    # Of other requests, the law on the family's status speaks.
    if not expect.any_answer or expect.server_error or not context.declared(exchange):
        return None
    # What is sent as raw bytes is the HTTP library's to read, and may be its error: it is warned of elsewhere.
    if not isinstance(answer, Answer) or exchange.case.request.raw is not None:
        return None
    if exchange.number in context.unsettled:
        return None  # what it answers alone is judged
    if not erred(exchange):
        return []
    return [
        Violation(
            cause=Cause("status", status=str(answer.status)),
            summary=f"An unusual request gets a server error ({circumstances(exchange, context.operation)}).",
            expected="any answer except a 5xx, or no answer",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


NO_SERVER_ERROR = register(
    Law(
        name="no-server-error",
        demands="An unusual, slow or incomplete request never gets a server error (5xx).",
        source="RFC 9110 section 15.6: the server is aware that it has erred",
        judge=_judge_no_server_error,
        scope=Scope.ANSWER,
        cause=status_and_area,
        variety=variety_of,
        words=AREA_WORDS,
        explained_by=("right-address", "nothing-dropped"),
        superseded_by=("recovers",),
    )
)


# What HTTP asks for where the contract says nothing: a warning where it is otherwise.


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


def by_another_method(exchange: Exchange, operation: Operation) -> bool:
    """Return whether a request is by a usual method that the document does not declare at its path."""
    method = exchange.case.request.method
    return method in _METHODS and method != operation.method


def _may_be_right(exchange: Exchange, operation: Operation) -> bool:
    """Return whether HTTP allows an answer for what the document does not say: of a value, or of a method.

    A path may have more methods than a document says: then the answer is noted, and breaks nothing.
    """
    known = by_another_method(exchange, operation) and not erred(exchange)
    return known or refused_for_a_value(exchange, operation) or _refused_for_state(exchange, operation)


def _refused_for_state(exchange: Exchange, operation: Operation) -> bool:
    """Return whether a good request got what the contract has for an object that another one has changed or used up.

    One of several in a row is about the same object as those before it.
    """
    answer = exchange.answer
    good = bool(exchange.case.expect.statuses & operation.success_statuses) and bool(exchange.known)
    given = operation.statuses_of(WRONG_STATE) | operation.statuses_of(CONFLICT)
    return good and isinstance(answer, Answer) and answer.status in given


def _judge_http_status(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer, expect = exchange.answer, exchange.case.expect
    if not expect.any_answer or context.promised(exchange) or exchange.number in context.unsettled:
        return None
    if (
        exchange.case.request.raw is not None
        and not (exchange.excuse and expect.server_error)
        and not _refused_for_state(exchange, context.operation)
        and context.declared(exchange)
        and erred(exchange)
    ):
        about = circumstances(exchange, context.operation)
        return [
            Violation(
                cause=Cause("server-error", about=exchange.case.family),
                summary=f"A request sent as raw bytes gets a server error: {outcome(answer)} ({about}).",
                expected="any answer except a 5xx, or no answer (RFC 9110 section 15.6)",
                actual=outcome(answer),
            )
        ]
    if not expect.statuses:
        return None
    if isinstance(answer, NoAnswer):
        # A server may wait for the rest of what is broken. What is whole has as long as any request, and no longer.
        waited = exchange.ended - exchange.began
        if answer.kind != "timeout" or expect.refused or exchange.excuse or waited < context.time_limit:
            return None
    elif answer.status in expect.statuses | expect.absent or _may_be_right(exchange, context.operation):
        return []
    return [
        Violation(
            cause=Cause("status", about=exchange.case.family, status=",".join(map(str, sorted(expect.statuses)))),
            summary=f"{exchange.case.label} got {outcome(answer)}; HTTP asks for another answer.",
            expected=f"{statuses(expect.statuses)}: {expect.why}",
            actual=outcome(answer),
        )
    ]


HTTP_STATUS = register(
    Law(
        name="http-status",
        demands="If the contract says nothing about a request, the answer follows the rules of HTTP.",
        source="RFC 9110 section 15; RFC 9112 sections 3, 6 and 7",
        judge=_judge_http_status,
        scope=Scope.ANSWER,
        words={"server-error": "server error: {about}", "status": "{about}: not {statuses}"},
        # An event that is wrong at good requests, too, is not why an odd one is accepted.
        explained_by=(Explanation(Scope.EVENT, lambda one, _: not one.right),),
        superseded_by=("no-server-error",),
        severity=Severity.WARNING,
        yields_to=("not-executed", "no-event-without-success", "one-request", "no-server-error"),
    )
)


# A 405 says what is allowed.


def _judge_allow_told(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.METHOD_NOT_ALLOWED:
        return None
    allowed = answer.header("allow")
    if allowed is not None:
        return []
    return [
        Violation(
            cause=Cause("no-allow", status=str(answer.status)),
            summary="The answer 405 does not say which methods are allowed.",
            expected=f"an Allow header with {context.operation.method} and all other allowed methods",
            actual="no Allow header",
        )
    ]


ALLOW_TOLD = register(
    Law(
        name="allow-told",
        demands="An answer 405 has an Allow header.",
        source="RFC 9110 section 15.5.6",
        judge=_judge_allow_told,
        scope=Scope.ANSWER,
        of_a_router=True,
        words={"no-allow": "{status} without Allow"},
        severity=Severity.WARNING,
    )
)


# A refusal that is right, and that the contract does not declare, is reported once.


def _judge_refused_undeclared(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or exchange.case.expect.any_answer or not context.rightly_refused(exchange):
        return None
    if context.operation.answer_for(answer.status) is not None:
        return None  # the HTTP library's own words for it
    if exchange.number in context.unsettled:
        return None  # what it answers alone, or with an object of its own, is judged
    return [
        Violation(
            cause=Cause("status", status=str(answer.status)),
            summary=f"The request is refused with {answer.status}, which the contract does not declare.",
            expected="a declared status, so that its body can be checked; `strict_statuses = true` makes this an error",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


REFUSED_UNDECLARED = register(
    Law(
        name="refused-undeclared",
        demands="A refusal that HTTP allows any server to send has a status that the contract declares.",
        source="RFC 9110 section 15.5: a client treats an unknown 4xx as 400",
        judge=_judge_refused_undeclared,
        severity=Severity.WARNING,
        scope=Scope.ANSWER,
        words={"status": "{status}"},
        precedence=Precedence.LAST,
    )
)


# A request without a valid credential is refused, where the contract requires one.

_SIGNED_OUT = "signed-out"


def _judge_sign_in_demanded(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    credential, security = exchange.credential, context.operation.security
    if credential is not None and credential.forbidden:
        return None  # the caller has signed in: the law on the answer for it, and those on events, speak of it
    if credential is None or credential.right is not False or not security.demanded or exchange.case.expect.any_answer:
        return None
    let_in = exchange.succeeded and context.declared(exchange)
    sent = any(d.stored and d.acknowledged and d.event is not None for d in exchange.declared)
    if not let_in and not sent:
        return []
    if context.operation.statuses_of(_SIGNED_OUT):
        return None  # the contract gives an answer for it: the law on that answer, and those on events, speak of it
    seen = f"{exchange.answer.status}" if isinstance(exchange.answer, Answer) else "no answer"
    return [
        Violation(
            cause=Cause("let-in" if let_in else "event"),
            summary=f"{exchange.case.operation} requires sign-in, but accepts a request without a valid credential.",
            expected=f"a 4xx or a redirect, and no event ({security.pointer})",
            actual=f"{seen}{', and an event' if sent else ''}; the caller: {credential.shown}",
            claim=Claim.NOTHING if let_in else Claim.EACH,
        )
    ]


SIGN_IN_DEMANDED = register(
    Law(
        name="sign-in-demanded",
        demands="Without a valid credential, an operation that requires one answers no 2xx and sends no event.",
        source="OpenAPI 3.1 Security Requirement Object; RFC 9110 section 11",
        judge=_judge_sign_in_demanded,
        scope=Scope.EXCHANGE,
        words={"let-in": "a 2xx without a valid credential", "event": "an event without a valid credential"},
        needs_tie=True,
    )
)
