"""What of a request comes back in its event, and how events are tied by it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.unique_values import MARK
from bothends.engine.tie.attribution import Attribution
from bothends.engine.tie.keys import (
    Alteration,
    EventKeys,
    Keys,
    alteration,
    learned,
    marked,
    parts_of_key,
    traced,
    traceparent,
)
from bothends.records import Exchange, mint
from tests.cases.test_unique_values import operation
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bothends.contract import Operation

SEED = kept.SEED


def text(number: int) -> str:
    """Return the text in the request of an exchange."""
    return f" Two Pens {mint(SEED, MARK, number)}"


def sent(of: Operation, number: int, value: Any, trace: int | None = None, **changes: Any) -> Exchange:
    """Return an exchange whose event has a value, and a trace."""
    headers = () if trace is None else (("traceparent", traceparent(SEED, trace)),)
    exchange = kept.exchange(
        number,
        body=json.dumps({"v": text(number)}).encode(),
        headers=(("content-type", "application/json"), ("traceparent", traceparent(SEED, number))),
        deliveries=(kept.delivery(number, event={"v": value}, headers=headers, callback="sent"),),
        session=None,
        **changes,
    )
    return replace(exchange, case=replace(exchange.case, operation=of.id))


@pytest.fixture
def of(tmp_path: Path) -> Operation:
    """An operation whose event repeats a text of its request."""
    return operation(tmp_path, {"type": "string"}, " Two Pens")


def test_a_trace_names_its_exchange() -> None:
    """It is read as Trace Context has it; what is not of this run is nobody's."""
    own = traceparent(SEED, 300)
    assert 55 == len(own)
    later = own.replace("00-", "01-", 1) + "-more"
    for value in (own, later, f" {own} "):
        assert 300 == traced(SEED, [("Traceparent", value)])
    for value in ("", own[:-2], own.upper(), f"00-{'1' * 32}-{'2' * 16}-01"):
        assert traced(SEED, [("traceparent", value)]) is None
    assert traced(SEED + 1, [("traceparent", own)]) is None


@pytest.mark.parametrize(
    ("value", "got", "expected"),
    [
        (5, 5.0, Alteration()),
        ("A b", "A b", Alteration()),
        (" A b ", "A b", Alteration(trimmed=True)),
        ("A b", "a b", Alteration(lower=True)),
        (" A b ", "a b", Alteration(trimmed=True, lower=True)),
        ("Abcdef", "Abcd", Alteration(length=4)),
        (" Abcdef", "abcd", Alteration(trimmed=True, lower=True, length=4)),
        ("Abcdef", "Abc", None),  # so little may be anything
        ("Abcdef", "bcdef", None),
        ("5", 5, None),
        ("A", None, None),
    ],
)
def test_how_a_value_comes_back(value: Any, got: Any, expected: Alteration | None) -> None:
    """Trimmed, in lower case, cut: anything else is another value."""
    found = alteration(value, got)
    assert expected == found
    assert found is None or found.of(value) == got


def test_what_the_first_requests_show(of: Operation) -> None:
    """A key comes back in each event, unchanged or always altered in one way."""
    (event,) = of.events
    same = [sent(of, n, text(n), n) for n in (1, 2, 3)]
    assert EventKeys({"request.body#/v": Alteration()}, mark=True, trace=True) == learned(of, event, same, SEED)
    trimmed = [sent(of, n, text(n).strip()) for n in (1, 2, 3)]
    assert EventKeys({"request.body#/v": Alteration(trimmed=True)}, mark=True) == learned(of, event, trimmed, SEED)
    assert EventKeys() == learned(of, event, same[:1], SEED)  # one may be so by chance
    constant = [sent(of, n, "Two Pens") for n in (1, 2, 3)]
    assert EventKeys() == learned(of, event, constant, SEED)
    others = [sent(of, n, text(n - 1), n - 1) for n in (2, 3, 4)]
    assert EventKeys() == learned(of, event, others, SEED)
    mixed = [sent(of, 1, text(1)), sent(of, 2, text(2).upper())]
    assert {} == learned(of, event, mixed, SEED).values


def test_an_event_with_the_marks_of_earlier_requests_is_not_told_by_marks(of: Operation) -> None:
    """A right target may repeat what it has stored."""
    every = [sent(of, n, "".join(text(each) for each in range(1, n + 1))) for n in (1, 2, 3)]
    assert not learned(of, of.events[0], every, SEED).any


def tied(
    of: Operation, known: EventKeys, *exchanges: Exchange
) -> tuple[dict[int, list[Any]], dict[int, tuple[int, ...]]]:
    """Return the values of the events that were tied to each exchange, and the exchanges whose texts are mixed."""
    keys = Keys(SEED)
    keys.set(of.id, {"sent": known})
    began, ended = kept.began(1), kept.began(9)
    deliveries = [
        replace(each, received=ended - 0.05, settled=ended - 0.04) for one in exchanges for each in one.deliveries
    ]
    bare = [replace(one, deliveries=(), began=began, ended=ended) for one in exchanges]
    got = Attribution(SEED, [of], keys=keys).tie(bare, deliveries, [])
    assert not any(exchange.guessed for exchange in got.exchanges)
    mixed = {number: others.texts for number, others in got.mixed.items()}
    return {one.number: [each.event["v"] for each in one.deliveries] for one in got.exchanges}, mixed


def test_events_are_tied_by_their_marks(of: Operation) -> None:
    """In any order, all at once."""
    found, mixed = tied(of, EventKeys(mark=True), *(sent(of, n, f"!{text(n)}") for n in (3, 1, 2)))
    assert ({n: [f"!{text(n)}"] for n in (1, 2, 3)}, {}) == (found, mixed)


def test_events_are_tied_by_their_traces(of: Operation) -> None:
    """What else they have is the contract's matter."""
    found, mixed = tied(of, EventKeys(trace=True), *(sent(of, n, "x", n) for n in (3, 1, 2)))
    assert ({1: ["x"], 2: ["x"], 3: ["x"]}, {}) == (found, mixed)


def test_an_event_with_the_trace_of_one_and_the_text_of_another_is_mixed(of: Operation) -> None:
    """It goes to the request of its trace."""
    found, mixed = tied(of, EventKeys(mark=True, trace=True), sent(of, 1, text(2), 1), sent(of, 2, text(1), 2))
    assert ({1: [text(2)], 2: [text(1)]}, {1: (2,), 2: (1,)}) == (found, mixed)


def test_events_with_the_texts_of_two_are_one_for_each(of: Operation) -> None:
    """Either may be of either, so none is lost and none is one too many; that they are mixed is told of both."""
    found, mixed = tied(of, EventKeys(mark=True), *(sent(of, n, f"{text(1)} {text(2)}") for n in (1, 2)))
    assert ({n: [f"{text(1)} {text(2)}"] for n in (1, 2)}, {1: (2,), 2: (1,)}) == (found, mixed)


def one_by_one(of: Operation, *exchanges: Exchange) -> tuple[dict[int, list[Any]], list[Mapping[int, object]]]:
    """Return the values of the events that each exchange has, made one after the other, and which are mixed by then."""
    keys, found = Keys(SEED), dict[int, list[Any]]()
    mixed: list[Mapping[int, object]] = []
    keys.set(of.id, {"sent": EventKeys(mark=True)})
    attribution = Attribution(SEED, [of], keys=keys)
    for one in exchanges:
        began = kept.began(one.number)
        each = replace(one.deliveries[0], received=began + 0.05, settled=began + 0.06)
        bare = replace(one, deliveries=(), began=began, ended=began + 0.08)
        got = attribution.tie([bare], [each], [])
        attribution.past.take(got.exchanges)
        found |= {e.number: [d.event["v"] for d in e.deliveries] for e in (*got.late, *got.exchanges)}
        mixed.append(got.mixed)
    return found, mixed


def test_what_an_earlier_request_has_set_may_be_in_a_later_ones_event(of: Operation) -> None:
    """An object is told of as it is: with the texts of all who have changed it, and of none where these sent none."""
    sends = [sent(of, 1, text(1)), sent(of, 2, f"{text(1)} {text(2)}"), sent(of, 3, text(2), None)]
    silent = replace(sends[2], sent=replace(sends[2].sent, body=b'{"done": true}'))
    found, mixed = one_by_one(of, *sends[:2], silent)
    assert {1: [text(1)], 2: [f"{text(1)} {text(2)}"], 3: [text(2)]} == found
    assert [{}, {}, {}] == mixed


def test_values_that_come_back_altered_tie_as_such(of: Operation) -> None:
    """They are compared as they come back."""
    known = EventKeys({"request.body#/v": Alteration(trimmed=True, lower=True)})
    found, _ = tied(of, known, *(sent(of, n, text(n).strip().lower()) for n in (3, 1, 2)))
    assert {n: [text(n).strip().lower()] for n in (1, 2, 3)} == found


def test_requests_are_told_apart_by_what_they_send(of: Operation) -> None:
    """A request without a key can't be told; one with another's value has the same key."""
    known = {"sent": EventKeys({"request.body#/v": Alteration(length=6)})}
    one, same = (sent(of, n, "").sent for n in (1, 2))
    assert {"sent": '" Two P"'} == parts_of_key(known, one, of, 1, SEED) == parts_of_key(known, same, of, 2, SEED)
    assert {"sent": "mark 1"} == parts_of_key({"sent": EventKeys(mark=True)}, one, of, 1, SEED)
    assert {"sent": "trace 1"} == parts_of_key({"sent": EventKeys(trace=True)}, one, of, 1, SEED)
    assert parts_of_key(known, replace(one, body=b"{}"), of, 1, SEED) is None
    assert parts_of_key({"sent": EventKeys(mark=True)}, replace(one, body=b"{}"), of, 1, SEED) is None


def test_marks_are_found_in_what_is_no_json() -> None:
    """The body of a delivery is looked at as a text then."""
    assert {5} == marked(SEED, kept.delivery(event=None, payload=text(5)))
