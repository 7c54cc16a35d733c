"""What any server may refuse is right when undeclared, and is told once; nothing is said of an `x-given` not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.cases.families import expectations, odd_requests, wrong_bodies
from bothends.contract import admission, load
from bothends.laws import BUILT_IN, LawContext
from bothends.laws.wording import circumstances
from bothends.records import Answer, Case, Exchange, Request, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

TYPES = ("application/ld+json", "text/json", None)
SPEC = """
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    post:
      operationId: a
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, properties: {at: {type: string, format: date-time}}}
      responses:
        '200':
          description: well
          content: {application/json: {schema: {type: object, properties: {at: {type: string, format: date-time}}}}}
"""
REFUSED = """        '415': {description: other, x-given: unsupported-media-type}
        '400': {description: malformed, x-given: malformed-body}
"""


def contract(folder: Path, more: str = "", settings: str = "") -> Contract:
    """Return a contract that declares a success, and perhaps more."""
    (folder / "openapi.yaml").write_text(SPEC + more, encoding="utf-8")
    (folder / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{settings}', encoding="utf-8")
    return load(folder / "bothends.toml")


def request(body: bytes, media_type: str | None = "application/json") -> Request:
    """Return a request of the operation."""
    headers = () if media_type is None else (("Content-Type", media_type),)
    return Request("POST", "/a", headers, body)


def broken(known: Contract, case: Case, status: int, body: bytes = b"{}") -> dict[str, Severity]:
    """Return the laws on answers that an answer to a case breaks."""
    answer = Answer(status, (("content-type", "application/json"),), body, len(body))
    exchange = Exchange(1, case, None, case.request, answer, 0.0, 0.1)
    grounds = LawContext(known.operations[0], 1, strict_statuses=known.settings.strict_statuses)
    found = (law.breaches(exchange, grounds) or [] for law in BUILT_IN.values() if law.judge is not None)
    return {breach.law: breach.severity for breaches in found for breach in breaches}


def malformed(known: Contract) -> Case:
    """Return the case of a body that is no UTF-8."""
    operation, asked = known.operations[0], request(b'{"a": "\xff"}')
    verdict = admission(operation, asked)
    return Case("a", "malformed-body", "not-utf-8", asked, expect=expectations.refusal(operation, verdict.refusals))


def test_an_undeclared_refusal_of_what_is_malformed_is_told(tmp_path: Path) -> None:
    """It is a warning, unless the settings demand that each status is declared."""
    known = contract(tmp_path)
    assert {"refused-undeclared": Severity.WARNING} == broken(known, malformed(known), 400)
    strict = contract(tmp_path, settings="strict_statuses = true\n")
    assert {"declared-status": Severity.ERROR} == broken(strict, malformed(strict), 400)


def test_what_is_declared_is_demanded(tmp_path: Path) -> None:
    """Where an `x-given` says which refusal it is, no other 4xx is right; and a success never is."""
    known = contract(tmp_path, REFUSED)
    assert Severity.ERROR in broken(known, malformed(known), 422).values()
    assert {} == broken(known, malformed(known), 400)
    assert "declared-status" in broken(contract(tmp_path), malformed(contract(tmp_path)), 500)


def test_the_reason_names_what_is_there(tmp_path: Path) -> None:
    """An `x-given` that the spec does not have is not named as one."""
    silent = malformed(contract(tmp_path)).expect.why
    assert "no x-given names malformed-body" in silent
    assert "x-given malformed-body" in malformed(contract(tmp_path, REFUSED)).expect.why


@pytest.mark.parametrize("media_type", TYPES)
def test_other_names_of_json_may_be_taken(tmp_path: Path, media_type: str | None) -> None:
    """Right servers differ, unless the spec says that another media type is refused."""
    asked = request(b"{}", media_type)
    open_one, closed = contract(tmp_path), contract(tmp_path, REFUSED)
    assert not admission(open_one.operations[0], asked).certain
    assert admission(closed.operations[0], asked).certain
    odd = [
        case
        for case in odd_requests.odd_media_types_cases(open_one, open_one.operations[0])
        if case.request.headers == asked.headers
    ]
    for case in odd:
        assert [{}, {}, {}] == [
            {law: weight for law, weight in broken(open_one, case, status).items() if weight is Severity.ERROR}
            for status in (200, 415, 422)
        ]
        assert "family-status" in broken(open_one, case, 500)
    names = [
        case.request.header("content-type")
        for case in wrong_bodies.unsupported_media_type_cases(open_one, open_one.operations[0])
    ]
    assert odd
    assert media_type not in names
    assert "text/plain" in names


def test_a_number_that_overflows_is_no_valid_request(tmp_path: Path) -> None:
    """It may be refused, declared or not; it is called what it is, and is no reason for a server error."""
    known = contract(tmp_path)
    operation, asked = known.operations[0], request(b'{"user": 1e999}')
    assert not admission(operation, asked).certain
    case = Case("a", "odd-body", "beyond-doubles", asked, expect=expectations.anything_declared(operation))
    assert {"refused-undeclared": Severity.WARNING} == broken(known, case, 400)
    assert {} == broken(known, case, 200)
    assert "family-status" in broken(known, case, 500)
    answer = Answer(500, (), b"", 0)
    exchange = Exchange(1, case, None, asked, answer, 0.0, 0.1)
    assert "a valid request" != circumstances(exchange, operation)


def test_a_format_holds_on_both_sides_or_on_neither(tmp_path: Path) -> None:
    """It is an annotation; with `formats = "assert"` a request must keep it, and so must an answer."""
    asked, wrong = request(b'{"at": "yesterday"}'), b'{"at": "yesterday"}'
    for settings, certain, refusals, laws in (
        ("", False, frozenset(), {}),
        ('formats = "assert"\n', True, frozenset({"invalid-body"}), {"answer-schema": Severity.ERROR}),
    ):
        known = contract(tmp_path, settings=settings)
        verdict = admission(known.operations[0], asked)
        assert (certain, refusals) == (verdict.certain, verdict.refusals)
        good = replace(malformed(known), request=request(b"{}"), expect=expectations.success(known.operations[0]))
        assert laws == broken(known, good, 200, wrong)
