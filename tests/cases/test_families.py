"""The plain families: what they send, and what they expect."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import all_families
from bothends.cases.families.family import FAMILIES, Family, register
from bothends.cases.families.registry import plain_cases, plain_families
from bothends.conditions import all_kinds, parse, sentence
from bothends.contract import admission
from bothends.contract.terms import OBJECT_FAMILIES
from bothends.errors import ContractError, HarnessError
from bothends.records import Case, Request
from bothends.world import made_together
from bothends.world.sessions.nextauth import NextAuthV4Session
from tests.cases.orders import ORDERS, ORDERS_TOML, answer, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract import Contract, Operation


FAULTS = (
    *("upstream-unreachable", "upstream-timeout", "upstream-wrong", "upstream-unclear", "recovery"),
    *("lost-acknowledgement", "odd-acknowledgement"),
)
OF_OTHERS = {"key-sets", "read-back", "redelivery", "forbidden", "idempotency", "transitions", *OBJECT_FAMILIES}
OF_OTHERS |= {"registrations", "history", "crash"}
REFUSALS = ("signed-out", "malformed-body", "unsupported-media-type", "body-too-large", "invalid-body", "precedence")


def by_name(contract: Contract, family: str) -> dict[str, Case]:
    """Return the cases of a family by their names."""
    return {case.name: case for case in plain_cases(contract, family)}


@pytest.mark.parametrize("family", [family for family in plain_families() if family not in OF_OTHERS])
def test_every_family_has_cases_for_this_contract(contract: Contract, family: str) -> None:
    """This contract has all that families are about but a key set, objects and attempts: each has a case."""
    assert by_name(contract, family)


@pytest.mark.parametrize(
    ("family", "statuses"),
    [
        ("success", {200}),
        ("signed-out", {401}),
        ("precedence", {401}),
        ("malformed-body", {400}),
        ("unsupported-media-type", {415}),
        ("body-too-large", {413}),
        ("invalid-body", {422}),
        ("upstream-unreachable", {503}),
        ("upstream-wrong", {502}),
        ("upstream-unclear", {502, 503, 504}),
        ("recovery", {200, 502, 503, 504}),
    ],
)
def test_the_expected_statuses_are_those_of_the_family(contract: Contract, family: str, statuses: set[int]) -> None:
    """The first case of a family expects the statuses whose x-given names it, each other one these and perhaps more."""
    cases = list(plain_cases(contract, family))
    assert statuses == cases[0].expect.statuses
    assert [] == [case.name for case in cases if not statuses <= case.expect.statuses]


@pytest.mark.parametrize("family", plain_families())
def test_a_refusal_is_no_success_and_a_server_error_only_a_faults(contract: Contract, family: str) -> None:
    """A request that is to be refused never succeeds; a 5xx is right only while an upstream is faulty."""
    operation = contract.operations[0]
    for case in plain_cases(contract, family):
        expect = case.expect
        faulty = any(condition.subject in {"settings", "ingest"} for condition in case.given)
        assert not (expect.refused and expect.statuses & operation.success_statuses), case.label
        assert faulty or not expect.server_error, case.label


@pytest.mark.parametrize("family", REFUSALS)
def test_a_family_of_refusals_expects_that_nothing_is_called(contract: Contract, family: str) -> None:
    """All that is not doubtful in it is to be refused before anything upstream is called."""
    operation = contract.operations[0]
    cases = [c for c in plain_cases(contract, family) if not c.expect.statuses & operation.success_statuses]
    assert cases
    assert [] == [case.label for case in cases if not case.expect.refused]


def test_a_crowd_expects_what_its_state_brings_about(contract: Contract) -> None:
    """Signed out, it is refused; else it succeeds, or is told of an upstream, which may be called too late."""
    expected = {case.name: case.expect for case in plain_cases(contract, "crowd")}
    refused = {name for name, expect in expected.items() if expect.refused}
    assert {"signed-out-among", "broken-uploads-in-pieces"} == refused
    assert {200, 504} == expected["distinct-users"].statuses
    assert {504} == expected["all-wait-for-the-ingest"].statuses


@pytest.mark.parametrize("family", plain_families())
def test_every_condition_is_a_state_of_the_world(contract: Contract, family: str) -> None:
    """A case never asks for a state that the world does not know."""
    upstreams = [*contract.settings.world.upstreams, "ingest"]
    for case in plain_cases(contract, family):
        made_together(case.given, upstreams)
        assert case.given == tuple(parse(sentence(condition), upstreams, ["ingest"]) for condition in case.given)


def test_every_way_to_be_signed_out_has_a_case(contract: Contract) -> None:
    """Each session state that leaves a caller signed out, or may, is a case of its own."""
    asked = {condition.name for case in plain_cases(contract, "signed-out") for condition in case.given}
    # Which of several credentials is amiss is asked of those who show several: see test_sign_in_cases.
    own = {"no-session", *NextAuthV4Session.of(cookie="c").states}
    known = {kind.name for kind in all_kinds() if kind.family == "signed-out" and kind.tried and kind.name in own}
    assert known == asked


def test_the_examples_come_first_and_run_alone(contract: Contract) -> None:
    """The spec's own example is the first case of all, under its own name, alone in its world."""
    first = next(plain_cases(contract, "success"))
    assert "success/usual" == first.label
    assert first.exclusive
    assert Request("POST", "/api/route", (("Content-Type", "application/json"),), b'{"data": "data"}') == first.request


def test_what_must_succeed_is_admitted_and_odd(contract: Contract) -> None:
    """Right bodies of each JSON type, no body, chunks, and the limit itself are all to be accepted."""
    cases = by_name(contract, "success")
    assert {
        *("usual", "no-body", "empty-object", "data-null", "data-true", "data-zero", "data-fraction", "data-text"),
        *("data-empty-list", "data-object", "data-unicode", "charset-utf-8", "media-type-upper-case", "chunked"),
        *("at-the-limit", "at-the-limit-chunked", "white-space-around"),
    } <= cases.keys()
    assert all(not admission(contract.operations[0], case.request).refusals for case in cases.values())
    assert 65_536 == len(cases["at-the-limit"].request.body or b"")
    assert "chunked" == cases["at-the-limit-chunked"].request.framing
    assert () == cases["no-body"].request.headers
    assert cases["no-body"].request.body is None


def test_a_body_over_the_limit_would_be_right_otherwise(contract: Contract) -> None:
    """The body is one byte over, is JSON, and is what the schema asks for."""
    cases = by_name(contract, "body-too-large")
    body = cases["one-over"].request.body or b""
    assert 65_537 == len(body)
    assert {"data": "data"} == json.loads(body)
    assert ["chunked", "length"] == sorted(cases[name].request.framing for name in ("one-over", "one-over-chunked"))


def test_malformed_bodies_are_no_json(contract: Contract) -> None:
    """What is sent as malformed is malformed for a strict reader, and for nothing else refused."""
    operation = contract.operations[0]
    cases = list(plain_cases(contract, "malformed-body"))
    assert len(cases) > 20
    assert {frozenset({"malformed-body"})} == {admission(operation, case.request).refusals for case in cases}


def test_invalid_bodies_break_the_schema_alone(contract: Contract) -> None:
    """Wrong types at the top, additional and misspelt properties; none that is right by the schema."""
    operation = contract.operations[0]
    cases = by_name(contract, "invalid-body")
    assert {"just-null", "just-list", "list-of-one", "additional-name", "upper-case-data"} <= cases.keys()
    assert {frozenset({"invalid-body"})} == {admission(operation, case.request).refusals for case in cases.values()}
    bodies = [case.request.body for case in cases.values()]
    assert len(set(bodies)) == len(bodies)


def test_the_session_comes_before_the_body(contract: Contract) -> None:
    """A request with no session that would be refused anyway is answered as signed out."""
    cases = by_name(contract, "precedence")
    assert {"no-session-and-malformed-body", "expired-1h-and-body-too-large"} <= cases.keys()
    for case in cases.values():
        assert admission(contract.operations[0], case.request).refusals
        assert case.given


def test_cases_of_several_operations_are_named_by_their_operation(orders: Contract) -> None:
    """With two operations, each name begins with the operation's, so that names stay unique."""
    operations = {case.operation for case in plain_cases(orders, "success")}
    assert {"placeOrder", "putNote"} == operations
    assert all(case.name.startswith(f"{case.operation}.") for case in plain_cases(orders, "success"))


def test_a_body_is_built_where_the_spec_gives_no_example(orders: Contract) -> None:
    """A required body without an example is guessed from the schema, and its parameters are filled."""
    case = by_name(orders, "success")["placeOrder.least"]
    assert {"lines": [{"sku": "text", "count": 1}], "at": "2024-02-29T12:00:00Z"} == json.loads(
        case.request.body or b""
    )
    assert "/shops/2147483629/orders?dry=true" == case.request.target
    assert (("X-Tenant", "7"), ("Content-Type", "application/json")) == case.request.headers


PARAMETERS = [
    ({"type": "string"}, "2147483629"),
    ({"type": "integer", "minimum": 1}, "2147483629"),
    ({"type": "string", "pattern": "^[a-z]{3,10}$"}, "text"),
    ({"type": "string", "pattern": "^[0-9]{3}$"}, "214"),
    ({"type": "string", "format": "uuid"}, "9d3c5b7a-6f1e-4c28-8b9d-0e5a7c4f2b61"),
    ({"type": "string", "format": "date"}, "2024-02-29"),
    ({"type": "integer", "minimum": 100}, "2147483629"),
    ({"type": "string", "enum": ["eu", "us"]}, "eu"),
]


@pytest.mark.parametrize(("schema", "text"), PARAMETERS, ids=str)
def test_a_parameter_without_an_example_is_made_from_its_schema(
    make_contract: Callable[..., Contract], schema: dict[str, Any], text: str
) -> None:
    """What the target may refuse for its parameters proves nothing of its body."""
    spec = copy.deepcopy(ORDERS)
    spec["paths"]["/shops/{shop}/orders"]["parameters"][0]["schema"] = schema
    case = by_name(make_contract(spec, ORDERS_TOML), "success")["placeOrder.least"]
    assert f"/shops/{text}/orders?dry=true" == case.request.target


def test_a_body_with_an_integer_has_its_cases(make_contract: Callable[..., Contract]) -> None:
    """A sample and a bound may make cases with one name out of one property."""
    spec = copy.deepcopy(ORDERS)
    order = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 2}}}
    spec["components"]["requestBodies"]["Order"] = {
        "required": True,
        "content": {"application/json": {"schema": order}},
    }
    names = by_name(make_contract(spec, ORDERS_TOML), "invalid-body")
    assert {"placeOrder.n-fraction", "placeOrder.n-and-a-half", "placeOrder.n-beyond-minimum"} <= set(names)


def test_a_read_only_property_is_not_sent(orders: Contract) -> None:
    """What becomes of a read-only property in a request is the target's choice, so none is sent."""
    assert not [name for name in by_name(orders, "success") if ".id-" in name]


def test_an_example_that_is_no_json_is_the_specs_word(orders: Contract) -> None:
    """A text example can't be checked like JSON, and is right because the spec gives it."""
    assert b"a note" == by_name(orders, "success")["putNote.example"].request.body


def test_an_operation_without_session_is_never_signed_out(orders: Contract) -> None:
    """No session is demanded, so no state of it is a case."""
    assert {} == by_name(orders, "signed-out")
    assert {} == by_name(orders, "precedence")


def test_an_undeclared_family_expects_a_declared_client_error(orders: Contract) -> None:
    """Where the spec says nothing of a family, each declared 4xx is right, and no 5xx."""
    case = by_name(orders, "unsupported-media-type")["placeOrder.text"]
    assert {400, 404, 415, 422} <= case.expect.statuses
    assert all(status < 500 for status in case.expect.statuses)


def test_an_answer_of_another_upstream_does_not_count(orders: Contract) -> None:
    """The 502 is declared for the stock alone: the prices and the ingest may get any declared error."""
    cases = by_name(orders, "upstream-wrong")
    assert {502} == cases["placeOrder.stock-answers-500"].expect.statuses
    assert {500, 502, 404} <= cases["placeOrder.prices-answers-500"].expect.statuses
    assert "placeOrder.ingest-answers-500" in cases


def test_an_operation_that_calls_nothing_has_no_faults(orders: Contract) -> None:
    """With no event and no answer for a fault, an operation is not sent anything during one."""
    assert {"placeOrder"} == {case.operation for family in FAULTS for case in plain_cases(orders, family)}


@pytest.mark.parametrize(
    ("given", "upstreams"),
    [("upstream-timeout", {"stock", "prices"}), ({"family": "upstream-timeout", "upstream": "prices"}, {"prices"})],
)
def test_an_operation_without_event_calls_the_upstreams_that_its_answers_name(
    make_contract: Callable[..., Contract], given: Any, upstreams: set[str]
) -> None:
    """Answers for an upstream's fault tell which upstreams an operation calls: all, or those they name."""
    spec = copy.deepcopy(ORDERS)
    spec["paths"]["/notes"]["put"]["responses"]["504"] = answer(given)
    cases = plain_cases(make_contract(spec, ORDERS_TOML), "upstream-timeout")
    assert upstreams == {case.given[0].subject for case in cases if case.operation == "putNote"}


def test_a_contract_that_no_right_request_is_known_for_has_no_cases(make_contract: Callable[..., Contract]) -> None:
    """A required body that can't be guessed leaves the families empty, not wrong."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = {"type": "string", "pattern": r"^\p{Lu}{12}$"}
    contract = make_contract(spec, ORDERS_TOML)
    for family in ("success", "upstream-wrong", "recovery", "unsupported-media-type"):
        assert [] == [case for case in plain_cases(contract, family) if case.operation == "placeOrder"]


def test_an_operation_without_body_has_plain_requests(make_contract: Callable[..., Contract]) -> None:
    """A GET is sent as it is, and nothing is said of bodies."""
    spec = copy.deepcopy(ORDERS)
    responses = {"200": {"description": "All of them."}, "502": answer("upstream-wrong")}
    spec["paths"] = {"/orders": {"get": {"operationId": "list", "responses": responses, "callbacks": event()}}}
    contract = make_contract(spec, ORDERS_TOML)
    assert [Request("GET", "/orders")] == [case.request for case in plain_cases(contract, "success")]
    for family in ("malformed-body", "unsupported-media-type", "body-too-large", "invalid-body"):
        assert [] == list(plain_cases(contract, family))


def test_a_range_of_media_types_takes_json(make_contract: Callable[..., Contract]) -> None:
    """An operation that takes any application type is sent JSON."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["requestBodies"]["Order"]["content"] = {"application/*": {"schema": {"type": "object"}}}
    case = by_name(make_contract(spec, ORDERS_TOML), "success")["placeOrder.empty-object"]
    assert "application/json" == case.request.header("content-type")


def test_families_of_one_name_are_refused() -> None:
    """A second family of one name is a mistake of whoever adds it."""
    with pytest.raises(HarnessError, match="The family `success` is registered twice"):
        register(plain_families()["success"])


def test_a_family_stands_where_it_says() -> None:
    """Directly after the one that it follows, whatever follows that one; without a word, after all others."""
    names = list(plain_families())
    register(Family("squeezed-in", lambda *_: iter(()), "nothing", after="success"))
    register(Family("at-the-end", lambda *_: iter(()), "nothing"))
    try:
        assert [names[0], "squeezed-in", *names[1:], "at-the-end"] == list(plain_families())
    finally:
        FAMILIES.remove("squeezed-in")
        FAMILIES.remove("at-the-end")


def test_a_family_that_follows_none_is_refused() -> None:
    """A name that is misspelled would put it nowhere."""
    register(Family("lost", lambda *_: iter(()), "nothing", after="succes"))
    try:
        with pytest.raises(ContractError, match="The family `lost` follows `succes`, which there is not"):
            plain_families()
    finally:
        FAMILIES.remove("lost")


def test_cases_of_one_name_are_numbered(contract: Contract) -> None:
    """A contract's names may make two alike, and each can be run by its own all the same."""

    def twins(_: Contract, operation: Operation) -> Iterator[Case]:
        for name in ("same", "same-2", "same", "same"):
            yield Case(operation.id, "twins", name, Request("POST", "/"))

    register(Family("twins", twins, "cases of one name"))
    try:
        assert ["same", "same-2", "same-3", "same-4"] == [case.name for case in plain_cases(contract, "twins")]
    finally:
        FAMILIES.remove("twins")


def test_all_families_are_known_by_name() -> None:
    """What `--only` takes are the plain families, then the generated ones, then what is no family of cases."""
    others = ("coverage", "fuzz-valid", "fuzz-invalid", "soak", "pact", "start-and-stop")
    assert (*plain_families(), *others) == all_families()
