"""Schemathesis' own checks on our answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import GeneratorChecks, plan
from bothends.cases.fuzzing.schemathesis_bridge import CheckFailure, SchemathesisBridge
from bothends.records import Answer, Case, Exchange, NoAnswer, Request, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract

JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def bridge(contract: Contract) -> SchemathesisBridge:
    """Return this repository's contract as Schemathesis sees it."""
    return SchemathesisBridge(contract)


def answer(status: int, value: Any = None, media_type: str | None = None, **headers: str) -> Answer:
    """Return an answer; by default one that is right for its status."""
    if value is None:
        value = {"success": "true"} if status == 200 else {"type": "about:blank", "title": "No.", "status": status}
    media_type = media_type or (JSON if status == 200 else PROBLEM)
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(status, (("content-type", media_type), *headers.items()), body, len(body), "")


def names(found: list[CheckFailure]) -> list[str]:
    """Return the checks that failed."""
    return [one.check for one in found]


def first(cases: list[Case], family: str, **more: Any) -> Case:
    """Return the first case of a family on which Schemathesis and the contract agree."""
    return next(
        case
        for case in cases
        if case.family == family and case.origin and case.origin["acceptance"] == more.get("acceptance", True)
    )


def test_right_answers_fail_no_check(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """Whatever the contract expects of a case, Schemathesis' checks accept: no false alarm."""
    for case in generated:
        for status in case.expect.statuses or {405}:
            right = answer(status, allow="POST") if status == 405 else answer(status)
            assert [] == bridge.check(case, right), (case.label, status)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(500), ["not_a_server_error", "status_code_conformance"]),
        (answer(418), ["status_code_conformance", "positive_data_acceptance"]),
        (answer(200, media_type="text/html"), ["content_type_conformance"]),
        (answer(200, {"success": True}), ["response_schema_conformance"]),
        (answer(200, b"{"), ["response_schema_conformance"]),
        (answer(200, b'{"success": "\xff"}', f"{JSON}; charset=utf-8"), ["response_schema_conformance"]),
        (answer(422), ["positive_data_acceptance"]),
        (Answer(200, (), b"", 0), ["content_type_conformance", "response_schema_conformance"]),
    ],
)
def test_a_wrong_answer_to_a_right_request_is_found(
    bridge: SchemathesisBridge, generated: list[Case], given: Answer, expected: list[str]
) -> None:
    """Each check is run, and says what is wrong."""
    found = bridge.check(first(generated, "fuzz-valid"), given)
    assert set(expected) == set(names(found))
    assert all(one.title and one.severity is Severity.ERROR for one in found)


def test_what_is_wrong_is_told_each_time(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """Right answers that are alike are checked once; one that is wrong is wrong whatever came before it."""
    case = first(generated, "fuzz-valid")
    right = [answer(200, {"success": "true"}, number=str(number)) for number in range(300)]
    wrong = answer(200, {"success": True})
    conformance = ["response_schema_conformance"]
    assert [[], conformance, []] == [names(bridge.check(case, one)) for one in (answer(200), wrong, answer(200))]
    assert [[]] * 300 == [bridge.check(case, one) for one in right]
    assert [[], conformance] == [names(bridge.check(case, one)) for one in (answer(200), wrong)]


def test_an_accepted_wrong_request_is_found(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """A 200 to what the schema forbids fails the check of rejection."""
    assert ["negative_data_rejection"] == names(bridge.check(first(generated, "fuzz-invalid"), answer(200)))


def test_every_declared_refusal_counts_as_one(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """Schemathesis does not know 413 and 415 as refusals; the contract does."""
    case = first(generated, "fuzz-invalid")
    assert [[], []] == [bridge.check(case, answer(status)) for status in (413, 415)]


def test_doubtful_cases_are_not_checked_for_acceptance(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """Where the two judges differ, neither acceptance nor refusal is a finding."""
    case = first([case for case in generated if case.request.method == "POST"], "fuzz-valid", acceptance=False)
    assert [[], []] == [bridge.check(case, answer(status)) for status in (200, 422)]


def test_a_server_error_is_right_during_a_fault(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """A declared 5xx is no finding where the case expects one."""
    case = first(generated, "fuzz-valid")
    faulty = replace(case, origin=None, expect=replace(case.expect, server_error=True))
    assert [] == bridge.check(faulty, answer(502))
    assert ["not_a_server_error"] == names(bridge.check(replace(case, origin=None), answer(502)))


def test_a_case_of_ours_is_checked_for_conformance(bridge: SchemathesisBridge) -> None:
    """A case that Schemathesis did not make is held to the declared answers, not to acceptance."""
    case = Case("postRoute", "success", "usual", Request("POST", "/api/route"))
    assert [] == bridge.check(case, answer(422))
    assert ["response_schema_conformance"] == names(bridge.check(case, answer(200, {})))


def test_another_method_is_a_warning_at_most(bridge: SchemathesisBridge, generated: list[Case]) -> None:
    """What a target's HTTP library answers to a method that is not declared is never an error."""
    case = next(case for case in generated if case.name == "method-PUT")
    assert [] == bridge.check(case, answer(405, allow="POST"))
    for wrong in (answer(405), answer(500), answer(200)):
        found = bridge.check(case, wrong)
        assert [("unsupported_method", Severity.WARNING)] == [(one.check, one.severity) for one in found]


def test_a_server_error_to_another_media_type_sends_nothing(
    bridge: SchemathesisBridge, generated: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Schemathesis would send the request again to see; here nothing is sent, and the 5xx is told."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a request was sent"))
    case = next(case for case in generated if case.name == "unsupported-content-type-Content-Type")
    assert ["not_a_server_error"] == names(bridge.check(case, answer(500)))
    assert [] == bridge.check(case, answer(415))


def test_a_missing_header_must_be_refused(orders: Contract) -> None:
    """A required header that is missing and goes unnoticed is found by Schemathesis' own check."""
    bridge = SchemathesisBridge(orders)
    cases = [case for case in plan(orders, seed=1, max_examples=0) if case.name.startswith("placeOrder.missing")]
    case = next(case for case in cases if case.request.header("x-tenant") is None)
    assert ["missing_required_header"] == names(bridge.check(case, answer(201, {}, JSON)))
    assert [] == bridge.check(case, answer(422))


def test_which_refusal_a_missing_credential_has_is_the_contracts(orders: Contract) -> None:
    """Schemathesis asks for 401; a contract may declare 403 or 422, as FastAPI does."""
    bridge = SchemathesisBridge(orders)
    meta = {
        "generation": {"time": 0.0, "mode": "negative"},
        "phase": {
            "name": "coverage",
            "data": {
                "scenario": "missing_parameter",
                "description": "Missing `authorization` at header",
                "parameter": "authorization",
                "parameter_location": "HEADER",
                "location": None,
                "type": "CoveragePhaseData",
            },
        },
    }
    origin = {"body": "none", "media_type": None, "meta": meta}
    case = Case("placeOrder", "coverage", "none", Request("POST", "/orders"), origin=origin)
    assert ["missing_required_header"] == names(bridge.check(case, answer(201, {}, JSON)))
    assert [] == bridge.check(case, answer(422))


def test_all_kinds_of_bodies_are_remade(orders: Contract) -> None:
    """Forms, texts, bytes and parameters are re-made from their origin as they were: right answers fail nothing."""
    bridge = SchemathesisBridge(orders)
    for case in plan(orders, seed=2, max_examples=30):
        if case.origin is not None and case.request.method == orders.operation(case.operation).method:
            right = answer(201, {}, JSON) if case.operation == "placeOrder" else Answer(204, (), b"", 0)
            refused = answer(413 if case.operation == "putNote" else 422)
            found = bridge.check(case, refused if case.expect.refused else right)
            assert set(names(found)) <= {"missing_required_header"}, (case.label, found)


def exchange(case: Case, given: Answer | NoAnswer) -> Exchange:
    """Return an exchange with an answer."""
    return Exchange(1, case, None, None, given, 0.0, 0.0)


def test_the_engine_gets_names_titles_and_messages(contract: Contract, generated: list[Case]) -> None:
    """For each failed check of a case that Schemathesis made: its name, a title and a message."""
    checks: Callable[[Exchange], Any] = GeneratorChecks(contract)
    case = first(generated, "fuzz-valid")
    assert [] == checks(exchange(case, answer(200)))
    (name, title, message), *_ = checks(exchange(case, answer(422)))
    assert ("positive_data_acceptance", "Schema-valid request rejected") == (name, title)
    assert "Valid data should have been accepted" in message


def test_what_schemathesis_did_not_make_it_does_not_judge(contract: Contract, generated: list[Case]) -> None:
    """Plain cases, lost answers and other methods' warnings give the engine nothing."""
    checks = GeneratorChecks(contract)
    case = first(generated, "fuzz-valid")
    put = next(case for case in generated if case.name == "method-PUT")
    assert [] == checks(exchange(replace(case, origin=None), answer(500)))
    assert [] == checks(exchange(case, NoAnswer("reset")))
    assert [] == checks(exchange(put, answer(500)))
