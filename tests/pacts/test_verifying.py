"""Interactions are verified against what a provider really answers, and what it really sends."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.errors import ContractError
from bothends.pacts.matching import Mismatch
from bothends.records import Answer, NoAnswer, Request
from tests.pacts.library import PROBLEM_TYPE, answer, body, http, made, message

if TYPE_CHECKING:
    from tests.pacts.library import Loaded

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé $.'\"[*]", max_size=4), inner, max_size=3),
    max_leaves=8,
)

V2: dict[str, Any] = {
    "description": "success",
    "providerState": "signed out",
    "request": {
        "method": "POST",
        "path": "/api/route",
        "query": "a=1&a=2",
        "headers": {"Content-Type": "application/json"},
        "body": {"data": "data"},
    },
    "response": {
        "status": 201,
        "headers": {"Content-Type": PROBLEM_TYPE},
        "body": {"title": "any", "status": 401},
        "matchingRules": {"$.body.title": {"match": "type"}},
    },
}
V3: dict[str, Any] = {
    **V2,
    "providerStates": [{"name": "signed in as {user}", "params": {"user": {"name": "Ada"}}}],
    "request": {**V2["request"], "query": {"a": ["1", "2"]}},
    "response": {
        **V2["response"],
        "matchingRules": {"body": {"$.title": {"combine": "AND", "matchers": [{"match": "type"}]}}},
    },
}
V4: dict[str, Any] = {
    **V3,
    "type": "Synchronous/HTTP",
    "request": {**V3["request"], "headers": {"Content-Type": ["application/json"]}, "body": body({"data": "data"})},
    "response": {
        **V3["response"],
        "headers": {"Content-Type": [PROBLEM_TYPE]},
        "body": body({"title": "any", "status": 401}, PROBLEM_TYPE),
    },
}
RULES = {"$.user.name": {"combine": "AND", "matchers": [{"match": "type"}]}}
EVENT = {"name": "app/route.requested", "user": {"name": "Ada"}}
V3_MESSAGE = {
    "description": "an event",
    "providerStates": [{"name": "signed out"}],
    "contents": EVENT,
    "metaData": {"contentType": "application/json"},
    "matchingRules": {"body": RULES},
}
V4_MESSAGE = {**message(EVENT), "metadata": {"topic": "routes"}, "matchingRules": {"body": RULES}}


@pytest.mark.parametrize(("version", "interaction"), [("2.0.0", V2), ("3.0.0", V3), ("4.0", V4)])
def test_http_of_each_version_is_verified(loaded: Loaded, version: str, interaction: dict[str, Any]) -> None:
    """The right answer holds, by the file's rules; a wrong one is told in expected and actual."""
    pact = made(interaction, version=version)
    right = {"title": "another", "status": 401, "more": "is welcome"}
    assert [] == loaded.answered(pact, answer(right, 201, PROBLEM_TYPE))
    expected = [
        Mismatch("status", "status", "201", "200", "expected 201 but was 200"),
        Mismatch("body", "$.status", "401", "403", "Expected 403 (Integer) to be equal to 401 (Integer)"),
        Mismatch("body", "$.title", '"any"', "7", "Expected 7 (Integer) to be the same type as 'any' (String)"),
    ]
    assert expected == loaded.answered(pact, answer({"title": 7, "status": 403}, 200, PROBLEM_TYPE))


@pytest.mark.parametrize(
    ("version", "interaction", "metadata"),
    [("3.0.0", V3_MESSAGE, {}), ("4.0", V4_MESSAGE, {"topic": "routes"})],
)
def test_messages_of_each_version_are_verified(
    loaded: Loaded, version: str, interaction: dict[str, Any], metadata: dict[str, Any]
) -> None:
    """The message itself is verified: what was delivered, not what a handler makes up."""
    pact = made(interaction, version=version)
    assert [] == loaded.received(pact, {**EVENT, "user": {"name": "Bob"}}, metadata)
    missing = "Actual map is missing the following keys: user"
    expected = [Mismatch("body", "$", '["name","user"]', '["name","usr"]', missing)]
    assert expected == loaded.received(pact, {"name": EVENT["name"], "usr": {}}, metadata)


def test_metadata_of_a_message_counts(loaded: Loaded) -> None:
    """What the consumer is told beside the message is part of it."""
    expected = Mismatch(
        "metadata", "metadata topic", "routes", "nothing", "Expected message metadata 'topic' but was missing"
    )
    assert [expected] == loaded.received(made(V4_MESSAGE), EVENT)


def test_header_and_media_type_are_named(loaded: Loaded) -> None:
    """A header that differs is named, and so is a body of another type."""
    seen = loaded.answered(made(V4), Answer(201, (("content-type", "text/plain"),), b"no", 2))
    assert [("header", "header Content-Type"), ("body-type", "body")] == [(item.kind, item.where) for item in seen]
    assert [(PROBLEM_TYPE, "text/plain")] * 2 == [(item.expected, item.actual) for item in seen]


def test_request_is_what_the_pact_says_and_no_more(loaded: Loaded) -> None:
    """The provider is asked once, with the headers that the pact names and none of the verifier's own."""
    seen = []

    async def ask(request: Request) -> Answer:
        seen.append(request)
        return answer({"title": "", "status": 401}, 201, PROBLEM_TYPE)

    assert [] == loaded.asked(made(V4), ask)
    headers = (("content-type", "application/json"),)
    assert [Request("POST", "/api/route?a=1&a=2", headers, b'{"data":"data"}')] == seen


def test_request_without_a_body_has_none(loaded: Loaded) -> None:
    """No body in the pact is no body in the request, not an empty one."""
    seen = []

    async def ask(request: Request) -> Answer:
        seen.append(request)
        return answer({})

    request = {"method": "GET", "headers": {"Host": ["example.com"], "Accept": ["a/b"]}}
    assert [] == loaded.asked(made(http(request, {})), ask)
    assert [Request("GET", "/e/key", (("accept", "a/b"),))] == seen


def test_no_answer_is_a_mismatch(loaded: Loaded) -> None:
    """A provider that gives no answer breaks the pact, and it is said why there was none."""
    for none, seen in ((NoAnswer("timeout", "10 s"), "timeout: 10 s"), (NoAnswer("reset"), "reset")):
        expected = Mismatch("no-answer", "answer", "status 201", seen, f"There was no answer ({seen})")
        assert [expected] == loaded.answered(made(V4), none)


def test_what_asking_raises_is_raised(loaded: Loaded) -> None:
    """An error of the one who asks is not taken for the provider's, and nothing is tried again."""
    asked = []

    async def ask(request: Request) -> Answer:
        asked.append(request)
        raise LookupError("no such state")

    with pytest.raises(LookupError, match="no such state"):
        loaded.asked(made(V4), ask)
    assert 1 == len(asked)


def test_an_answer_that_cannot_be_written_is_raised(loaded: Loaded) -> None:
    """A header that no HTTP message can carry ends the verification; it does not hang."""
    with pytest.raises(UnicodeEncodeError):
        loaded.answered(made(V4), Answer(200, (("x", "☃"),), b"", 0))


def test_redirect_is_an_answer(loaded: Loaded) -> None:
    """A redirect is not followed: the pact says what the provider answers, not where it leads."""
    pact = made(http({}, {"status": 302, "headers": {"Location": ["/elsewhere"]}}))
    assert [] == loaded.answered(pact, Answer(302, (("location", "/elsewhere"),), b"", 0))


def test_framing_of_the_answer_is_not_handed_on(loaded: Loaded) -> None:
    """An answer that came in chunks is handed to the verifier whole."""
    framed = (("transfer-encoding", "chunked"), ("connection", "close"), ("content-type", "application/json"))
    pact = made(http({}, {"body": body({"a": 1})}))
    assert [] == loaded.answered(pact, Answer(200, framed, b'{"a":1}', 7))


def test_body_that_was_cut_is_told(loaded: Loaded) -> None:
    """A body longer than what is read of it can't hold, whatever its beginning looks like."""
    pact = made(http({}, {"body": body("x", "text/plain")}))
    seen = loaded.answered(pact, Answer(200, (("content-type", "text/plain"),), b"x", 9))
    expected = Mismatch("body", "$", "at most 1 bytes", "9 bytes", "The body is longer than bothends reads")
    assert [expected] == seen


def test_unreadable_answer_is_a_mismatch(loaded: Loaded) -> None:
    """What the library can't read of an answer is the provider's fault."""
    seen = loaded.answered(made(V4), Answer(201, (("content-encoding", "gzip"),), b"no gzip", 7))
    assert ["answer"] == [item.kind for item in seen]


def test_values_of_states_fill_the_request(loaded: Loaded) -> None:
    """A generator that takes a value from a provider state gets the state's own parameter."""
    seen = []

    async def ask(request: Request) -> Answer:
        seen.append(request.target)
        return answer({})

    generator = {"type": "ProviderState", "expression": "/orders/${id}", "dataType": "STRING"}
    states = [{"name": "order {id}", "params": {"id": "17"}}]
    pact = made(http({"path": "/orders/1", "generators": {"path": generator}}, {}, providerStates=states))
    assert [] == loaded.asked(pact, ask)
    assert ["/orders/17"] == seen


def test_pending_interactions_count(loaded: Loaded) -> None:
    """The library lets pending interactions fail without a word; here they are verified as any other."""
    pact = made(http({}, {"status": 200}, pending=True))
    assert ["status"] == [item.kind for item in loaded.answered(pact, answer({}, 500))]


def test_what_the_library_cannot_read_is_the_pacts_fault(loaded: Loaded) -> None:
    """The message names the place in the pact, and the library's own words."""
    with pytest.raises(ContractError, match=r"web-route\.json /interactions/0: .*can't verify 'it works': [^/']*$"):
        loaded.answered(made(http({}, {"body": body("\ud800")})), answer({}))
    with pytest.raises(ContractError, match="can't verify"):
        loaded.answered(made(http({"headers": {"not a name": ["x"]}}, {})), answer({}))


def test_long_values_are_cut(loaded: Loaded) -> None:
    """A person is shown the beginning of a long value."""
    seen = loaded.received(made(message({"a": "x"})), {"a": "y" * 10_000})
    assert ["…"] == [item.actual[4000:] for item in seen]


def test_nothing_is_printed(loaded: Loaded, capfd: pytest.CaptureFixture[str]) -> None:
    """The library's own report goes nowhere: it would tear the run's apart."""
    loaded.answered(made(V4), answer({}))
    assert ("", "") == tuple(capfd.readouterr())


def test_other_work_goes_on_meanwhile(loaded: Loaded) -> None:
    """The loop that plays the world is not held up: the provider may need it to answer."""

    async def ask(_: Request) -> Answer:
        await asyncio.sleep(0)
        return answer({"title": "", "status": 401}, 201, PROBLEM_TYPE)

    async def several() -> list[list[Mismatch]]:
        pact = made(V4)
        return await asyncio.gather(*(loaded.verifying.verify_http(pact, pact.interactions[0], ask) for _ in range(5)))

    assert [[]] * 5 == loaded.runner.run(several())


@settings(deadline=None, max_examples=60)
@given(value=JSON)
def test_an_example_keeps_its_own_promise(loaded: Loaded, value: Any) -> None:
    """Whatever JSON a pact has for an example, an answer or a message that is just that holds."""
    example = {"value": value}
    assert [] == loaded.answered(made(http({}, {"body": body(example)})), answer(example))
    assert [] == loaded.received(made(message(example)), json.loads(json.dumps(example)))
