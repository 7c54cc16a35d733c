"""What is said of a callback that never came, or not for each success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.contract.openapi import SecurityScheme
from bothends.contract.terms import DeliveryTerms, Requirement, SchemeUse, Security
from bothends.engine.evidence.callbacks import not_proven
from bothends.schemas import Schema
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

[EVENT] = kept.operation().events
BEARER = SecurityScheme("bearer", "http", "header", "Authorization", "bearer")


def missing(*exchanges: Exchange, security: Security | None = None) -> list[str]:
    """Return why callbacks are not proven after some exchanges, each with what it is about."""
    operation = replace(kept.operation(), security=security or kept.operation().security)
    contract = replace(kept.contract(), operations=(operation,))
    return [f"{each.what}: {each.why}" for each in not_proven(seen(contract, *exchanges), contract, whole=True)]


def test_a_callback_that_never_came() -> None:
    """It is missed where no request succeeded."""
    assert [f"callback {EVENT.name}: It never came: no request succeeded."] == missing(kept.refused())


def test_a_callback_that_nothing_demands_and_that_never_came() -> None:
    """Though requests succeeded it may be right: it is told with its place, and the line that would settle it."""
    operation = replace(kept.operation(), events=(replace(EVENT, when=None),))
    contract = replace(kept.contract(), operations=(operation,))
    counts = seen(contract, kept.exchange(deliveries=()))
    assert [] == list(not_proven(counts, contract, whole=False))
    (told,) = not_proven(counts, contract, whole=True)
    assert (f"callback {EVENT.name}", str(EVENT.location or "")) == (told.what, told.where)
    assert "x-when" in told.add


def test_what_some_successes_have_is_not_asked_of_each() -> None:
    """Where an event came for one success, and not for another one, the line to add names a condition, too."""
    operation = replace(kept.operation(), events=(replace(EVENT, when=None),))
    contract = replace(kept.contract(), operations=(operation,))
    came = kept.exchange(deliveries=(replace(kept.delivery(), callback=EVENT.name),))
    told = not_proven(seen(contract, came, kept.exchange(2, deliveries=())), contract, whole=True)
    (line,) = [each.add for each in told if each.why.startswith("It did not come in 1 of 2 successes")]
    assert "x-when: true if each success owes one, x-when: {body: …} or another condition if some do" == line


def test_where_nobody_can_be_signed_in_the_scheme_says_it_all() -> None:
    """No request can succeed, so that no callback comes is no news."""
    nobody = Security((Requirement((SchemeUse(BEARER),), "/security/0"),))
    assert [] == missing(kept.refused(), security=nobody)
    optional = Security((Requirement((SchemeUse(BEARER),)), Requirement()))
    assert [f"callback {EVENT.name}: It never came: no request succeeded."] == missing(
        kept.refused(), security=optional
    )


TEXT = {"type": "string"}
NO_MEMBER = "{identity: /NAME}, and a member NAME of the event that is another one in each"


@pytest.mark.parametrize(
    ("members", "headers", "line"),
    [
        ({"id": TEXT}, (), "{identity: /id}"),
        ({"kind": TEXT, "eventId": TEXT}, (), "{identity: /eventId}"),
        ({"id": {"$ref": "#/$defs/Id"}}, (), "{identity: /id}"),
        ({"id": {**TEXT, "x-from": "answer.body#/id"}, "message_id": TEXT}, (), "{identity: /message_id}"),
        ({"id": {**TEXT, "x-from": "answer.body#/id"}}, ("Webhook-Id",), "{identity: header.Webhook-Id}"),
        ({"id": {**TEXT, "x-from": "answer.body#/id"}}, (), "{identity: /id}"),
        ({"id": {**TEXT, "x-from": "session.user"}}, (), NO_MEMBER),
        ({"id": {"const": "placed"}, "uuid": {"type": "boolean"}, "orderId": TEXT}, ("X-Order-Id",), NO_MEMBER),
        ({"data": TEXT}, (), NO_MEMBER),
    ],
)
def test_events_that_nothing_identifies_get_a_member_that_they_have(
    members: dict[str, Any], headers: tuple[str, ...], line: str
) -> None:
    """The line to add names what may be another one in each event, or says that the event needs it."""
    body = Schema({"allOf": [{"properties": members}], "$defs": {"Id": TEXT}})
    named = tuple(Parameter(name, "header", required=True, schema=None, example=None, pointer="") for name in headers)
    event = replace(EVENT, body=body, headers=named, delivery=DeliveryTerms())
    contract = replace(kept.contract(), operations=(replace(kept.operation(), events=(event,)),))
    sent = [
        replace(kept.delivery(1, identity=name), callback=event.name, identified=False) for name in ("one", "another")
    ]
    told = not_proven(seen(contract, kept.exchange(deliveries=tuple(sent))), contract, whole=True)
    assert [f"x-delivery: {line}"] == [each.add for each in told if "what identifies one event" in each.why]
