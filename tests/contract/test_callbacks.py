"""Callbacks: their keys, what is said of them, and the world's address in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

from bothends.contract import admission
from bothends.contract.messages import Moment
from bothends.contract.requests import filled_with_urls, marked
from bothends.contract.requests.addresses import nowhere
from bothends.contract.terms import DeliveryTerms, Tries, identity_of, terms_of_settings
from bothends.errors import ContractError
from bothends.records import Request

if TYPE_CHECKING:
    from bothends.contract import Operation
    from tests.contract.folder import Folder

JSON = (("Content-Type", "application/json"),)
KEY = "{$request.body#/data}"
MARK = "http://world.invalid/0-xxxxxxxxxxxxxxxxxxxxxxxxxx"


def called_back(folder: Folder, key: str = KEY, schema: Any = None) -> Operation:
    """Return the operation with a callback whose URL comes from elsewhere."""
    callbacks = folder.operation["callbacks"]["routeRequested"]
    callbacks[key] = callbacks.pop("{ingest}/e/{eventKey}")
    folder.toml = folder.toml.replace('[world.ingest]\nkind = "inngest"', "")
    if schema is not None:
        folder.schemas["RouteRequest"]["properties"]["data"] = schema
    return folder.load().operations[0]


@pytest.mark.parametrize(
    ("said", "status", "holds"),
    [
        (True, 200, True),
        (True, 404, False),
        (False, 200, False),
        ({"status": {"const": 404}}, 404, True),
        ({"status": {"enum": [201, 204]}}, 200, False),
        ({"body": {"required": ["data"]}}, 200, True),
        ({"body": {"required": ["other"]}}, 200, False),
        ({"query": {"properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}}, 200, True),
        ({"query": {"properties": {"n": {"const": "4"}}}}, 200, True),
        ({"query": {"properties": {"n": {"maximum": 3}}}}, 200, False),
        ({"header": {"required": ["x-yes"]}}, 200, True),
        ({"header": {"required": ["X-Yes"]}}, 200, False),
        ({"body": {"required": ["data"]}, "query": {"required": ["no"]}}, 200, False),
    ],
)
def test_x_when_says_which_answers_owe_the_event(folder: Folder, said: Any, status: int, holds: bool) -> None:  # noqa: FBT001 -- what is expected
    """Each condition must hold; without one on the status, it has to be a 2xx."""
    folder.callback["x-when"] = said
    when = folder.load().operations[0].events[0].when
    request = Request("POST", "/api/route?n=4", (*JSON, ("X-Yes", "1")), b'{"data": 1}')
    assert when is not None
    assert holds is when.holds(status, Moment("/api/route", request))


@pytest.mark.parametrize(
    ("said", "body", "is_open"),
    [
        ({"body": {"not": {"const": []}}}, None, True),
        ({"body": {"required": ["data"]}}, None, False),
        ({"body": {"required": ["data"]}}, b"{", True),
        ({"body": {"required": ["data"]}}, b"{}", False),
        ({"body": {"not": {"const": []}}, "query": {"required": ["no"]}}, None, False),
        ({"query": {"required": ["no"]}}, None, False),
    ],
)
def test_x_when_leaves_open_what_a_body_says_that_is_not_there(
    folder: Folder,
    said: Any,
    body: bytes | None,
    is_open: bool,  # noqa: FBT001 -- what is expected
) -> None:
    """What nobody can read owes no event, and none is held against it; what is not there has no member either."""
    folder.callback["x-when"] = said
    when = folder.load().operations[0].events[0].when
    assert when is not None
    moment = Moment("/api/route", Request("POST", "/api/route", JSON, body))
    assert (is_open, False) == (when.is_open(200, moment), when.is_open(404, moment))
    assert not (is_open and when.holds(200, moment))


@pytest.mark.parametrize(
    ("count", "body", "number"),
    [
        (3, b"{}", 3),
        (0, b"{}", 0),
        ("/items", b'{"items": [1, 2]}', 2),
        ("/items", b'{"items": []}', 0),
        ("/items", b"{}", 0),
        ("/items", b'{"items": "two"}', None),
        ("/a/0/b", b'{"a": [{"b": [1]}]}', 1),
        ("", b"[1, 2, 3]", 3),
        ("/items", b"no JSON", None),
        ("/items", b'{"items": [1], "items": [1, 2]}', None),
    ],
)
def test_x_when_counts_events(folder: Folder, count: int | str, body: bytes, number: int | None) -> None:
    """As many as it says, or as a list of the request's body has items; what is no list counts nothing."""
    folder.callback["x-when"] = {"count": count}
    when = folder.load().operations[0].events[0].when
    assert when is not None
    moment = Moment("/api/route", Request("POST", "/api/route", JSON, body))
    assert (True, False, number) == (when.holds(200, moment), when.holds(404, moment), when.number(moment))


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ("acknowledged", DeliveryTerms("after")),
        ("at-least-once", DeliveryTerms(attempts="until-acknowledged")),
        ("at-most-once", DeliveryTerms(attempts="once")),
        (
            {"attempts": {"tries": 4, "within_ms": 8000}, "within_ms": 500, "retry_within_ms": 900, "identity": "/id"},
            DeliveryTerms(None, Tries(4, 8000), 500, 900, "/id"),
        ),
    ],
)
def test_x_delivery_says_what_is_promised(folder: Folder, said: Any, terms: DeliveryTerms) -> None:
    """The short forms stand for keys; in the settings they are the same."""
    folder.callback["x-delivery"] = said
    assert terms == folder.load().operations[0].events[0].delivery
    assert terms == terms_of_settings(said)


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("/id", "e1"),
        ("/data/n", "7"),
        ("/data", ""),
        ("/none", ""),
        ("header.Webhook-Id", "msg_1"),
        ("header.x-other", ""),
    ],
)
def test_what_identifies_an_event(identity: str, value: str) -> None:
    """A text or a number in the event, or a header; what is not there identifies nothing."""
    event = {"id": "e1", "data": {"n": 7}}
    assert value == identity_of(identity, event, [("webhook-id", "msg_1")])


def test_what_is_absent_is_not_said(folder: Folder) -> None:
    """A callback without extensions demands nothing of when its event comes."""
    del folder.callback["x-when"]
    del folder.callback["x-delivery"]
    event = folder.load().operations[0].events[0]
    assert (None, DeliveryTerms()) == (event.when, event.delivery)


def test_extensions_stand_on_the_callback_the_path_item_or_the_operation(folder: Folder) -> None:
    """What is said innermost counts; of a delivery, each key by itself."""
    callback = folder.operation["callbacks"]["routeRequested"]
    del folder.callback["x-delivery"]
    callback["x-when"], callback["x-delivery"] = False, {"answer": "any", "attempts": "once"}
    callback["{ingest}/e/{eventKey}"]["x-delivery"] = "acknowledged"
    event = folder.load().operations[0].events[0]
    assert event.when is not None
    assert event.when.owed
    assert DeliveryTerms("after", "once") == event.delivery


def test_the_settings_say_what_the_deployment_promises(folder: Folder) -> None:
    """`[callbacks.NAME] delivery` is the same as x-delivery, and stands above it."""
    folder.callback["x-delivery"] = {"answer": "any"}
    folder.toml += '\n[callbacks.routeRequested]\ndelivery = "acknowledged"\n'
    assert "after" == folder.load().operations[0].events[0].delivery.answer


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda f: f.callback.update({"x-when": {"count": -1}}), "x-when is wrong"),
        (lambda f: f.callback.update({"x-when": {"count": "items"}}), "x-when is wrong"),
        (lambda f: f.callback.update({"x-delivery": {"attempts": {"tries": 3}}}), "x-delivery is wrong"),
        (lambda f: f.callback.update({"x-delivery": {"identity": "id"}}), "x-delivery is wrong"),
        (lambda f: f.callback.update({"x-when": "always"}), "x-when is wrong"),
        (lambda f: f.callback.update({"x-when": {"state": {}}}), "x-when has no key 'state' here"),
        (lambda f: f.callback.update({"x-when": {"status": {"type": "nothing"}}}), "not a valid JSON Schema"),
        (lambda f: f.callback.update({"x-delivery": {"answer": "before"}}), "x-delivery is wrong"),
        (lambda f: f.callback.update({"x-delivery": "some-day"}), "x-delivery is wrong"),
        (lambda f: f.operation.update({"x-when": True}), "x-when has no meaning here"),
    ],
)
def test_a_wrong_extension_is_refused_with_its_place(folder: Folder, change: Any, problem: str) -> None:
    """Each has a JSON Schema that ships."""
    change(folder)
    with pytest.raises(ContractError, match=problem) as caught:
        folder.load()
    assert caught.value.where is not None
    assert "/x-" in caught.value.where.pointer


DELIVERY = (
    "acknowledged, at-least-once, at-most-once, or some of answer (after or any), attempts (once, until-acknowledged,"
    " or {tries, within_ms}), within_ms, retry_within_ms, identity, events (each or one) and survives (stop, kill or "
    "all)"
)


@pytest.mark.parametrize(
    ("said", "pointer", "problem"),
    [
        (
            {"attempts": "at-least-once"},
            "/attempts",
            'x-delivery is wrong at /attempts: "at-least-once" is not one of "once" or "until-acknowledged".',
        ),
        (
            {"answer": "before", "identity": "/id"},
            "/answer",
            'x-delivery is wrong at /answer: "before" is not one of "after" or "any".',
        ),
        (
            {"attempts": {"tries": 0, "within_ms": 100}},
            "/attempts/tries",
            "x-delivery is wrong at /attempts/tries: 0 is less than the minimum of 1.",
        ),
        (
            "some-day",
            "",
            'x-delivery is wrong: "some-day" is not one of "acknowledged", "at-least-once" or "at-most-once".',
        ),
    ],
)
def test_a_wrong_value_of_x_delivery_is_told_with_those_that_are_right(
    folder: Folder, said: Any, pointer: str, problem: str
) -> None:
    """The place is that of the key; what may stand there is said in full."""
    folder.callback["x-delivery"] = said
    with pytest.raises(ContractError) as caught:
        folder.load()
    error = caught.value
    assert (problem, DELIVERY) == (error.problem, error.expected)
    assert error.where is not None
    assert error.where.pointer.endswith(f"/x-delivery{pointer}")


def test_the_settings_tell_a_wrong_value_of_a_delivery_with_those_that_are_right(folder: Folder) -> None:
    """What the spec may say is what the settings may say."""
    folder.toml += '\n[callbacks.routeRequested]\ndelivery = {attempts = "at-least-once"}\n'
    with pytest.raises(ContractError) as caught:
        folder.load()
    assert ("'attempts' is 'at-least-once'.", "one of once, until-acknowledged") == (
        caught.value.problem,
        caught.value.expected,
    )


def test_a_name_that_the_spec_does_not_have_is_refused(folder: Folder) -> None:
    """The settings may name only callbacks that there are."""
    folder.toml += '\n[callbacks.routeRequest]\ndelivery = "acknowledged"\n'
    with pytest.raises(ContractError, match="name the callback 'routeRequest'") as caught:
        folder.load()
    assert "Did you mean 'routeRequested'?" == caught.value.advice


def test_a_callback_arrives_where_the_settings_say(folder: Folder) -> None:
    """By its key, by `receives`, else at the ingest that is there; a URL of the spec's own arrives nowhere."""
    folder.toml += '\n[world.ingests.hooks]\nkind = "webhook"\nreceives = ["told"]\n'
    sent = folder.operation["callbacks"]["routeRequested"]["{ingest}/e/{eventKey}"]
    folder.operation["callbacks"] |= {
        "told": {KEY: sent},
        "also": {"{$request.body#/data}/x": sent},
        "there": {"{hooks}/any/path": sent},
        "fixed": {"https://example.com/x": sent},
    }
    events = folder.load().operations[0].events
    assert ["ingest", "hooks", "ingest", "hooks", ""] == [event.ingest for event in events]


def test_several_keys_and_methods_are_several_events(folder: Folder) -> None:
    """Each is named by what tells it apart."""
    callback = folder.operation["callbacks"]["routeRequested"]
    item = callback["{ingest}/e/{eventKey}"]
    item["put"] = item["post"]
    names = [event.name for event in folder.load().operations[0].events]
    assert ["routeRequested PUT {ingest}/e/{eventKey}", "routeRequested POST {ingest}/e/{eventKey}"] == names


def test_a_callback_need_not_say_what_its_body_is(folder: Folder) -> None:
    """Then nothing in it is looked at."""
    del folder.callback["requestBody"]
    event = folder.load().operations[0].events[0]
    assert (False, "", True) == (event.described, event.media_type, event.body.is_valid("anything"))


def test_a_parameter_that_a_key_reads_is_declared(folder: Folder) -> None:
    """Else OpenAPI can't evaluate it."""
    with pytest.raises(ContractError, match="no query parameter has that name"):
        called_back(folder, "{$request.query.hook}")


def test_the_worlds_address_stands_where_the_contract_says(folder: Folder) -> None:
    """Where no example has it, the first one that can is given it; the settings need no ingest."""
    operation = called_back(folder)
    assert [MARK] == [place.mark for place in operation.addresses]
    assert MARK == operation.examples[0].value["data"]


@pytest.mark.parametrize(
    ("url", "longest", "behind"),
    [
        ("https://a.example/b?tenant=7&mode=test", 200, "?tenant=7&mode=test"),
        ("https://a.example/b?tenant=7&mode=test", len(MARK) + 5, ""),
        ("https://a.example/b?q=1#top", 200, ""),
        ("https://a.example/b?", 200, ""),
    ],
)
def test_the_query_of_an_example_stays_behind_the_worlds_address(
    folder: Folder, url: str, longest: int, behind: str
) -> None:
    """The example says that a URL may have one; it is left out where the schema leaves no room."""
    schema = {"type": "string", "maxLength": longest}
    folder.operation["requestBody"]["content"]["application/json"]["example"] = {"data": url}
    operation = called_back(folder, schema=schema)
    (example,) = (one for one in operation.examples if one.name == "example")
    assert MARK + behind == example.value["data"]
    body = b'{"data": "%b"}' % (MARK + behind).encode()
    request = Request("POST", "/api/route", JSON, body)
    assert body == marked(operation.addresses, request, lambda _: True).body


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "string", "pattern": "^https://"}, "pattern"),
        ({"enum": ["https://a/b"]}, "enum"),
        ({"type": "string", "maxLength": 20}, "maxLength"),
        ({"type": "integer"}, "type"),
    ],
)
def test_a_schema_that_refuses_the_worlds_address_is_known(folder: Folder, schema: Any, keyword: str) -> None:
    """No invalid request is called valid: no mark is put there, and the keyword is named."""
    operation = called_back(folder, schema=schema)
    (place,) = operation.addresses
    assert place.refused is not None
    assert place.refused.pointer.endswith(f"/data/{keyword}")
    request = Request("POST", "/api/route", JSON, b'{"data": "https://a/b"}')
    assert b'{"data": "https://a.invalid/b"}' == marked(operation.addresses, request, lambda _: True).body


def test_a_form_keeps_its_lists_where_a_field_gets_the_worlds_address(folder: Folder) -> None:
    """All else of a form is sent as it was written."""
    headers = (("content-type", "application/x-www-form-urlencoded"),)
    request = Request("POST", "/api/route", headers, b"tags=a&data=https%3A%2F%2Fa.example%2Fb&tags=%62")
    sent = marked(called_back(folder).addresses, request, lambda _: True)
    assert f"tags=a&data={quote_plus(MARK)}&tags=%62".encode() == sent.body


def test_a_mark_becomes_a_url_of_the_same_length(folder: Folder) -> None:
    """So no framing changes; of two callers in one message, each has a URL of its own."""
    operation = called_back(folder)
    url, other = (f"http://127.0.0.1:8080/0-{one}-".ljust(len(MARK), "x") for one in "ab")
    body = b'{"data": "%b"}' % MARK.encode()
    request = Request("POST", f"/?u=http%3A%2F%2Fworld.invalid%2F{MARK[21:]}", JSON, body)
    sent = filled_with_urls(request, {operation.addresses[0].mark: url})
    assert sent.body is not None
    assert (len(body), url.encode()) == (len(sent.body), sent.body[10:-2])
    assert sent.target.startswith("/?u=http%3A%2F%2F127.0.0.1%3A8080%2F0-a-xx")
    raw = Request("POST", "/", raw=b"@COOKIE@%b@COOKIE2@%b" % (MARK.encode(), MARK.encode()))
    both = filled_with_urls(raw, {MARK: url}, {MARK: other})
    assert b"@COOKIE@%b@COOKIE2@%b" % (url.encode(), other.encode()) == both.raw


@pytest.mark.parametrize(
    ("body", "harmless"),
    [
        (b'{"data": "https://example.com/x"}', b'{"data": "https://example.com.invalid/x"}'),
        (b'{"data": "http:\\/\\/u:p@example.com:81"}', b'{"data": "http:\\/\\/u:p@example.com.invalid:81"}'),
        (b'{"data": "http://169.254.169.254/latest"', b'{"data": "http://169.254.169.254.invalid/latest"'),
        (b'{"data": "http://[::1]:8/"}', b'{"data": "http://1.invalid:8/"}'),
        (b'{"data": "http://a.invalid/"}', b'{"data": "http://a.invalid/"}'),
        (b'{"data": "http://own:1/"}', b'{"data": "http://own:1/"}'),
        (b'{"data": "file:///etc/passwd"}', b'{"data": "file:///etc/passwd"}'),
        (b"\xff://x", b"\xff://x"),
        (b'{"data": "https://\\u0065xample.com"}', b'{"data": "https://example.com.invalid"}'),
        (b'{"data": "https:\\u002f/a.b"}', b'{"data": "https://a.b.invalid"}'),
        (b'{"data": "\\u0041"}', b'{"data": "\\u0041"}'),
        (b"u=https%3A%2F%2Fexample.com%2Fx", b"u=https%3A%2F%2Fexample.com.invalid%2Fx"),
    ],
)
def test_no_stranger_is_called(body: bytes, harmless: bytes) -> None:
    """A URL in a request leads to the world, or to a host that is not there; the rest stays as it was."""
    assert harmless == nowhere(Request("POST", "/", JSON, body), ["own:1"]).body


def test_what_the_contract_refuses_is_not_made_right(folder: Folder) -> None:
    """A mark is put only into requests that are admitted."""
    operation = called_back(folder, schema={"type": "string", "minLength": 3})

    def body(text: bytes) -> bytes | None:
        request = Request("POST", "/api/route", JSON, text)
        return marked(operation.addresses, request, lambda one: not admission(operation, one).refusals).body

    assert b'{"data": "x"}' == body(b'{"data": "x"}')
    assert f'{{"data": "{MARK}"}}'.encode() == body(b'{"data": "something"}')
    assert b"{}" == body(b"{}")
