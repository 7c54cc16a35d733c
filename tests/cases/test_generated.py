"""Cases that Schemathesis makes, and what the contract says of them."""

from __future__ import annotations

import copy
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plan
from bothends.cases.fuzzing.judging import digest, drawn, fuzz_cases, judged
from bothends.cases.fuzzing.schemathesis_bridge import Made, SchemathesisBridge
from bothends.contract import admission
from bothends.errors import ContractError
from bothends.records import Request
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.records import Case


@pytest.fixture(scope="module")
def bridge(contract: Contract) -> SchemathesisBridge:
    """Return this repository's contract as Schemathesis sees it."""
    return SchemathesisBridge(contract)


def test_generated_requests_are_distinct(generated: list[Case]) -> None:
    """No request is made twice, over all generated families."""
    assert len(generated) == len({digest(case.request) for case in generated})
    assert len(generated) == len({(case.request.method, case.request.headers, case.request.body) for case in generated})


def test_as_many_are_made_as_were_asked_for(generated: list[Case]) -> None:
    """Half of the fuzzed cases are right and half are wrong."""
    families = [case.family for case in generated]
    assert 100 == families.count("fuzz-valid") == families.count("fuzz-invalid")


def test_requests_carry_no_mark_of_their_generator(generated: list[Case]) -> None:
    """A request has the headers that the case is about, and none that names Schemathesis or frames the body."""
    assert {"Content-Type"} == {name for case in generated for name, _ in case.request.headers}
    assert all(case.request.target == "/api/route" for case in generated)


def test_certain_verdicts_set_the_expectation(contract: Contract, generated: list[Case]) -> None:
    """Where the contract is certain and Schemathesis agrees, the family's statuses are expected, else any declared."""
    operation = contract.operations[0]
    by_refusal = {"malformed-body": 400, "unsupported-media-type": 415, "body-too-large": 413, "invalid-body": 422}
    for case in generated:
        if case.request.method != "POST":
            continue
        verdict = admission(operation, case.request)
        assert case.origin is not None
        if not case.origin["acceptance"]:
            assert {200, 400, 413, 415, 422} == case.expect.statuses
            assert not case.expect.refused
        elif verdict.refusals:
            assert {by_refusal[refusal] for refusal in verdict.refusals} == case.expect.statuses
            assert case.expect.refused
        else:
            assert {200} == case.expect.statuses


def test_most_verdicts_are_certain(generated: list[Case]) -> None:
    """A fuzzed case of which nothing can be said is the exception: fewer than one in five."""
    fuzzed = [case for case in generated if case.family.startswith("fuzz-")]
    certain = [case for case in fuzzed if case.origin and case.origin["acceptance"]]
    assert len(certain) > 0.8 * len(fuzzed)


def test_other_methods_are_refused_whatever_is_answered(generated: list[Case]) -> None:
    """A method that the operation does not declare must call and send nothing; its status is open."""
    others = [case for case in generated if case.request.method != "POST"]
    assert {"method-GET", "method-PUT", "method-DELETE", "method-TRACE"} <= {case.name for case in others}
    assert {frozenset()} == {case.expect.statuses for case in others}
    assert all(case.expect.refused and case.family == "coverage" for case in others)


def test_coverage_cases_are_named_by_their_scenario(generated: list[Case]) -> None:
    """A coverage case's name says what it is about, and which parameter, numbered where there are several."""
    names = {case.name for case in generated if case.family == "coverage"}
    header = "unsupported-content-type-Content-Type"
    assert {"incorrect-type", "incorrect-type-2", header, "object-unexpected-properties"} <= names


def test_a_made_request_is_what_goes_on_the_wire(generated: list[Case]) -> None:
    """A JSON body is the text that Schemathesis would send, a syntax error the very bytes."""
    bodies = [case.request.body for case in generated if case.family == "fuzz-valid"]
    assert all(isinstance(json.loads(body or b"null"), dict) for body in bodies)
    torn = [case.request.body for case in generated if case.expect.statuses == {400}]
    assert torn
    assert all(isinstance(body, bytes) for body in torn)


@pytest.mark.parametrize(
    ("body", "positive", "statuses", "agreed"),
    [
        (b'{"data": 1}', True, {200}, True),
        (b'{"data": 1}', False, {200, 400, 413, 415, 422}, False),
        (b'{"other": 1}', False, {422}, True),
        (b'{"other": 1}', True, {200, 400, 413, 415, 422}, False),
        (b'{"data": 1e999}', True, {200, 400, 413, 415, 422}, False),
    ],
)
def test_two_judges_must_agree(
    contract: Contract,
    body: bytes,
    positive: bool,  # noqa: FBT001 -- a column of a table
    statuses: set[int],
    agreed: bool,  # noqa: FBT001 -- a column of a table
) -> None:
    """A case is held to its family's statuses only when the contract is certain and Schemathesis agrees."""
    request = Request("POST", "/api/route", (("Content-Type", "application/json"),), body)
    made = Made(request, positive, None, "", {"body": "json", "media_type": "application/json", "meta": {}})
    case = judged(contract.operations[0], "fuzz-valid", "1", made)
    assert statuses == case.expect.statuses
    assert {**made.origin, "acceptance": agreed} == case.origin


def test_a_schema_with_few_values_gives_few_cases(make_contract: Callable[..., Contract]) -> None:
    """When there is nothing new to draw, generation ends, however many were asked for."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"enum": [{"a": 1}, {"a": 2}, {"a": 3}]}
    del spec["paths"]["/notes"]
    del spec["paths"]["/shops/{shop}/orders"]["parameters"]
    spec["paths"]["/orders"] = spec["paths"].pop("/shops/{shop}/orders")
    spec["paths"]["/orders"]["post"]["parameters"] = []
    del spec["components"]["requestBodies"]["Order"]["content"]["multipart/form-data"]
    contract = make_contract(spec, ORDERS_TOML)
    cases = fuzz_cases(
        SchemathesisBridge(contract), contract.operations[0], seed=1, count=1000, mode="valid", exclude=set()
    )
    assert {b'{"a": 1}', b'{"a": 2}', b'{"a": 3}'} == {case.request.body for case in cases}


def test_what_was_made_before_is_not_made_again(contract: Contract, bridge: SchemathesisBridge) -> None:
    """Requests whose digests are given are left out, and those that are made are added."""
    exclude: set[int] = set()

    def make() -> list[Case]:
        operation = contract.operations[0]
        return list(fuzz_cases(bridge, operation, seed=1, count=5, mode="valid", exclude=exclude))

    first, second = make(), make()
    assert not {digest(case.request) for case in first} & {digest(case.request) for case in second}
    assert 10 == len(exclude)


def test_a_larger_count_only_adds_cases(contract: Contract, bridge: SchemathesisBridge) -> None:
    """The first cases are the same however many are asked for, so that a case's name stays."""
    few, more = (
        [
            (case.name, case.request)
            for case in fuzz_cases(bridge, contract.operations[0], seed=1, count=count, mode="invalid", exclude=set())
        ]
        for count in (5, 10)
    )
    assert few == more[:5]


def test_a_body_that_can_not_be_made_is_not_looked_at(make_contract: Callable[..., Contract]) -> None:
    """A schema that nothing satisfies is told with the operation and its place; other operations have their cases."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"type": "string", "minLength": 5, "maxLength": 2}
    del spec["components"]["requestBodies"]["Order"]["content"]["multipart/form-data"]
    contract = make_contract(spec, ORDERS_TOML)
    planned = plan(contract, seed=1, max_examples=8)
    assert "putNote" in {case.operation for case in planned if case.family == "fuzz-valid"}
    [unmade] = planned.unmade
    assert ("generated requests of placeOrder", True) == (unmade.what, "spec.json" in unmade.where)
    assert unmade.why.startswith("Schemathesis can't make cases for placeOrder: ")


@pytest.mark.parametrize("text", ["Order:\n  type: object\n\t\n", None])
def test_a_file_that_schemathesis_reads_again(
    make_contract: Callable[..., Contract], tmp_path: Path, text: str | None
) -> None:
    """Where it can't be read any more, no run is ended for that."""
    (tmp_path / "more.yaml").write_text("Order:\n  type: object\n", "utf-8")
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"$ref": "more.yaml#/Order"}
    planned = plan(make_contract(spec, ORDERS_TOML), seed=1, max_examples=8)
    (tmp_path / "more.yaml").unlink()
    if text is not None:
        (tmp_path / "more.yaml").write_text(text, "utf-8")
    assert "putNote" in {case.operation for case in planned if case.family == "fuzz-valid"}
    assert ["generated requests of placeOrder"] == [one.what for one in planned.unmade]


def test_bodies_that_schemathesis_can_not_write_are_left_out(make_contract: Callable[..., Contract]) -> None:
    """A media type that it does not know: the others of the operation are made."""
    spec = copy.deepcopy(ORDERS)
    content = spec["components"]["requestBodies"]["Order"]["content"]
    content["multipart/related"] = {"schema": {"type": "object"}}
    planned = plan(make_contract(spec, ORDERS_TOML), seed=1, max_examples=40)
    sent = {case.request.header("content-type") for case in planned if case.origin and case.operation == "placeOrder"}
    assert ((), False, True) == (planned.unmade, "multipart/related" in sent, "application/json" in sent)


def test_parameters_are_made_and_never_held_to_a_status_when_wrong(orders: Contract) -> None:
    """Path, query and header parameters are drawn; no family is about a wrong one, so any declared answer is right."""
    cases = [case for case in plan(orders, seed=1, max_examples=40) if case.operation == "placeOrder" and case.origin]
    missing = [case for case in cases if case.name.startswith("placeOrder.missing-parameter")]
    assert missing
    targets = {case.request.target for case in cases}
    assert len({target.partition("?")[0] for target in targets}) > 3
    assert any("dry=" not in target for target in targets)
    wrong: list[Any] = [case for case in missing if case.request.header("x-tenant") is None]
    assert all(201 in case.expect.statuses and not case.expect.refused for case in wrong)


def without_boundary(media_type: str | None, tenant: str | None, body: bytes) -> tuple[str | None, str | None, bytes]:
    """Return the parts of a request with one boundary for all forms: Schemathesis draws a new one each time."""
    _, found, boundary = (media_type or "").partition("boundary=")
    if not found:
        return media_type, tenant, body
    return "multipart/form-data", tenant, body.replace(boundary.encode(), b"BOUNDARY")


def test_our_request_is_the_one_that_schemathesis_would_send(orders: Contract) -> None:
    """Method, target, body and the case's own headers are, byte for byte, those that Schemathesis sends."""
    bridge = SchemathesisBridge(orders)
    seen: list[tuple[str, str, str | None, str | None, bytes]] = []

    class Keep(BaseHTTPRequestHandler):
        def keep(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.command, self.path, self.headers["Content-Type"], self.headers["X-Tenant"], body))
            self.send_response(204)
            self.end_headers()

        do_POST = do_PUT = keep

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Keep) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            for operation in orders.operations:
                for made in islice(filter(None, drawn(bridge, operation, positive=False, seed=3)), 25):
                    theirs = bridge.remade(judged(operation, "fuzz-invalid", "1", made))
                    theirs.call(base_url=f"http://127.0.0.1:{server.server_port}")
                    ours = made.request
                    sent = (ours.header("content-type"), ours.header("x-tenant"), ours.body or b"")
                    assert (ours.method, ours.target, *without_boundary(*sent)) == (
                        *seen[-1][:2],
                        *without_boundary(*seen[-1][2:]),
                    )
        finally:
            server.shutdown()
    assert 50 == len(seen)


def test_a_spec_that_schemathesis_can_not_load_is_the_contracts_fault(bridge: SchemathesisBridge) -> None:
    """What Schemathesis says of a spec is passed on with the spec's name."""
    with pytest.raises(ContractError, match=r"openapi.yaml.*Schemathesis can't load the spec"):
        bridge.load({"openapi": "9.0.0"})


def test_no_body_and_an_empty_one_are_two_requests() -> None:
    """A request with an empty body has a content type, and is another request."""
    assert digest(Request("POST", "/")) != digest(Request("POST", "/", (), b""))
    assert digest(Request("POST", "/", (), b"-")) != digest(Request("POST", "/", (), b"-", "chunked"))
