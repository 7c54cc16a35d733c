"""Which sources a run proposes for the values of an event that has no `x-from`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.terms import ProvenanceWalk
from bothends.engine.evidence.callbacks import not_proven, notes
from bothends.records import Credential
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange, NotProven

OPERATION = kept.operation()
[EVENT] = OPERATION.events
SILENT = replace(
    OPERATION,
    events=(replace(EVENT, walk=ProvenanceWalk(EVENT.body, {}), when=None),),
)
CONTRACT = replace(kept.contract(), operations=(SILENT,))


def exchange(number: int, payload: dict[str, Any], *, caller: int = 0, **changes: Any) -> Exchange:
    """Return an exchange whose request has `{"data": {"n": …, "same": 1}}`, and whose event is a payload."""
    made = kept.exchange(number)
    delivery = replace(made.deliveries[0], payload=payload, event=payload, callback=EVENT.name)
    body = json.dumps({"data": {"n": f"n{number}", "same": 1}}).encode()
    shown = Credential(schemes=("session",), caller=caller, right=True) if caller else None
    sent = replace(made.sent, body=body)
    return replace(made, deliveries=(delivery,), sent=sent, credential=shown, **changes)


def told(*exchanges: Exchange) -> NotProven:
    """Return what is said of the values of the event after some exchanges."""
    return next(each for each in not_proven(seen(CONTRACT, *exchanges), CONTRACT, whole=True) if "x-from" in each.add)


def test_a_value_that_always_agrees_is_proposed() -> None:
    """By its pointer; one that agreed by chance, or that never changed, is not."""
    payloads = [{"a": f"n{number}", "b": f"n{number}" if number < 3 else "other", "c": 1} for number in range(1, 5)]
    found = told(*(exchange(number, payload) for number, payload in enumerate(payloads, 1)))
    assert "x-from: request.body#/data/n, on /a" == found.add
    assert found.why.endswith("In this run, 1 always agreed with a value of the exchange, or followed the caller.")


def test_the_session_comes_first() -> None:
    """Where several agree, that which says most of whose event it is."""
    found = told(*(exchange(number, {"to": kept.user(number)["email"]}) for number in range(1, 5)))
    assert "x-from: session.user.email, on /to" == found.add


def test_a_value_that_follows_a_caller_without_identity_is_proposed() -> None:
    """With what the settings need for it."""
    payloads = [(number, 1 + number % 2) for number in range(1, 7)]
    found = told(*(exchange(n, {"account": f"of {c}"}, caller=c, session=None) for n, c in payloads))
    assert "x-from: session.account, on /account, and identity = {account = …} on each caller" == found.add


def test_what_is_not_known_is_not_proposed() -> None:
    """Few values, a guess and a failed request show nothing; then the line says what to look for."""
    few = [exchange(number, {"a": f"n{number}"}) for number in (1, 2)]
    guessed = [replace(exchange(number, {"a": f"n{number}"}), guessed=True) for number in (3, 4)]
    failed = [replace(exchange(number, {"a": f"n{number}"}), answer=kept.answer(502)) for number in (5, 6)]
    assert "x-from: session.user, on a property of the event" == told(*few, *guessed, *failed).add


def test_an_event_that_always_came_is_noted_once_for_each_exchange() -> None:
    """With the line that makes it owed, and its number; where it is owed already, there is nothing to say."""
    exchanges = [exchange(number, {"a": "b"}) for number in (1, 2, 2)]  # the second is judged again
    (note,) = notes(seen(CONTRACT, *exchanges), CONTRACT)
    assert f"the callback {EVENT.name} came in each of 2 successes" in note
    assert note.endswith("(add x-when: true)")
    assert [] == list(notes(seen(kept.contract(), *exchanges), kept.contract()))
