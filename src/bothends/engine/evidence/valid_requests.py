"""Counts what came of valid requests: where none of an operation ever succeeds, most else that was seen says little.

The request may not be the one that the target waits for: a credential, an id, a value is another one. So what is
answered to all of them with a refusal is no finding: it is said once, with what is known of the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract import admission
from bothends.contract.openapi import token_paths
from bothends.contract.requests import PRECONDITIONS, SAFE, leads_nowhere, mails_nobody
from bothends.engine.counts import counted
from bothends.engine.evidence.likely_reasons import Reason, likely_reason, made_up_value
from bothends.engine.judge import Refusals
from bothends.laws import outcome_of
from bothends.records import Answer, NotProven, Weight, count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Case, Exchange

    Shown = dict[tuple[str, str], Exchange]
    """A small exchange for each way in which valid requests of an operation were answered, none of which succeeded."""

_OUTCOME = counted("valid requests answered", "operation", "outcome")
_SUCCEEDED = counted("valid requests that succeeded", "operation")
_MOST_BYTES = 4096
"""What is kept of the answer to a request that did not succeed."""
_MOST_OUTCOMES = 8
_OF_CALLERS = frozenset({401, 403})  # RFC 9110 sections 15.5.2 and 15.5.4
_OF_ROUTERS = frozenset({"404", "405"})  # RFC 9110 sections 15.5.5 and 15.5.6
_ALL_REFUSALS = frozenset(map(str, range(300, 500)))


def note(counts: Counts, shown: Shown, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange, and keep what shows how it was answered."""
    if counts.number(_SUCCEEDED, operation.id):
        return
    valid, succeeded = is_valid(operation, exchange), _succeeded(operation, exchange)
    if succeeded and (valid or _is_open(operation, exchange) or _is_of_nobody(operation, exchange)):
        counts.add(_SUCCEEDED, operation.id)
        for key in [key for key in shown if key[0] == operation.id]:
            del shown[key]
    if succeeded or not valid or exchange.case.of_the_world or exchange.excuse:
        return  # a fault, or a busy machine, may be why
    if _asks_against_its_word(operation, exchange):
        return
    key = (operation.id, outcome_of(exchange.answer))
    counts.add(_OUTCOME, *key)
    if key in shown or sum(name == operation.id for name, _ in shown) < _MOST_OUTCOMES:
        shown[key] = _simpler(shown.get(key), exchange.cut(_MOST_BYTES))


def joined(counts: Counts, ours: Shown, theirs: Shown) -> Shown:
    """Return what two parts of a run have kept, whose counts are joined."""
    both = {**ours, **{key: _simpler(ours.get(key), exchange) for key, exchange in theirs.items()}}
    return {key: exchange for key, exchange in both.items() if not counts.number(_SUCCEEDED, key[0])}


def refusals(counts: Counts, contract: Contract, name: str) -> Refusals:
    """Return how requests of an operation were answered, of which no valid one has succeeded; else nothing.

    A router answers 404 where it has no such path, and 405 where it has the path and not the method. An operation that
    is there may answer 404 as well, of an id in its path. So where others are there, it counts as its own then.
    Where nothing of the contract is there, what stands before all routes, such as a parser of bodies, is not its own.
    501 says that the method is known nowhere (RFC 9110 section 15.6.2): to a valid request, that is an error.
    """
    if counts.number(_SUCCEEDED, name):
        return Refusals()
    outcomes = frozenset(counts.words(_OUTCOME, name))
    if not _is_of_routers(outcomes):
        return Refusals(outcomes)
    if _is_nothing_there(counts):
        return Refusals(outcomes, _ALL_REFUSALS)
    return Refusals(outcomes, frozenset() if _names_an_object(contract.operation(name)) else _OF_ROUTERS)


def _is_nothing_there(counts: Counts) -> bool:
    """Return whether nothing shows that the target has any of the operations: routers may have answered all of them."""
    return not counts.under(_SUCCEEDED) and _is_of_routers(outcome for _, outcome in counts.under(_OUTCOME))


def _is_of_routers(outcomes: Iterable[str]) -> bool:
    """Return whether valid requests got no answer but what a router says of a path, or of a method, that it lacks."""
    statuses = {outcome for outcome in outcomes if outcome.isdigit()}
    return bool(statuses) and statuses <= _OF_ROUTERS


def _names_an_object(operation: Operation) -> bool:
    return any(one.location == "path" for one in operation.parameters)


def hopeless_operations(counts: Counts) -> frozenset[str]:
    """Return the operations of which no valid request has succeeded, though some were sent."""
    return frozenset(counts.words(_OUTCOME)) - frozenset(counts.words(_SUCCEEDED))


def has_success(counts: Counts) -> bool:
    """Return whether a valid request has succeeded, of whatever operation; so it is where none was sent."""
    return bool(counts.words(_SUCCEEDED)) or not counts.words(_OUTCOME)


def not_proven(
    counts: Counts, shown: Shown, contract: Contract, absent: Mapping[str, NotProven]
) -> Iterator[NotProven]:
    """Yield one line for each operation of which no valid request succeeded; `absent` is what is known of its ids."""
    hopeless = hopeless_operations(counts)
    tried = [operation for operation in contract.operations if operation.id in hopeless]
    if _is_nothing_there(counts) and not all(map(_names_an_object, tried)):
        yield _nothing_there(counts, shown, contract, tried)
        return
    for operation in contract.operations:
        if operation.id in hopeless:
            yield _of(counts, shown, contract, operation, absent.get(operation.id))


def _of(counts: Counts, shown: Shown, contract: Contract, operation: Operation, absent: NotProven | None) -> NotProven:
    times = {outcome: number for (outcome,), number in counts.under(_OUTCOME, operation.id).items()}
    usual = max(times, key=lambda outcome: (times[outcome], outcome))
    exchange = shown.get((operation.id, usual))
    if absent is not None and exchange is not None and _status(exchange) in operation.absent_statuses:
        return replace(absent, shown=exchange, weight=Weight.SUCCESS)
    told = ", ".join(f"{_words(outcome)} {_times(times[outcome])}" for outcome in sorted(times))
    gives_tokens = operation.path in token_paths(contract.document.value)
    reason = Reason() if exchange is None else likely_reason(operation, exchange, gives_tokens=gives_tokens)
    likely = f" Likely reason: {reason.text}." if reason.text else ""
    return NotProven(
        f"success of {operation.id}",
        f"No valid request succeeded: {told}.{likely} What needs a success was not judged.",
        where=str(contract.document.location(reason.where or operation.pointer)),
        add=reason.add,
        weight=Weight.SUCCESS,
        shown=exchange,
    )


def _nothing_there(counts: Counts, shown: Shown, contract: Contract, tried: Sequence[Operation]) -> NotProven:
    """Return that no valid request has reached anything: one statement for all operations."""
    times: Counter[str] = Counter()
    for operation in tried:
        times.update({outcome: number for (outcome,), number in counts.under(_OUTCOME, operation.id).items()})
    told = ", ".join(f"{_words(outcome)} {_times(times[outcome])}" for outcome in sorted(times))
    path, spec = contract.settings.target.base_path, contract.settings.spec.name
    below = f", which is {path!r} here" if path else ""
    exchanges = [exchange for (name, _), exchange in shown.items() if not _names_an_object(contract.operation(name))]
    return NotProven(
        f"the operations of {spec}",
        f"Nothing of the API was reached: no valid request to {count_of(len(tried), 'operation')} succeeded: {told}. "
        f"Likely reason: the base path{below}: 404 says that nothing is there. What the answers look like, and what "
        "needs a success, was not judged.",
        where=str(contract.document.location("")),
        add='[target]\nbase_path = "/…"   # what stands before each path; or --url with that path',
        weight=Weight.SUCCESS,
        shown=min(exchanges, key=_size, default=None),
    )


def is_valid(operation: Operation, exchange: Exchange) -> bool:
    """Return whether nothing but a success is right for a request, as far as the contract knows."""
    case, credential = exchange.case, exchange.credential
    expect = case.expect
    if case.request.method != operation.method or case.behaviour or expect.refused or expect.any_answer:
        return False
    if expect.any_refusal or expect.any_redirect or (credential is not None and credential.right is False):
        return False
    right = expect.statuses & operation.success_statuses
    return bool(right) and (right == expect.statuses or bool(case.of_the_world))


def _asks_against_its_word(operation: Operation, exchange: Exchange) -> bool:
    """Return whether an answer asks for a credential, and the operation itself says `security: []`: none is needed.

    Then it is no request that is wrong but a finding: unless the status is declared, or a value was made up with which
    nobody may do anything, or a body or a header may show a credential as well, such as a password or a signature.
    """
    security, answer = operation.security, exchange.answer
    if security.alternatives or not security.pointer.startswith(f"{operation.pointer}/") or _may_show(operation):
        return False
    asks = isinstance(answer, Answer) and answer.status in _OF_CALLERS and operation.answer_for(answer.status) is None
    return asks and made_up_value(operation, exchange) is None


def _may_show(operation: Operation) -> bool:
    """Return whether a request has a place for what tells who sends it, beside those of `security`."""
    places = (one for one in operation.parameters if one.location != "path" and one.name.lower() not in PRECONDITIONS)
    return operation.method not in SAFE or any(places)


def _is_open(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a request is valid, though a target may refuse it as a URL in it, or an email, leads nowhere."""
    case, credential = exchange.case, exchange.credential
    if case.expect.refused or case.behaviour or (credential is not None and credential.right is False):
        return False
    return (leads_nowhere(case.request) or mails_nobody(case.request)) and _is_admitted(operation, case)


def _is_of_nobody(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a request has no credential where none need be shown, and is valid but for that."""
    case, credential = exchange.case, exchange.credential
    if not operation.security.optional or credential is None or credential.schemes or case.expect.refused:
        return False
    return _is_admitted(operation, case)


def _is_admitted(operation: Operation, case: Case) -> bool:
    verdict = admission(operation, case.request)
    return case.request.method == operation.method and verdict.certain and not verdict.refusals


def _succeeded(operation: Operation, exchange: Exchange) -> bool:
    return exchange.succeeded or _status(exchange) in operation.success_statuses


def _status(exchange: Exchange) -> int:
    return exchange.answer.status if isinstance(exchange.answer, Answer) else 0


def _simpler(known: Exchange | None, other: Exchange) -> Exchange:
    """Return the exchange of two whose request is smaller: it is the same whichever comes first."""
    return other if known is None else min((known, other), key=_size)


def _size(exchange: Exchange) -> tuple[int, str]:
    request = exchange.case.request
    size = len(request.target) + len(request.body or b"") + sum(len(n) + len(v) for n, v in request.headers)
    return size, exchange.case.label


def _words(outcome: str) -> str:
    return outcome if outcome.isdigit() else f"no answer ({outcome})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
