"""Counts what came of the ids in requests, and says of which objects nothing was seen.

An id is one that the target has given, the contract's example, or made up. `KnownIds` counts those of the first kind.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING

from bothends.cases import are_told_apart, places_of_others
from bothends.contract.messages import sent_path_value
from bothends.contract.operations import anonymous
from bothends.contract.requests import SAFE, marks_in, variants_in
from bothends.contract.terms import FORBIDDEN
from bothends.engine.counts import counted
from bothends.engine.evidence.likely_reasons import ADD_ID
from bothends.engine.play import (
    GAVE,
    GAVE_AGAIN,
    GIVEN_BY,
    KNOWN,
    KNOWN_ABSENT,
    THEIRS,
    THEIRS_ANSWERED,
    declared_as_absent,
    depth,
    may_share_callers,
    named_by_nobody,
    values_of_nobody,
)
from bothends.records import Answer, NotProven, Weight, count_of, some_of, were

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Contract, Operation, Parameter
    from bothends.contract.requests import IdPlace
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_CALLERS_AGAIN = 'kind = "static", with two callers who come again, in the session of the settings; or an example'
"""What to add where each request has a caller of its own, who has made nothing before."""

_GIVEN = counted("ids not known", "operation")
_ABSENT = counted("ids not known that are not there", "operation", "status")
_NAMED = counted("members that name what nobody gave", "operation", "member")
_WITHIN = counted("values that no answer gave", "operation", "place")
_WITHIN_REFUSED = counted("values that no answer gave, refused", "operation", "place", "status")
_GUESSED = counted("values that are there by their name", "operation", "place")

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an answer that says that an id is not there, and so says nothing else."""
    if exchange.case.in_a_state or variants_in(operation.id_places, exchange.case.request):
        return  # what is not there, or not as it was, is what it is about
    _note_within(counts, operation, exchange)
    answer, expect = exchange.answer, exchange.case.expect
    if not expect.absent or not isinstance(answer, Answer) or exchange.known:
        return
    if expect.refused or expect.any_refusal or expect.any_answer:
        return  # its value may be none that an id can have: to say so is right, and nothing is missed by it
    if _lacking_example(operation) is None and not _has_examples(operation, exchange):
        return  # the contract gives an id that is there, and this is another one
    for name in named_by_nobody(operation, exchange.case.request) if declared_as_absent(operation) else ():
        counts.add(_NAMED, operation.id, name)
    counts.add(_GIVEN, operation.id)
    is_absent = answer.status in expect.absent and answer.status != HTTPStatus.CONFLICT  # that is of what is there
    counts.add(_ABSENT, operation.id, str(answer.status), times=is_absent)


def _note_within(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count the values in headers and bodies: those that were made up, those that are there by their name alone."""
    answer, case = exchange.answer, exchange.case
    within = [place for place in operation.id_places if place.part in {"header", "body"}]
    in_path = any(place.part == "path" for place in operation.id_places)
    if isinstance(answer, Answer) and answer.status in _GONE and in_path:
        return  # it may be said of the path
    if not within or case.expect.refused or case.expect.any_answer or not isinstance(answer, Answer):
        return
    for place in marks_in(within, case.request):
        counts.add(_GUESSED, operation.id, place.name, times=place.guessed)
        if not exchange.known:
            counts.add(_WITHIN, operation.id, place.name)
            refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
            refused = refused and answer.status not in case.expect.statuses
            counts.add(_WITHIN_REFUSED, operation.id, place.name, str(answer.status), times=refused)


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield which members of bodies were taken for ids by their names, each with the link that would say so."""
    for operation in contract.operations:
        for place in operation.id_places:
            if place.guessed and counts.number(_GUESSED, operation.id, place.name):
                source = place.sources[0].operation
                link = f"{{operationId: {operation.id}, requestBody: {{{place.title}: $response.body#/id}}}}"
                yield (
                    f"the member '{place.title}' of {operation.id} is taken for the id of what {source} makes, by its"
                    f" name: links: {{it: {link}}} on the answer of {source} promises it"
                )


def absent(counts: Counts, contract: Contract) -> dict[str, NotProven]:
    """Return, by operation, what is known of ids that are answered not to be there."""
    found: dict[str, NotProven] = {}
    for operation in contract.operations:
        of_known, known = never_found(counts, operation)
        if of_known:
            found[operation.id] = _never_found(counts, contract, operation, of_known)
        statuses = counts.words(_ABSENT, operation.id)
        if statuses and not known and any(one.location == "path" for one in operation.parameters):
            found[operation.id] = _absent(counts, contract, operation, sorted(map(int, statuses)))
        elif statuses and (names := counts.words(_NAMED, operation.id)):
            found[operation.id] = _named(counts, contract, operation, names)
        for place in operation.id_places:
            refused = counts.under(_WITHIN_REFUSED, operation.id, place.name)
            if refused and operation.id not in found:
                found[operation.id] = _made_up_within(counts, contract, operation, place)
    return found


def _made_up_within(counts: Counts, contract: Contract, operation: Operation, place: IdPlace) -> NotProven:
    """Return that requests were refused whose header or body had a value that nobody gave."""
    refused = counts.under(_WITHIN_REFUSED, operation.id, place.name)
    statuses = sorted({status for (status,) in refused})
    makers = ", ".join(dict.fromkeys(source.operation for source in place.sources))
    given = bool(counts.words(GAVE, place.leads))
    why = f"what {makers} had made was used by other requests" if given else f"no answer of {makers} gave one"
    return NotProven(
        f"made-up value of {operation.id}",
        f"{sum(refused.values()):,} of {count_of(counts.number(_WITHIN, operation.id, place.name), 'request')} "
        f"{were(sum(refused.values()))} answered {', '.join(statuses)}: the value of '{place.title}' was made up, "
        f"because {why}.",
        where=str(contract.document.location(place.pointer)),
        add="" if given else f"what lets {makers} succeed; or [[target.setup]] and x-from: setup.NAME",
        weight=Weight.ANSWERS,
    )


def _named(counts: Counts, contract: Contract, operation: Operation, names: list[str]) -> NotProven:
    """Return that requests were answered that something is not there, whose bodies name objects that nobody gave."""
    refused = counts.under(_ABSENT, operation.id)
    statuses = sorted({status for (status,) in refused})
    asked = count_of(counts.number(_GIVEN, operation.id), "request")
    return NotProven(
        f"made-up id of {operation.id}",
        f"{sum(refused.values()):,} of {asked} that name an object were answered {', '.join(statuses)}, which is "
        f"declared: nobody gave the value of {some_of([repr(name) for name in names])}.",
        where=str(contract.document.location(operation.pointer)),
        add=f"links, on an answer that gives one, with requestBody; or x-from: setup.NAME, on {names[0]!r}",
        weight=Weight.ANSWERS,
    )


def never_found(counts: Counts, operation: Operation) -> tuple[int, int]:
    """Return how many requests had an id that exists, and were answered that it does not; 0 where one was not."""
    known, not_there = (counts.number(what, operation.id) for what in (KNOWN, KNOWN_ABSENT))
    return (not_there if not_there == known else 0), known


def _never_found(counts: Counts, contract: Contract, operation: Operation, of_known: int) -> NotProven:
    """Return that no id of an operation led to an object, though another operation's answer had given it."""
    place = max(operation.id_places, key=depth)
    gave = ", ".join(counts.words(GIVEN_BY, operation.id))
    return NotProven(
        f"id of {operation.id}",
        f"{'The' if of_known == 1 else 'All'} {count_of(of_known, 'request')} with an id that {gave} gave "
        f"{were(of_known)} answered that it is not there: it may be no value of '{place.name}'.",
        where=str(contract.document.location(place.pointer)),
        add=ADD_ID,
        weight=Weight.ANSWERS,
    )


def _absent(counts: Counts, contract: Contract, operation: Operation, statuses: list[int]) -> NotProven:
    not_there = sum(counts.under(_ABSENT, operation.id).values())
    undeclared = [status for status in statuses if operation.answer_for(status) is None]
    told = f"; {', '.join(map(str, undeclared))} not declared" if undeclared else ""
    lacking = _lacking_example(operation)
    parameter = lacking or next(each for each in operation.parameters if each.location == "path")
    nobodys = values_of_nobody(operation)
    why = f"the value of '{parameter.name}' is the contract's example"
    if lacking is not None:
        names = " and ".join(f"'{each.name}'" for each in nobodys or [lacking])
        values = f"the values of {names} were" if len(nobodys) > 1 else f"the value of {names} was"
        why = f"{values} made up, because {_why_made_up(counts, contract, operation)}"
    idle = makers_not_under_test(contract, operation) if nobodys or not operation.id_places else []
    add = f"operations = [..., {', '.join(map(json.dumps, idle))}]" if idle else ADD_ID
    add = add if idle or may_share_callers(contract, operation) else _CALLERS_AGAIN
    return NotProven(
        f"made-up id of {operation.id}" if lacking else f"id of {operation.id}",
        f"{not_there:,} of {count_of(counts.number(_GIVEN, operation.id), 'request')} {were(not_there)} answered "
        f"{', '.join(map(str, statuses))}{told}: {why}.",
        where=str(contract.document.location(parameter.pointer)),
        add=add if lacking else "example: an id that exists",
        weight=Weight.ANSWERS,
    )


def _lacking_example(operation: Operation) -> Parameter | None:
    """Return a parameter of the path of which the contract gives no value: first one of which nobody else does."""
    in_path = (each for each in operation.parameters if each.location == "path" and each.example is None)
    return next(chain(values_of_nobody(operation), in_path), None)


def _has_examples(operation: Operation, exchange: Exchange) -> bool:
    """Return whether each parameter of the path has the value that the contract gives."""
    target = exchange.sent.target
    return all(
        sent_path_value(operation.path, target, each.name) == each.example_text
        for each in operation.parameters
        if each.location == "path"
    )


# Why no id is known.


def _why_made_up(counts: Counts, contract: Contract, operation: Operation) -> str:
    """Return why values in the path of an operation are made up, for a person to read."""
    return _why_nobody(contract, operation) if values_of_nobody(operation) else why_none(counts, contract, operation)


def _why_nobody(contract: Contract, operation: Operation) -> str:
    """Return why no operation gives a value, for a person to read."""
    if idle := makers_not_under_test(contract, operation):
        return f"{' or '.join(idle)}, which could give one, is not under test"
    own = anonymous(operation.path)
    if put := [one.id for one in contract.operations if one.method == "PUT" and anonymous(one.path) == own]:
        return f"{' or '.join(put)} makes such an object under a name that its request chooses, which no answer gives"
    return "no operation makes or lists such an object, and no link leads to it with a value of its answer"


def why_none(counts: Counts, contract: Contract, operation: Operation) -> str:
    """Return why no id of an operation is known, for a person to read."""
    place = max(operation.id_places, key=depth, default=None)
    if place is None:
        return _why_nobody(contract, operation)
    if not may_share_callers(contract, operation):
        return "each request has a caller of its own, by whom its events and calls are told"
    needs = next((each for each in operation.needs if each.leads == place.leads), None)
    if needs is not None:
        return (
            f"the steps of {needs.title} made no object"
            if needs.workflow
            else "the steps of its x-needs made no object"
        )
    answered = counts.words(GAVE, place.leads)
    makers = [source.operation for source in place.sources if source.how != "list"]
    if makers and operation.method not in SAFE and not set(makers).intersection(answered):
        # What others list was there before: it is nobody's to change.
        return f"no request to {' or '.join(dict.fromkeys(makers))} that was to give one succeeded"
    if answered:
        again = counts.words(GAVE_AGAIN, place.leads)
        told = "gave the same id again, and none with other values in its requests"
        return f"{', '.join(again)} {told}" if again else f"no answer of {', '.join(answered)} gives one"
    return f"no request to {_given_by(operation)} that was to give one succeeded"


def _given_by(operation: Operation) -> str:
    """Return the operations that were to give the ids of an operation, for a person to read."""
    return ", ".join(dict.fromkeys(source.operation for place in operation.id_places for source in place.sources))


def makers_not_under_test(contract: Contract, operation: Operation) -> list[str]:
    """Return the operations of the document that could give an id of an operation, were they under test."""
    without = [one for one in operation.parameters if one.location == "path" and one.example is None]
    lacking = [one.name for one in values_of_nobody(operation) or without]
    collections = {anonymous(operation.path.partition("{" + name + "}")[0]).rstrip("/") for name in lacking}
    under_test = {(one.method, one.path) for one in contract.operations}
    return [
        f"{method} {path}"
        for method, path in contract.routes
        if (method, path) not in under_test and method in {"POST", "GET"} and anonymous(path).rstrip("/") in collections
    ]


def _unsaid(counts: Counts, silent: Iterable[Operation]) -> Iterator[tuple[str, str, list[Operation]]]:
    """Yield operations of which the contract does not say whose the objects are: what was seen, and what to add."""
    found: dict[tuple[str, str], list[Operation]] = {}
    for operation in silent:
        statuses = counts.words(THEIRS_ANSWERED, operation.id)
        said = f"; one who asked got {', '.join(statuses)}."
        if statuses and all(status.startswith("2") for status in statuses):
            told = (
                said,
                f"x-shared: true, if all share it; else x-given: {FORBIDDEN}, on the answer that such a caller gets",
            )
        elif len(statuses) == 1 and statuses[0].startswith("4"):
            told = said, f"x-given: {FORBIDDEN}, on the answer {statuses[0]}"
        else:
            told = (
                said if statuses else ", so it was not tested.",
                f"x-given: {FORBIDDEN}, on the answer that such a caller gets; or x-shared: true, if all share it",
            )
        found.setdefault(told, []).append(operation)
    yield from ((why, add, some) for (why, add), some in found.items())


def theirs_not_proven(counts: Counts, contract: Contract, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield that it was not seen whether a caller gets another caller's object."""
    asked = (operation for operation in contract.operations if operation.id not in hopeless)
    owned = [one for one in asked if are_told_apart(contract, one) or places_of_others(contract, one)]
    silent = [one for one in owned if not (one.statuses_of(FORBIDDEN) or one.shared)]
    for why, add, some in _unsaid(counts, silent):
        yield NotProven(
            f"objects of other callers: {some_of([operation.id for operation in some])}",
            f"The contract does not say what a caller gets who asks for another caller's object{why}",
            where=str(contract.document.location(some[0].pointer)),
            add=add,
            weight=Weight.SIGN_IN,
        )
    for operation in owned:
        if operation not in silent and not counts.number(THEIRS, operation.id):
            why = why_none(counts, contract, operation)
            yield NotProven(
                f"objects of other callers: {operation.id}",
                f"No object of another caller was known, as {why}, or its callers are one.",
                where=str(contract.document.location(operation.pointer)),
                weight=Weight.SIGN_IN,
            )
