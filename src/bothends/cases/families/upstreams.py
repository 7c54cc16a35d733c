"""Families of upstreams that fail, each by its own answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.cases.families import expectations, requests
from bothends.cases.families.boundaries import answers_json, invalid_variants, not_objects
from bothends.cases.families.clients import slow
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import (
    ANY_FAULT,
    acknowledged,
    acknowledgement,
    fault_cases,
    ingests_of,
    is_ingest,
    only_of_faults,
    taken_for,
    upstreams_of,
    without_identity,
)
from bothends.contract.settings import RETRIES_CLOSED
from bothends.contract.tables import INGESTS
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, EventContract, Operation
    from bothends.records import Expectation
    from bothends.schemas import Schema


# `upstream-unreachable`: an upstream that accepts no connection.

UPSTREAM_UNREACHABLE_NAME = "upstream-unreachable"

UPSTREAM_UNREACHABLE_FAMILY = register(
    Family(
        UPSTREAM_UNREACHABLE_NAME,
        only_of_faults,
        "an upstream that accepts no connection.",
        after="slow-clients",
    )
)


# `upstream-timeout`: an upstream that accepts the request, and has not answered in full when the timeout expires.
#
# Until then the upstream sends nothing, half an answer, or a few bytes now and then. Each of these takes the
# target's whole timeout, so the cases of one upstream wait at the same time.

UPSTREAM_TIMEOUT_NAME = "upstream-timeout"

# The last: it acts on connections, and not on requests. What is never connected to may as well be unreachable.
_IGNORES = {"ignores-connections": Condition.of("ignores-connections")}
_LONGEST_MS = 60_000  # what the state can say


def upstream_timeout_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield answers that come too late, and connections that nobody takes, of each upstream and of each ingest."""
    timeout_ms = contract.settings.world.upstream_timeout_ms
    states = {}
    if timeout_ms * 2 <= _LONGEST_MS:
        states["answers-late"] = Condition.of("answers-after", ms=timeout_ms * 2)
        # Never silent for long: it takes a limit on the whole, and not on each step.
        states["dribbles"] = Condition.of("answers-over", ms=min(timeout_ms * 4, _LONGEST_MS))
    # A target with more time than is assumed may well wait that long.
    late = taken_for(UPSTREAM_TIMEOUT_NAME) if contract.settings.knows_timeout else expectations.recovery
    for what, expect in ((states, late), (_IGNORES, ANY_FAULT)):
        yield from fault_cases(contract, operation, UPSTREAM_TIMEOUT_NAME, what, expect, in_vain=True)


UPSTREAM_TIMEOUT_FAMILY = register(
    Family(
        UPSTREAM_TIMEOUT_NAME,
        upstream_timeout_cases,
        "an upstream that accepts the request, and has not answered in full when the timeout expires.\n\nUntil then "
        "the upstream sends nothing, half an answer, or a few bytes now and then. Each of these takes the target's "
        "whole timeout, so the cases of one upstream wait at the same time.",
        after="upstream-unreachable",
        in_vain=True,
    )
)


# `upstream-unclear`: faults that are neither clearly a wrong answer nor clearly a missing one.
#
# Connections that end before the answer does, answers that are not HTTP, temporary statuses such as 503, and
# answers that no target has to read in full: any answer that the spec declares for an upstream's fault is
# right.

UPSTREAM_UNCLEAR_NAME = "upstream-unclear"
_UPSTREAM_UNCLEAR_QUICK = (
    "*-resets",
    "*-resets-unread",
    "*-closes",
    "*-malformed-chunk",
    "*-breaks-off",
    "*-announces-more",
    "*-answers-429",
    "*-answers-503",
    "*-asks-to-wait-429",
    "*-deep",
)

_NOT_NOW = (408, 429, 502, 503, 504)
_UNCLEAR_STATES = {
    **{f"answers-{status}": Condition.of("answers-status", status=status) for status in _NOT_NOW},
    **{f"answers-page-{status}": Condition.of("answers-page", status=status) for status in (502, 503)},
    **{
        f"asks-to-wait-{status}": Condition.of("answers-and-asks-to-wait", status=status, seconds=3600)
        for status in (429, 503)
    },
}
_DEEP = {"deep": Condition.of("answers-deep", levels=100_000)}


def upstream_unclear_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each unclear fault, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, UPSTREAM_UNCLEAR_NAME, _UNCLEAR_STATES, ANY_FAULT)
    for name in upstreams_of(contract, operation):
        schema = contract.answers.get(name)
        if schema is None or not schema.is_valid([[[]]]):  # else it may be right, if the target can read it
            yield from fault_cases(contract, operation, UPSTREAM_UNCLEAR_NAME, _DEEP, ANY_FAULT, upstream=name)


UPSTREAM_UNCLEAR_FAMILY = register(
    Family(
        UPSTREAM_UNCLEAR_NAME,
        upstream_unclear_cases,
        "faults that are neither clearly a wrong answer nor clearly a missing one.\n\nConnections that end before "
        "the answer does, answers that are not HTTP, temporary statuses such as 503, and answers that no target has "
        "to read in full: any answer that the spec declares for an upstream's fault is right.",
        _UPSTREAM_UNCLEAR_QUICK,
        after="upstream-wrong",
    )
)


# `upstream-wrong`: an upstream that answers in full, but wrongly.
#
# Error statuses that are not temporary, answers that are not JSON, and JSON that does not match the
# contract's schema of the answer. Redirects are wrong too: the target must not follow them.

UPSTREAM_WRONG_NAME = "upstream-wrong"
_UPSTREAM_WRONG_QUICK = (
    "*-answers-40[0134]",
    "*-answers-500",
    "*-answers-204",
    "*-answers-garbage",
    "*-answers-nothing",
    "*-answers-page-200",
    "*-answers-500-with-a-right-body",
    "*-answers-null",
    "*-answers-list",
    "*-answers-empty-object",
    "*-answers-without-*",
    "*-answers-*-of-text",
    "*-answers-*-as-text",
    "*-answers-200-with-*",
    "*-redirects-*",
)

# 408, 429, 502, 503 and 504 say "not now": `upstream-unclear` has those.
_STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 500, 501)
_ERROR_IN_IT = Condition.of("answers-error-as-success")
_WRONG = {
    **{f"answers-{status}": Condition.of("answers-status", status=status) for status in _STATUSES},
    "answers-nothing": Condition.of("answers-nothing", status=200),
    **{f"answers-page-{status}": Condition.of("answers-page", status=status) for status in (200, 404, 500)},
    "answers-500-and-nothing": Condition.of("answers-nothing", status=500),
    **{f"answers-{n}-with-a-right-body": Condition.of("says-otherwise", status=n) for n in (404, 500)},
    "answers-400-and-empty-object": answers_json({}, 400),
}
_OF_AN_UPSTREAM = {
    "answers-204": Condition.of("answers-nothing", status=204),
}
_REDIRECTS = {f"redirects-{status}": Condition.of("redirects", status=status) for status in (301, 302, 303, 307, 308)}
_ERROR_OBJECT = {"error": "Internal Server Error", "status": 500}


def upstream_wrong_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each wrong answer, for each upstream and for each ingest."""
    for name in upstreams_of(contract, operation):
        # Who is told that a receiver is gone for good may send it nothing any more, so what follows would be lost.
        whom = is_ingest(contract, name) and not operation.awaits(name)
        states = {label: state for label, state in _WRONG.items() if not (whom and label == "answers-410")}
        yield from fault_cases(
            contract, operation, UPSTREAM_WRONG_NAME, states, taken_for(UPSTREAM_WRONG_NAME), upstream=name
        )
    for name in contract.settings.world.upstreams:
        wrong = {**_OF_AN_UPSTREAM, **_shapes(contract, name)}
        yield from fault_cases(
            contract, operation, UPSTREAM_WRONG_NAME, wrong, taken_for(UPSTREAM_WRONG_NAME), upstream=name
        )
    for name in ingests_of(contract, operation):
        schema = acknowledgement(operation, name)
        wrong = {
            **_errors_beside(contract, name, schema),
            **_statuses_beside(schema),
            **{f"answers-{n}": answers_json(v) for n, v in _no_acknowledgements(schema)},
        }
        yield from fault_cases(
            contract, operation, UPSTREAM_WRONG_NAME, wrong, taken_for(UPSTREAM_WRONG_NAME), upstream=name
        )
    # What is called after a redirect must be known to be the case's own; a delivery tells it.
    for name in upstreams_of(contract, operation):
        yield from fault_cases(
            contract,
            operation,
            UPSTREAM_WRONG_NAME,
            _REDIRECTS,
            taken_for(UPSTREAM_WRONG_NAME),
            upstream=name,
            exclusive=not is_ingest(contract, name),
        )


def _shapes(contract: Contract, upstream: str) -> dict[str, Condition]:
    """Return the states of an upstream whose JSON answers are not what the schema of an upstream's answer asks for."""
    schema = contract.answers[upstream]
    states = {f"answers-{name}": answers_json(value) for name, value in invalid_variants(schema)}
    if not schema.is_valid(_ERROR_OBJECT):
        states["answers-200-with-an-error"] = _ERROR_IN_IT
    return states


def _errors_beside(contract: Contract, ingest: str, schema: Schema | None) -> dict[str, Condition]:
    """Return the states of 200 and an error in the body, but for those that the contract takes for acknowledgements.

    A schema that admits anything asks for no words: there, the status alone acknowledges.
    """
    if schema is None:
        return {}
    table = contract.settings.world.ingests.get(ingest)
    told = table is not None and INGESTS.get(table.kind).tells_errors
    found = {}
    if not schema.is_valid({**_ERROR_OBJECT, "detail": ""}):
        found["answers-200-with-an-error"] = _ERROR_IN_IT
    if told or not schema.is_valid({**acknowledged(schema), "error": _ERROR_OBJECT["error"]}):
        found["answers-200-with-an-error-beside"] = Condition.of("answers-error-beside")
    return found


def _statuses_beside(schema: Schema | None) -> dict[str, Condition]:
    """Return the state of a status in the body that tells of an error, where the contract has no such answer."""
    if schema is None or schema.is_valid({**acknowledged(schema), "status": _ERROR_OBJECT["status"]}):
        return {}
    return {"answers-200-with-500-in-the-body": Condition.of("answers-status-beside", status=500)}


def _no_acknowledgements(schema: Schema | None) -> Iterator[tuple[str, Any]]:
    """Yield values that say that nothing was stored, or nothing at all; none where the contract names no other."""
    if schema is not None:
        yield from not_objects(schema)
        yield from without_identity(schema).items()


UPSTREAM_WRONG_FAMILY = register(
    Family(
        UPSTREAM_WRONG_NAME,
        upstream_wrong_cases,
        "an upstream that answers in full, but wrongly.\n\nError statuses that are not temporary, answers that are "
        "not JSON, and JSON that does not match the contract's schema of the answer. Redirects are wrong too: the "
        "target must not follow them.",
        _UPSTREAM_WRONG_QUICK,
        after="upstream-timeout",
    )
)


# `upstream-odd`: an upstream that is odd or slow, but right. The request succeeds.
#
# Slow means at most half of the target's timeout.

UPSTREAM_ODD_NAME = "upstream-odd"
_UPSTREAM_ODD_QUICK = (
    "*-answers-as-text",
    "*-answers-in-chunks",
    "*-answers-in-16-kib",
)

_ODD = {
    "answers-as-text": Condition.of("answers-as", media_type="text/plain"),
    "answers-as-octets": Condition.of("answers-as", media_type="application/octet-stream"),
    "answers-as-json": Condition.of("answers-as", media_type="application/json;charset=UTF-8"),
}
_LONG = {"answers-in-16-kib": Condition.of("answers-at-length", kib=16)}
_SLOW = {"answers-slowly": "answers-after", "answers-in-drops": "answers-over"}
_ACKNOWLEDGEMENTS = (200, 202, 204, 201)
_MOST = 2
_PART = 4
"""The timeout of a target divided by this is slow, and still in time on a busy machine."""


def upstream_odd_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each oddity, for each upstream and for the ingest."""
    ms = contract.settings.world.upstream_timeout_ms // _PART
    slow = {name: Condition.of(state, ms=ms) for name, state in _SLOW.items()}

    def right(operation: Operation, _upstream: str) -> Expectation:
        return expectations.success(operation)

    yield from fault_cases(contract, operation, UPSTREAM_ODD_NAME, _ODD, right)
    for name in contract.settings.world.upstreams:
        yield from fault_cases(contract, operation, UPSTREAM_ODD_NAME, _LONG, right, upstream=name)
    for name in ingests_of(contract, operation):
        others = {
            f"acknowledges-with-{status}": Condition.of("acknowledges-as-declared", status=status)
            for status in _other_acknowledgements(operation, name)
        }
        yield from fault_cases(contract, operation, UPSTREAM_ODD_NAME, others, right, upstream=name)
    yield from fault_cases(contract, operation, UPSTREAM_ODD_NAME, slow, right, group="the slowness")


def _other_acknowledgements(operation: Operation, ingest: str) -> list[int]:
    """Return statuses that acknowledge each event at an ingest with no body, as declared, and that it does not send."""
    events = [event for event in operation.events if event.ingest == ingest]
    usual = {next((a.status for a in event.answers if a.status.startswith("2")), "") for event in events}
    sent = {"200" if status.upper() == "2XX" else status for status in usual}
    return [status for status in _ACKNOWLEDGEMENTS if str(status) not in sent and _all_declare(events, status)][:_MOST]


def _all_declare(events: Sequence[EventContract], status: int) -> bool:
    declared = [event.answer_for(status) for event in events]
    return all(one is not None and one.status.startswith("2") and not one.content for one in declared)


UPSTREAM_ODD_FAMILY = register(
    Family(
        UPSTREAM_ODD_NAME,
        upstream_odd_cases,
        "an upstream that is odd or slow, but right. The request succeeds.\n\nSlow means at most half of the "
        "target's timeout.",
        _UPSTREAM_ODD_QUICK,
        after="upstream-unclear",
    )
)


# `time-budgets`: slow upstreams, one after the other, and what happens to an event when the timeout expires.

TIME_BUDGETS_NAME = "time-budgets"

_SEVERAL = 2
_TOO_SLOW = 1.5


def time_budgets_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield all upstreams slow at once, each in time; and the ingest later than the target waits."""
    request = requests.admitted_request(operation)
    called = upstreams_of(contract, operation)
    if request is None or not called:
        return
    plain = Case(operation.id, TIME_BUDGETS_NAME, "", request)
    if len(called) >= _SEVERAL:
        # Each has its own budget, or there is one for all: both are right.
        given = tuple(slow(contract, upstream) for upstream in called)
        told = [expectations.fault(operation, ["upstream-timeout"], upstream) for upstream in called]
        statuses = operation.success_statuses.union(*(one.statuses for one in told))
        yield replace(plain, name="all-slow-and-in-time", given=given, expect=replace(told[0], statuses=statuses))
    for place, ingest in enumerate(ingests_of(contract, operation)):
        pause = int(contract.settings.world.upstream_timeout_ms * _TOO_SLOW)
        given = (Condition.of("answers-after", ingest, ms=pause),)
        # Who waits that long succeeds. Who does not must not send the event once more when it has answered.
        expect = expectations.recovery(operation, ingest)
        name = "acknowledged-too-late" if not place else f"acknowledged-too-late-by-the-{ingest}"
        yield replace(plain, name=name, given=given, expect=expect)


TIME_BUDGETS_FAMILY = register(
    Family(
        TIME_BUDGETS_NAME,
        time_budgets_cases,
        "slow upstreams, one after the other, and what happens to an event when the timeout expires.",
        quick=(),
        after="disconnects",
    )
)


# `recovery`: an upstream that fails at first and then works. Whether to retry is the target's choice.

RECOVERY_NAME = "recovery"
_RECOVERY_QUICK = (
    "*-fails-once",
    "*-closes-idle-connections",
)

_AT_FIRST = {
    "fails-twice": Condition.of("fails-times", count=2),
    "fails-four-times": Condition.of("fails-times", count=4),
}
_CLOSED = {"closes-a-kept-connection": Condition.of("closes-kept")}
_PART_AT_FIRST = 20


def recovery_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each upstream and of the ingest, each alone: the call that failed must be its own."""
    ms = contract.settings.world.upstream_timeout_ms // _PART_AT_FIRST
    states = {**_AT_FIRST, "unreachable-at-first": Condition.of("unreachable-for", ms=ms)}
    yield from fault_cases(contract, operation, RECOVERY_NAME, states, expectations.recovery, exclusive=True)
    yield from fault_cases(contract, operation, RECOVERY_NAME, _CLOSED, _tried_again, exclusive=True)


def _tried_again(operation: Operation, upstream: str) -> Expectation:
    either = expectations.recovery(operation, upstream)
    return expectations.served_where_promised(either, operation, RETRIES_CLOSED)


RECOVERY_FAMILY = register(
    Family(
        RECOVERY_NAME,
        recovery_cases,
        "an upstream that fails at first and then works. Whether to retry is the target's choice.",
        _RECOVERY_QUICK,
        after="odd-acknowledgement",
    )
)
