"""Of which callback a delivery is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import EventContract, Operation
from bothends.contract.messages import Expression, UrlTemplate
from bothends.contract.terms import When
from bothends.engine.tie.answered import Address
from bothends.engine.tie.attribution import Attribution
from bothends.engine.tie.matching import CallbackMatcher
from bothends.records import Condition, Exchange, mint
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Delivery

HOOKS = {"hooks": Address("http://127.0.0.1:9/base", "")}
URL = Expression("$request.body#/url", "body", of_request=True, name="/url")


def event(name: str, to: str, schema: Any = None, method: str = "POST") -> EventContract:
    """Return an event that goes to a path, or to the URL in the request."""
    walk: Any = SimpleNamespace(find=lambda _: [], sources=())
    url = UrlTemplate(f"{{hooks}}{to}", (("", "hooks"), (to, "")), "hooks")
    if to.startswith("+"):
        url = UrlTemplate(f"{{{URL.text}}}{to[1:]}", (("", URL.text), (to[1:], "")), "", (URL,))
    return EventContract(name, url, method, "", Schema(schema or {}), "", walk, ingest="hooks")


def constant(kind: str) -> dict[str, Any]:
    """Return the schema of an event that is told by a constant."""
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "n": {"type": "integer"}}}


def sent(number: int, target: str, payload: Any, method: str = "POST", identity: str = "") -> Delivery:
    """Return a delivery to the receiver."""
    path, _, query = target.partition("?")
    return kept.delivery(
        number,
        event=payload,
        method=method,
        path=path,
        query=query,
        ingest="hooks",
        identified=False,
        identity=identity or f"content {number}",
    )


def named(events: list[EventContract], *deliveries: Delivery, url: str = "") -> list[tuple[str, bool]]:
    """Return the callback of each delivery of one exchange, and whether its address is right."""
    made = kept.exchange(1, deliveries=(), body=f'{{"url": "{url}"}}'.encode())
    operation = Operation(made.case.operation, "POST", "/", "", events=tuple(events))
    found = CallbackMatcher([operation], HOOKS).named(made, deliveries)
    return [(one.callback, one.right_address) for one in found]


def test_the_address_tells_first() -> None:
    """Whatever the body is: a wrong event at the right address is that callback's wrong event."""
    events = [event("a", "/a", constant("a")), event("b", "/b", constant("b"))]
    found = named(events, sent(1, "/base/b", {"kind": "a"}), sent(2, "/base/a?x=1", None))
    assert [("b", True), ("a", True)] == found


def test_the_method_is_part_of_the_address() -> None:
    """One URL may be two callbacks'."""
    events = [event("a", "/x"), event("b", "/x", method="PUT")]
    assert [("b", True)] == named(events, sent(1, "/base/x", {}, "PUT"))


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"kind": "b", "n": "not a number"}, "b"),
        ({"kind": "a"}, "a"),
    ],
)
def test_constants_tell_where_the_address_does_not(payload: Any, name: str) -> None:
    """An event that has the constant and is wrong otherwise is that callback's."""
    events = [event("a", "/x", constant("a")), event("b", "/x", constant("b"))]
    assert [(name, True)] == named(events, sent(1, "/base/x", payload))


def test_then_the_schema_tells() -> None:
    """The event is of the callback whose schema it meets; where it meets none, of the nearest."""
    numbers = {"type": "object", "properties": {"n": {"type": "integer"}, "m": {"type": "integer"}}}
    texts = {"type": "object", "properties": {"n": {"type": "string"}, "m": {"type": "string"}}, "required": ["n"]}
    events = [event("numbers", "/x", numbers), event("texts", "/x", texts)]
    assert [("texts", True)] == named(events, sent(1, "/base/x", {"n": "1"}))
    assert [("numbers", True)] == named(events, sent(1, "/base/x", {"n": True, "m": 1}))


def test_as_many_events_as_callbacks_are_one_each() -> None:
    """Which is which makes no difference; attempts of one event go to one callback."""
    events = [event("a", "/x"), event("b", "/x")]
    found = named(events, sent(1, "/base/x", 1), sent(2, "/base/x", 2), sent(3, "/base/x", 1, identity="content 1"))
    assert [("a", True), ("b", True), ("a", True)] == found


def test_where_nothing_tells_nothing_is_said() -> None:
    """One event, and two callbacks that it is equally good for."""
    assert [("", True)] == named([event("a", "/x"), event("b", "/x")], sent(1, "/base/x", 1))


def test_a_url_of_the_request_is_its_own_exchanges() -> None:
    """What follows the expression in the key is part of it; without it, or with more, it is a wrong address."""
    own = "0-cx1x01234567-xx"
    for target, right in ((f"/base/{own}/done", True), (f"/base/{own}", False), (f"/base/{own}/done/x", False)):
        assert [("a", right)] == named(
            [event("a", "+/done")], sent(1, target, {}), url=f"http://127.0.0.1:9/base/{own}"
        )


OWED = When(owed=True)


def test_an_event_at_no_callback_s_address_is_the_missing_one_that_it_is_like() -> None:
    """By its constants; or by its schema, where the event is owed. One that has come already is not missing."""
    told, owed = event("a", "/a", constant("a")), replace(event("a", "/a", constant("a")), when=OWED)
    plain = event("a", "/a", {"type": "object", "required": ["kind"]})
    for one in (told, owed, replace(plain, when=OWED)):
        assert [("a", False)] == named([one], sent(1, "/base/b", {"kind": "a"}))
    found = named([told], sent(1, "/base/a", {"kind": "a"}), sent(2, "/base/b", {"kind": "a"}))
    assert [("a", True), ("", False)] == found


@pytest.mark.parametrize("payload", [{"kind": "b"}, {}, None, [], "a"])
def test_any_other_is_undeclared(payload: Any) -> None:
    """Whether an event is missing or not: nothing says that it is the one."""
    made = kept.exchange(1, deliveries=())
    anything = replace(event("a", "/a", {}), when=OWED)
    for one in (event("a", "/a", constant("a")), replace(event("a", "/a", constant("a")), when=OWED), anything):
        operation = Operation(made.case.operation, "POST", "/", "", events=(one,))
        (found,) = CallbackMatcher([operation], HOOKS).named(made, [sent(1, "/base/b", payload)])
        assert ("", False, True) == (found.callback, found.right_address, found.undeclared)


def test_an_event_of_another_operation_is_not_this_one_s_wrong_event() -> None:
    """Both operations have one address: the constants tell of which callback an event is, whomever it was tied to."""
    made = kept.exchange(1, deliveries=())
    mine = Operation(made.case.operation, "POST", "/", "", events=(event("a", "/x", constant("a")),))
    other = Operation("other", "POST", "/other", "", events=(event("b", "/x", constant("b")),))
    deliveries = [sent(1, "/base/x", {"kind": "b"}), sent(2, "/base/x", {"kind": "c"})]
    found = CallbackMatcher([mine, other], HOOKS).named(made, deliveries)
    assert [("", True), ("a", False)] == [(one.callback, one.undeclared) for one in found]


def test_what_an_ingest_has_not_let_through_was_not_sent_elsewhere() -> None:
    """A copy at another address is no sign of a wrong one while the event itself can't arrive."""
    made = kept.exchange(1, deliveries=())
    made = replace(made, case=replace(made.case, given=(Condition.of("resets-unread", "hooks"),)))
    one = replace(event("a", "/a", constant("a")), when=OWED)
    operation = Operation(made.case.operation, "POST", "/", "", events=(one,))
    (found,) = CallbackMatcher([operation], HOOKS).named(made, [sent(1, "/base/b", {"kind": "a"})])
    assert found.undeclared


def test_what_an_ingest_of_one_address_gets_is_its_callback_s() -> None:
    """It takes nothing at any other, so nobody has anything else to send there."""
    one = replace(sent(1, "/base/b", {}), identified=True, right_address=False)
    assert [("a", False)] == named([event("a", "/a", constant("a"))], one)


def test_the_url_of_a_request_is_right_whatever_its_origin() -> None:
    """Behind a proxy, a target knows itself by another name."""
    url = Expression("$url", "url", of_request=True)
    key = UrlTemplate("{hooks}/a?from={$url}", (("", "hooks"), ("/a?from=", ""), ("", "$url")), "hooks", (url,))
    one = replace(event("a", "/a", constant("a")), url=key)
    path = kept.exchange(1).sent.target
    for origin in ("http://127.0.0.1:3000", "https%3A%2F%2Fshop.example", "http://shop.example/api"):
        assert [("a", True)] == named([one], sent(1, f"/base/a?from={origin}{path}", {"kind": "a"}))
    assert [("a", False)] == named([one], sent(1, f"/base/a?from=http://shop.example{path}x", {"kind": "a"}))


def test_a_path_of_its_own_ties_an_event_before_all_else() -> None:
    """Before the time, and before a user that it may bear: another law speaks of that."""
    batch = [replace(kept.exchange(n, deliveries=(), calls=()), began=kept.BEGAN) for n in (1, 2)]
    target = f"/0-{mint(kept.SEED, 'c', 2)}-xxx"
    one = sent(1, target, kept.event(1))
    got = Attribution(kept.SEED).tie(batch, [one], [])
    assert [(), (one,)] == [e.deliveries for e in got.exchanges]
    unknown = sent(2, f"/0-{mint(kept.SEED, 'c', 99)}-xxx", {})
    assert (unknown,) == Attribution(kept.SEED).tie(batch, [unknown], []).phantoms


def test_an_event_that_no_callback_declares_accuses_nobody() -> None:
    """What lacks the constants of each callback is the target's own affair, unless a success has no event yet."""
    contract = kept.contract()
    beat = kept.delivery(9, event={"name": "app/heartbeat", "v": "1"}, received=kept.BEGAN + 0.01)
    for exchange, whose in ((kept.refused(1), 0), (kept.exchange(1, deliveries=(), calls=()), 1)):
        during = replace(exchange, began=kept.BEGAN, ended=kept.BEGAN + 1)
        got = Attribution(kept.SEED, contract.operations).tie([during], [beat], [])
        assert (whose, 1 - whose) == (len(got.exchanges[0].deliveries), len(got.unexplained))


def test_the_exchange_of_no_callback_keeps_its_deliveries() -> None:
    """What an operation sends that declares nothing stands on record as it came."""
    exchange: Exchange = kept.exchange(1, deliveries=())
    operation = Operation(exchange.case.operation, "POST", "/", "")
    one = kept.delivery(1)
    assert (replace(one, undeclared=True),) == CallbackMatcher([operation], HOOKS).named(exchange, [one])
