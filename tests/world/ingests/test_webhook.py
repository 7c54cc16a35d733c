"""A plain receiver of webhooks: what it takes, what it answers, and what it takes for one event."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.clock import Clock
from bothends.contract import DeclaredAnswer, EventContract
from bothends.contract.messages import Expression, UrlTemplate, template_of
from bothends.contract.settings import IngestSettings, WorldSettings
from bothends.contract.terms import DeliveryTerms
from bothends.errors import ContractError
from bothends.records import Condition
from bothends.schemas import Schema
from bothends.world import World
from bothends.world.http.message import Received
from bothends.world.ingests import IngestStub
from bothends.world.ingests.inngest import Inngest
from bothends.world.ingests.webhook import Webhook
from bothends.world.service import Outcome, Place, Recorder

if TYPE_CHECKING:
    from bothends.records import Delivery

HOOK = UrlTemplate("{hooks}/tree", (("", "hooks"), ("/tree", "")), "hooks")
BODY = Expression("$request.body#/url", "body", of_request=True, name="/url")
ANYWHERE = UrlTemplate("{$request.body#/url}", (("", BODY.text),), "", (BODY,))


def event(url: UrlTemplate = HOOK, method: str = "POST", *answers: DeclaredAnswer) -> EventContract:
    """Return an event that arrives here."""
    walk: Any = SimpleNamespace()
    return EventContract("sent", url, method, "", Schema({}), "", walk, answers, ingest="hooks")


def answer(status: str, *examples: tuple[str, Any], **content: Schema) -> DeclaredAnswer:
    """Return a declared acknowledgement."""
    return DeclaredAnswer(status, "", "", dict.fromkeys(content, None), examples=examples)


def stub(*events: EventContract) -> IngestStub:
    """Return an ingest."""
    ingest = Webhook("hooks", IngestSettings("webhook"), events, "")
    return IngestStub(ingest, Place("127.0.0.1", None, 1, Clock(), Recorder()))


def request(target: str = "/tree", body: bytes = b"{}", method: str = "POST", media_type: str = "text/x") -> Received:
    """Return a request to it."""
    return Received(method, target, (("content-type", media_type),), body, at=1.0)


def delivered(where: IngestStub, received: Received, *, status: int | None = None) -> list[Delivery]:
    """Return what is on record of a request, answered honestly or with a fault's status."""
    handler = where.handler(received)
    reply = handler.reply()
    fault = None if status is None else Condition.of("answers-status", "hooks", status=500)
    handler.settle(Outcome(2.0, status or reply.status, right=status is None, whole=True, fault=fault))
    return where.place.recorder.take()[0]


@pytest.mark.parametrize(
    ("target", "method", "right"),
    [
        ("/tree", "POST", True),
        ("/tree?x=1", "POST", True),
        ("/tree", "PUT", False),
        ("/trees", "POST", False),
        ("/", "DELETE", False),
    ],
)
def test_any_method_path_and_query_is_taken(target: str, method: str, right: bool) -> None:  # noqa: FBT001 -- what is expected
    """All of it is stored and acknowledged; whether the address is a callback's stands on record."""
    (one,) = delivered(stub(event()), request(target, method=method))
    assert (right, True, True, 200) == (one.right_address, one.stored, one.acknowledged, one.status)
    assert (target, "hooks", False) == (one.target, one.ingest, one.identified)


@pytest.mark.parametrize(
    ("body", "media_type", "payload", "sent"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}, {"a": 1}),
        (b"[1]", "text/plain", [1], [1]),
        (b"a=1&b=x+y&a=2", "application/x-www-form-urlencoded", {"a": "1", "b": "x y"}, {"a": "1", "b": "x y"}),
        (b"<x/>", "application/xml", None, "<x/>"),
        (b"", "application/json", None, ""),
    ],
)
def test_a_body_is_json_a_form_or_anything(body: bytes, media_type: str, payload: Any, sent: Any) -> None:
    """What can't be read is an event all the same; nothing is dropped."""
    (one,) = delivered(stub(event()), request(body=body, media_type=media_type))
    assert (payload, sent, ()) == (one.payload, one.event, one.losses)


@pytest.mark.parametrize(
    ("answers", "status", "body"),
    [
        ((), 200, b""),
        ((answer("400"), answer("202"), answer("200")), 202, b""),
        ((answer("2XX", ("application/json", {"ok": True})),), 200, b'{"ok": true}'),
        ((answer("204", ("text/plain", "x")),), 204, b""),
        ((answer("200", ("text/plain", "thanks")),), 200, b"thanks"),
    ],
)
def test_it_acknowledges_as_the_callback_declares(
    answers: tuple[DeclaredAnswer, ...], status: int, body: bytes
) -> None:
    """With the first success and its example; with no body where none is declared."""
    reply = stub(event(HOOK, "POST", *answers)).handler(request()).reply()
    assert (status, body) == (reply.status, reply.body)


def test_the_same_bytes_are_one_event_after_a_failed_attempt_only() -> None:
    """After an acknowledgement they are another one; so are other bytes."""
    here = stub(event())
    bodies = [(b"1", 500), (b"1", None), (b"1", None), (b"2", None)]
    found = [one for body, status in bodies for one in delivered(here, request(body=body), status=status)]
    assert found[0].identity == found[1].identity
    assert 3 == len({one.identity for one in found})
    assert [1, 2, 1, 1] == [one.attempt for one in found]
    assert [False, True, True, True] == [one.acknowledged for one in found]


def test_looking_whether_anyone_is_there_is_no_delivery() -> None:
    """Unless a callback declares that very method."""
    assert [] == delivered(stub(event()), request(method="GET"))
    assert 1 == len(delivered(stub(event(HOOK, "GET")), request(method="GET")))


def test_the_event_api_takes_no_other_address() -> None:
    """A callback that it can't serve is a mistake in the contract, and the message says what serves it."""
    ingest = Inngest("hooks", IngestSettings(), (), "k")
    for url in (HOOK, ANYWHERE):
        with pytest.raises(ContractError, match="not an address of the event API") as caught:
            ingest.check(event(url))
        assert "webhook" in caught.value.advice


def test_a_world_has_as_many_ingests_as_the_settings_name() -> None:
    """Each has its own base URL and variables."""
    settings = WorldSettings(ingests={"ingest": IngestSettings(event_key="k"), "hooks": IngestSettings("webhook")})

    async def run() -> tuple[dict[str, str], str]:
        async with World(settings, answer_schemas={}, seed=1, clock=Clock()) as world:
            return world.variables(), world.services.ingests["hooks"].base_url

    variables, hooks = asyncio.run(run())
    assert hooks == variables["world.hooks"] != variables["world.ingest"]
    assert "k" == variables["world.ingest.event_key"] == variables["world.event_key"]
    assert "world.hooks.event_key" not in variables


def identified(identity: str, name: str = "sent", body: Schema | None = None) -> EventContract:
    """Return an event of which the contract says what identifies it."""
    terms = DeliveryTerms(identity=identity)
    return replace(event(), name=name, delivery=terms, body=body or Schema({}))


@pytest.mark.parametrize(("identity", "body"), [("/id", b'{"id": "1", "n": %d}'), ("header.Event-Id", b'{"n": %d}')])
def test_the_contract_says_what_identifies_an_event(identity: str, body: bytes) -> None:
    """By it, deliveries whose content differs are attempts of one event, acknowledged or not."""
    where = stub(identified(identity))
    headers = (("content-type", "application/json"), ("event-id", "1"))
    made = [Received("POST", "/tree", headers, body % number, at=1.0) for number in (1, 2)]
    first, second = [one for received in made for one in delivered(where, received)]
    assert ("sent 1", "sent 1", 1, 2) == (first.identity, second.identity, first.attempt, second.attempt)
    assert (True, True, False, True) == (second.identified, second.by_contract, first.repeated, second.repeated)


def test_without_the_value_the_content_identifies_it() -> None:
    """What the contract names is not there, so the identity is not sure."""
    where = stub(identified("/id"))
    (one,) = delivered(where, request(body=b'{"n": 1}'))
    assert (False, False) == (one.identified, one.by_contract)


def test_two_events_with_one_value_are_two() -> None:
    """Callbacks may identify their events by the same value, such as the id of an order."""
    paid, sent = (
        identified("/order", name, Schema({"required": ["type"], "properties": {"type": {"const": name}}}))
        for name in ("paid", "sent")
    )
    where = stub(paid, sent)
    bodies = (b'{"type": "paid", "order": 1}', b'{"type": "sent", "order": 1}')
    assert ["paid 1", "sent 1"] == [one.identity for body in bodies for one in delivered(where, request(body=body))]


def test_a_root_webhook_arrives_at_any_path() -> None:
    """Nothing says to where it was registered."""
    where = stub(event(template_of("hooks")))
    assert [True, False] == [
        one.right_address for method in ("POST", "PUT") for one in delivered(where, request("/a/b?c", method=method))
    ]


def listing(identity: str = "", url: UrlTemplate = HOOK) -> EventContract:
    """Return an event of which several come in one list."""
    schema = Schema({"type": "array", "items": {"type": "object"}})
    terms = DeliveryTerms(identity=identity)
    return replace(event(url), body=Schema({"type": "object"}), listed=schema, always_listed=True, delivery=terms)


def test_each_item_of_a_list_is_a_delivery() -> None:
    """With the attempt, the identity and the content of its own, and the acknowledgement of all."""
    where = stub(listing("/id"))
    first = delivered(where, request(body=b'[{"id": "a"}, {"id": "b"}]'), status=500)
    again = delivered(where, request(body=b'[{"id": "c"}, {"id": "a"}]'))
    assert [({"id": "a"}, 1), ({"id": "b"}, 1)] == [(one.event, one.attempt) for one in first]
    assert [({"id": "c"}, 1, True), ({"id": "a"}, 2, True)] == [(o.event, o.attempt, o.acknowledged) for o in again]
    assert [1, 1, 2, 2] == [one.post for one in (*first, *again)]
    assert all(one.listed and one.content == one.event for one in (*first, *again))


def test_items_that_are_alike_are_not_attempts_of_each_other() -> None:
    """They came together; what comes again after a failure is the same ones."""
    where = stub(listing())
    first = delivered(where, request(body=b'[{"a": 1}, {"a": 1}]'), status=500)
    again = delivered(where, request(body=b'[{"a": 1}, {"a": 1}, {"a": 2}]'))
    assert [1, 1, 2, 2, 1] == [one.attempt for one in (*first, *again)]
    assert [one.identity for one in first] == [one.identity for one in again[:2]]
    assert 3 == len({one.identity for one in again})


def test_a_header_tells_lists_apart_and_not_their_items() -> None:
    """The place in the list does: a list that comes again has the same events."""
    where = stub(listing("header.X-Id"))
    received = replace(request(body=b'[{"a": 1}, {"a": 2}]'), headers=(("x-id", "7"),))
    first, again = delivered(where, received, status=500), delivered(where, received)
    assert 2 == len({one.identity for one in first})
    assert [2, 2] == [one.attempt for one in again]


def test_an_empty_list_is_no_delivery() -> None:
    """It is acknowledged, and nothing is on record."""
    where = stub(listing())
    assert [] == delivered(where, request(body=b"[]"))
    assert 200 == where.handler(request(body=b"[]")).reply().status


def test_a_list_is_one_event_where_the_contract_has_no_lists() -> None:
    """Of two callbacks at one address, what the list is by its schema says so."""
    (one,) = delivered(stub(event()), request(body=b'[{"a": 1}, {"a": 2}]'))
    assert ([{"a": 1}, {"a": 2}], False) == (one.event, one.listed)
    numbers = replace(event(), body=Schema({"type": "array", "items": {"type": "integer"}}))
    where = stub(numbers, listing())
    assert [[1, 2]] == [each.event for each in delivered(where, request(body=b"[1, 2]"))]
    assert [{"a": 1}, {"a": 2}] == [each.event for each in delivered(where, request(body=b'[{"a": 1}, {"a": 2}]'))]


def test_where_nothing_is_declared_objects_in_a_list_are_events() -> None:
    """So what comes is seen before there is a contract."""
    assert [{"a": 1}, {"a": 2}] == [each.event for each in delivered(stub(), request(body=b'[{"a": 1}, {"a": 2}]'))]
    assert [["paid", {}]] == [each.event for each in delivered(stub(), request(body=b'["paid", {}]'))]
