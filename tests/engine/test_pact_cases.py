"""The case of an interaction: what is sent, in which state, and the answer that a part promises."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine.pacts.cases import PactCases, beside_others, promised
from bothends.errors import ContractError
from tests.in_words import conditions
from tests.laws import kept
from tests.pacts.pact_files import exchange, message, pact_json, project_contract, read, signed_out, success, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.records import Case
    from bothends.world import Reply

INGEST_500 = {"name": "the {upstream} answers {status}", "params": {"upstream": "ingest", "status": 500}}


def case(folder: Path, provider: str, interaction: Any, contract: Contract | None = None) -> Case:
    """Return the case of an interaction."""
    pact = read(folder, pact_json(provider, interaction))
    return PactCases(contract or project_contract()).case(pact, pact.interactions[0])


def reply(folder: Path, answer: Any) -> Reply:
    """Return what a part is to answer."""
    pact = read(folder, pact_json("ingest", exchange({"method": "POST", "path": "/e/key"}, answer)))
    return promised(pact.interactions[0])


def test_the_example_is_what_is_sent(tmp_path: Path) -> None:
    """The pact's own request, with the type of its body, and what the contract expects of it."""
    made = case(tmp_path, "route", success())
    assert "pact/web-route/it works" == made.label
    assert ("POST", "/api/route", b'{"data": "data"}') == (made.request.method, made.request.target, made.request.body)
    assert (("Content-Type", "application/json"),) == made.request.headers
    assert ({200}, True) == (set(made.expect.statuses), made.exclusive)
    assert {401} == set(case(tmp_path, "route", signed_out()).expect.statuses)


def test_an_example_of_no_operation_expects_nothing(tmp_path: Path) -> None:
    """The contract says nothing of it."""
    made = case(tmp_path, "route", exchange({"method": "GET", "path": "/x"}, {"status": 200}))
    assert ("postRoute", "GET", frozenset()) == (made.operation, made.request.method, made.expect.statuses)


def test_a_message_is_brought_about(tmp_path: Path) -> None:
    """A request that must be accepted is sent, in the states of the message."""
    made = case(tmp_path, "route", message(wrapped({"v": "1"}), providerStates=[{"name": "signed in"}, INGEST_500]))
    assert (b'{"data": "data"}', conditions("signed in", "the ingest answers 500")) == (made.request.body, made.given)


@pytest.mark.parametrize(
    ("metadata", "contents", "expected"),
    [
        ({}, {}, ("application/json", {})),
        ({"contentType": "application/json"}, {}, ("application/json", {"contentType": "application/json"})),
        ({"content-type": "application/json"}, {}, ("application/json", {"content-type": "application/json"})),
        (
            {"Content-Type": "application/json; charset=UTF-8"},
            {},
            ("application/json; charset=UTF-8", {"Content-Type": "application/json; charset=UTF-8"}),
        ),
        ({}, {"contentType": "application/json;charset=utf-8"}, ("application/json;charset=utf-8", {})),
        ({"contentType": "text/plain", "topic": "a"}, {}, ("application/json", {"contentType": "application/json"})),
        (
            {"contentType": "application/json; charset=latin1"},
            {},
            ("application/json", {"contentType": "application/json"}),
        ),
    ],
)
def test_a_message_is_json_by_whichever_name(
    metadata: dict[str, str], contents: dict[str, str], expected: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    """Tools write its type in several ways, which all mean the same; a type that is another stays one."""
    made = message({"content": {"v": "1"}, "encoded": False, **contents}, metadata=metadata)
    assert expected == beside_others(read(tmp_path, pact_json("route", made)).interactions[0])


def test_other_metadata_are_headers_of_the_delivery(tmp_path: Path) -> None:
    """Those that the pact names, by its spelling; one that did not come is not made up."""
    names = {"contentType": "application/json", "Webhook-Id": "msg_1", "topic": "orders"}
    made = message({"content": {"v": "1"}, "encoded": False}, metadata=names)
    headers = (("content-type", "application/json"), ("webhook-id", "msg_7"), ("user-agent", "shop"))
    told = {"contentType": "application/json", "Webhook-Id": "msg_7"}
    interaction = read(tmp_path, pact_json("route", made)).interactions[0]
    assert ("application/json", told) == beside_others(interaction, headers)


@pytest.mark.parametrize(("status", "given"), [(200, ()), (500, ("the ingest answers 500",))])
def test_what_a_part_promises_is_its_state(status: int, given: tuple[str, ...], tmp_path: Path) -> None:
    """Its own state is taken out; an error that it promises is what the contract calls its fault."""
    interaction = exchange({"method": "POST", "path": "/e/key"}, {"status": status}, providerStates=[INGEST_500])
    other = {**interaction, "providerStates": [INGEST_500, {"name": "the settings answers 404"}]}
    assert conditions(*given) == case(tmp_path, "ingest", interaction).given
    assert conditions("the settings answers 404", *given) == case(tmp_path, "ingest", other).given


@pytest.fixture
def two_operations() -> Contract:
    """A contract in which two operations send events."""
    contract = project_contract()
    second = replace(contract.operations[0], id="putRoute", path="/api/other")
    return replace(contract, operations=(*contract.operations, second))


def test_a_description_names_the_operation(two_operations: Contract, tmp_path: Path) -> None:
    """With several that send events, one must be named, as a word of its own."""
    named = message(wrapped({"v": "1"}), description="an event of putRoute")
    assert "putRoute" == case(tmp_path, "route", named, two_operations).operation
    for description in ("an event", "putRoutes", "postRoute or putRoute"):
        with pytest.raises(ContractError, match="which operation triggers") as caught:
            case(tmp_path, "route", message(wrapped({}), description=description), two_operations)
        assert "one of postRoute, putRoute in its description" == caught.value.expected


def test_a_description_names_an_operation_without_an_id(two_operations: Contract, tmp_path: Path) -> None:
    """By its method and path, of which one may be the beginning of another."""
    lines = ("POST /orders", "POST /orders/{id}/parts")
    operations = tuple(replace(o, id=line) for o, line in zip(two_operations.operations, lines, strict=True))
    contract = replace(two_operations, operations=operations)
    for line in lines:
        named = message(wrapped({"v": "1"}), description=f"event of {line}")
        assert line == case(tmp_path, "route", named, contract).operation


def test_nothing_is_known_that_must_be_accepted(tmp_path: Path) -> None:
    """Where no request is certainly right, no event can be brought about."""
    operation = project_contract().operations[0]
    refuses_all = [replace(operation, body=replace(operation.body, max_bytes=0, required=True), examples=())]  # type: ignore[type-var]  # it has a body
    contract = replace(project_contract(), operations=tuple(refuses_all))
    with pytest.raises(ContractError, match="no request is known that postRoute must accept"):
        case(tmp_path, "route", message(wrapped({"v": "1"})), contract)


@pytest.mark.parametrize(
    ("answer", "headers", "payload"),
    [
        ({"status": 200}, (), b""),
        ({"status": 200, "body": wrapped({"é": 1})}, (("content-type", "application/json"),), b'{"\\u00e9": 1}'),
        ({"status": 200, "body": wrapped("é", "text/plain")}, (("content-type", "text/plain"),), "é".encode()),
        ({"status": 200, "body": {"content": "AAE=", "encoded": "base64"}}, (), b"\0\1"),
        (
            {"status": 200, "headers": {"Content-Type": ["a/b"], "X-A": ["1", "2"], "Content-Length": ["9"]}},
            (("content-type", "a/b"), ("x-a", "1"), ("x-a", "2")),
            b"",
        ),
        (
            {"status": 200, "headers": {"Content-Type": "application/problem+json"}, "body": wrapped("x", "")},
            (("content-type", "application/problem+json"),),
            b'"x"',
        ),
    ],
)
def test_a_promised_answer(answer: Any, headers: tuple[tuple[str, str], ...], payload: bytes, tmp_path: Path) -> None:
    """The example as it goes over the wire; how it is framed is left to whoever writes it."""
    made = reply(tmp_path, answer)
    assert (200, headers, payload) == (made.status, made.headers, made.body)


def test_what_was_sent_to_a_part(tmp_path: Path) -> None:
    """Each request once; an array of events is one request, a repetition is none; what is no JSON has no body."""
    cases = PactCases(project_contract())
    ingest = read(tmp_path, pact_json("ingest"))
    first = kept.delivery(payload=[1, 2], post=1)
    deliveries = (first, replace(first, number=2), replace(first, number=3, post=2, payload=None))
    [one, other] = cases.sent(ingest, kept.exchange(deliveries=(*deliveries, replace(first, number=4, post=3))))
    assert (b"[1, 2]", b"") == (one.body, other.body)
    assert json.loads(one.body or b"") == first.payload
    settings = read(tmp_path, pact_json("settings"))
    [asked] = cases.sent(settings, kept.exchange(calls=(kept.call(1), kept.call(2))))
    assert "GET" == asked.method
    assert [] == cases.sent(read(tmp_path, pact_json("bank")), kept.exchange())


def test_a_world_without_sessions(tmp_path: Path) -> None:
    """A state about a session, where nobody can sign in, is the pact's fault."""
    settings = project_contract().settings
    nobody = replace(settings, world=replace(settings.world, session=None, sessions={}))
    with pytest.raises(ContractError, match="the settings have none"):
        case(tmp_path, "route", success(), replace(project_contract(), settings=nobody))
