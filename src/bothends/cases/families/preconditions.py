"""`precondition-failed`: requests about an object as nobody has seen it (RFC 9110, section 13.1).

Drawn requests have made-up preconditions by chance alone, and most of them about objects that are not there.

Where no `x-given` says how a condition that does not hold is answered, a target may know none. Where one does, it has
to go by what RFC 9110 says of lists and of `*`, too. Of a weak tag, which `If-Match` never matches, and of one without
its quotes, which is none, a success is a warning: what compresses answers makes tags weak, and some targets let them
pass for that; some are lenient to those who forget the quotes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.success import success_cases
from bothends.cases.families.transitions import usual
from bothends.contract import admission
from bothends.contract.messages import json_value
from bothends.contract.operations import anonymous
from bothends.contract.requests import SAFE
from bothends.contract.terms import PRECONDITION_FAILED
from bothends.records import Case
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation, Parameter
    from bothends.contract.requests import IdPlace, Variant
    from bothends.records import Expectation, Request

_TAG, _OTHERS = '"bothends"', '"bothends", "another"'
"""Of the tags that an object may have, these are none."""
_WITH_A_COMMA = '"both,ends"'
"""One tag, and no two: a comma may stand in it (RFC 9110, section 8.8.3)."""
_LONG_AGO, _AT_THE_END = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"

# By the header: the name of a case, its value, and whether the condition holds for an object that is there.
_VALUES = {
    "if-match": (("another-tag", _TAG, False), ("other-tags", _OTHERS, False), ("any-tag", "*", True)),
    "if-none-match": (("another-tag", _TAG, True), ("other-tags", _OTHERS, True), ("any-tag", "*", False)),
    "if-unmodified-since": (("long-ago", _LONG_AGO, False), ("at-the-end", _AT_THE_END, True)),
}
_REQUIRED = HTTPStatus.PRECONDITION_REQUIRED


def precondition_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right request with each precondition that the operation declares, and one without it."""
    right = requests.admitted_request(operation)
    if right is None:
        return
    places = {place.name.lower(): place for place in operation.id_places if place.part == "header"}
    for parameter in operation.parameters:
        header = parameter.name.lower() if parameter.location == "header" else ""
        if header not in _VALUES or (operation.method in SAFE and header != "if-none-match"):
            continue
        case = Case(operation.id, PRECONDITION_FAILED, "", right)
        for name, value, holds in _VALUES[header]:
            yield from _with(operation, case, parameter, name, value, expect=_expected(operation, header, holds=holds))
        if header == "if-match" and header in places:
            yield from _by_its_tag(contract, operation, case, parameter, places[header])
        if header == "if-none-match" and header in places and operation.method in SAFE:
            yield from _known_by_its_tag(operation, case, parameter, places[header])
        if not parameter.required and operation.answer_for(_REQUIRED) is not None:
            yield from _without(operation, case, parameter)
    yield from _after_a_change(contract, operation, right)


def _after_a_change(contract: Contract, operation: Operation, right: Request) -> Iterator[Case]:
    """Yield a reading of an object that was read before and changed since: its tag is to be another one.

    Nothing but the law on tags demands it, and that only where the answers differ.
    """
    tagged = any(answer.status.startswith("2") and "etag" in answer.headers for answer in operation.answers)
    read = usual(contract, operation)
    if operation.method != "GET" or not tagged or not operation.id_places or read is None:
        return
    own = anonymous(operation.path).rstrip("/")
    below = re.compile(rf"{re.escape(own)}(/[^{{}}]+)?/?")
    changing = [one for one in contract.operations if one.method in {"PUT", "PATCH", "POST"}]
    changes = (_change(contract, one) for one in changing if below.fullmatch(anonymous(one.path)))
    change = next((one for one in changes if one is not None), None)
    if change is not None:
        before = replace(read, request=replace(right, headers=_others(operation, right)))
        expect = replace(expectations.success(operation), absent=expectations.GONE)
        name = f"after-{change.operation}"
        yield Case(operation.id, PRECONDITION_FAILED, name, before.request, expect=expect, after=(before, change))


def without_preconditions(operation: Operation, case: Case) -> Case:
    """Return a request about its object whatever state that is in, where the contract lets it be sent so."""
    if operation.answer_for(_REQUIRED) is not None:
        return case
    asked = {one.name.lower() for one in operation.parameters if one.location == "header" and not one.required}
    headers = tuple(pair for pair in case.request.headers if pair[0].lower() not in asked & _VALUES.keys())
    return replace(case, request=replace(case.request, headers=headers))


def _with(  # noqa: PLR0913 -- a case, and what is said of it
    operation: Operation, case: Case, parameter: Parameter, name: str, value: str, *, expect: Expectation
) -> Iterator[Case]:
    """Yield a case with a value of a precondition in place of all others, where its schema takes it."""
    if not fits_schema(parameter.schema, value):
        return
    request = replace(case.request, headers=(*_others(operation, case.request), (parameter.name, value)))
    yield replace(case, name=f"{parameter.name.lower()}-{name}", request=request, expect=expect)


def _others(operation: Operation, request: Request) -> tuple[tuple[str, str], ...]:
    """Return the headers of a request but for preconditions: of two, the target need look at one alone."""
    required = {one.name.lower() for one in operation.parameters if one.location == "header" and one.required}
    asked = {name.lower() for name, _ in request.headers} & required & _VALUES.keys()
    dropped = _VALUES.keys() if len(asked) <= 1 else ()
    return tuple(pair for pair in request.headers if pair[0].lower() not in dropped)


def _expected(operation: Operation, header: str, *, holds: bool) -> Expectation:
    """Return the expectation of a request about an object that is there, with a condition that holds, or does not."""
    failed = operation.statuses_of(PRECONDITION_FAILED) - {_REQUIRED}
    if not failed:
        return expectations.anything_declared(operation)
    if holds:
        return replace(expectations.success(operation), of_known=True, absent=expectations.GONE)
    if header == "if-none-match" and operation.method in SAFE:
        # RFC 9110 section 13.1.2: what reads is told that there is nothing new.
        told = replace(expectations.success(operation), of_known=True, absent=expectations.GONE)
        return replace(told, statuses=told.statuses | failed | {HTTPStatus.NOT_MODIFIED.value})
    told = expectations.of_object(operation, PRECONDITION_FAILED)
    return replace(told, statuses=failed, absent=expectations.GONE)


def _by_its_tag(
    contract: Contract, operation: Operation, case: Case, parameter: Parameter, place: IdPlace
) -> Iterator[Case]:
    """Yield the cases that have the tag which an object has, or had."""
    failed = _expected(operation, "if-match", holds=False)
    mark = {"among-others": f"{_TAG}, {place.mark}", "after-a-comma": f"{_WITH_A_COMMA}, {place.mark}"}
    if fits_schema(parameter.schema, _OTHERS):
        for name, value in mark.items():
            yield _marked(operation, case, parameter, name, value, _expected(operation, "if-match", holds=True))
    odd: tuple[tuple[str, Variant, str, str], ...] = (
        ("its-tag-as-a-weak-one", "weak", f"W/{_TAG}", "a weak tag matches none (RFC 9110, section 13.1.1)"),
        ("its-tag-without-quotes", "unquoted", _TAG[1:-1], "a tag has quotes (RFC 9110, section 8.8.3)"),
    )
    for name, variant, like, rule in odd:
        if not fits_schema(parameter.schema, like):
            continue
        expect = failed
        if failed.of_known:
            # What is no tag may as well be a wrong request.
            also = expectations.refusing_statuses(operation) if variant == "unquoted" else frozenset[int]()
            expect = expectations.odd(f"{failed.why}; {rule}", sorted(failed.statuses | also))
        yield _marked(operation, case, parameter, name, place.variant(variant), expect)
    steps = _changes(contract, operation, place)
    if steps:
        former = _marked(operation, case, parameter, "its-tag-of-before", place.variant("former"), failed)
        yield replace(former, after=steps)


def _known_by_its_tag(operation: Operation, case: Case, parameter: Parameter, place: IdPlace) -> Iterator[Case]:
    """Yield a reading of what the caller has, by its tag and by that as a weak one, which are one here.

    Its tag may be another one by then, which the answer says: where it is the same, the law on that demands 304.
    """
    told = _expected(operation, "if-none-match", holds=False)
    read = replace(case.request, headers=_others(operation, case.request))
    before = replace(case, name="before", request=read, expect=expectations.success(operation))
    for name, value in (("its-tag", place.mark), ("its-tag-as-a-weak-one", place.variant("weak"))):
        yield replace(_marked(operation, case, parameter, name, value, told), after=(before,))


def _marked(  # noqa: PLR0913, PLR0917 -- a case, and what is said of it
    operation: Operation, case: Case, parameter: Parameter, name: str, value: str, expect: Expectation
) -> Case:
    request = replace(case.request, headers=(*_others(operation, case.request), (parameter.name, value)))
    return replace(case, name=f"{parameter.name.lower()}-{name}", request=request, expect=expect)


def _changes(contract: Contract, operation: Operation, place: IdPlace) -> tuple[Case, ...]:
    """Return the requests that read an object and change it; none where one is not known."""
    readers = {source.operation for source in place.sources}
    read = next((one for one in contract.operations if one.id in readers and one.method in SAFE), None)
    own = anonymous(operation.path)
    changing = [one for one in contract.operations if one.method in {"PUT", "PATCH"} and anonymous(one.path) == own]
    if read is None or not changing:
        return ()
    changer = operation if operation in changing else changing[0]
    first, second, third = usual(contract, read), usual(contract, changer), _change(contract, changer)
    if first is None or second is None:
        return ()
    # What the object has at first may be what one of them says: the other one changes something.
    return (first, second) if third is None else (first, second, third)


def _change(contract: Contract, operation: Operation) -> Case | None:
    """Return a request that changes an object which the usual request has made, or changed; None: none is known.

    What setup or another answer gives stays as it is: a value that is made up may name what is not there.
    """
    case, media_type = usual(contract, operation), requests.json_media_type(operation)
    if case is None or media_type is None or case.request.header("content-type") != media_type:
        return None
    before = case.request.body or b""
    marks = [place.mark for place in operation.setup_places] + [place.mark for place in operation.id_places]
    kept = [mark.encode() for mark in marks if mark.encode() in before]
    for other in success_cases(contract, operation):
        body = other.request.body or b""
        if other.request.headers != case.request.headers or not all(mark in body for mark in kept):
            continue
        verdict = admission(operation, other.request)
        if json_value(body) != json_value(before) and verdict.certain and not verdict.refusals:
            return replace(case, name=f"{case.name}-for-a-change", request=other.request)
    return None


def _without(operation: Operation, case: Case, parameter: Parameter) -> Iterator[Case]:
    """Yield a request without a precondition, where an answer asks for one (RFC 6585, section 3)."""
    headers = tuple(pair for pair in case.request.headers if pair[0].lower() not in _VALUES)
    promised = _REQUIRED in operation.statuses_of(PRECONDITION_FAILED)
    expect = expectations.anything_declared(operation)
    if promised:
        told = expectations.of_object(operation, PRECONDITION_FAILED)
        expect = replace(told, statuses=frozenset({_REQUIRED.value}), absent=expectations.GONE)
    name = f"without-{parameter.name.lower()}"
    yield replace(case, name=name, request=replace(case.request, headers=headers), expect=expect)


PRECONDITIONS = register(
    Family(
        PRECONDITION_FAILED,
        precondition_cases,
        "`If-Match`, `If-None-Match` and `If-Unmodified-Since`, where the contract has them: tags and times that an "
        "object does not have, the tag that it had before a change, a weak one, one without quotes, lists, and `*`; "
        "the tag that it has, where a link gives it to `If-None-Match`; and none, where an "
        "answer 428 is declared. Where an answer has an `ETag`, an object is read before a change and after it."
        "\n\nWithout `x-given`, any declared answer is right, and the event matches it.",
        # Behind all others, whose batches so stay as they are.
        after="transitions",
        quick=("*",),
    )
)
