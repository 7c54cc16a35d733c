"""What is remembered of exchanges that were made by hand has a bound."""

from __future__ import annotations

from bothends.engine.tie.attribution import Attributed
from bothends.records import Answer, Case, Delivery, Exchange, Request
from bothends.workbench import stored
from bothends.workbench.late import Late
from tests.laws.kept import delivery

LARGE = Answer(200, (), b"x" * (1 << 20), 1 << 20)


def exchange(number: int, *deliveries: Delivery) -> Exchange:
    """Return an exchange with a large answer."""
    request = Request("POST", "/orders")
    return Exchange(number, Case("order", "by-hand", "x", request), None, request, LARGE, 0.0, 1.0, deliveries)


def test_what_came_late_is_put_beside_the_whole_exchange() -> None:
    """The answer stays whole, each event counts, and what is remembered of the answer is short."""
    late, made = Late(), exchange(1, delivery(1))
    assert made is late.made(made)
    late.take([Attributed((), late=(exchange(1, delivery(1), delivery(2)).cut(10),))])
    found = late.latest(made)
    assert (2, LARGE) == (len(found.deliveries), found.answer)
    assert 2 == len(stored(found))
    assert found == late.made(made)
    assert exchange(2) == late.latest(exchange(2))
    assert 1 == len(late.taken())
    assert [] == late.taken()


def test_no_more_than_so_many_are_remembered() -> None:
    """What came late of the first of very many is forgotten, and to be judged all the same."""
    late, first = Late(), exchange(1, delivery(1))
    late.made(first)
    for number in range(2, 1100):
        late.made(exchange(number))
    late.take([Attributed((), late=(exchange(1, delivery(1), delivery(2)),))])
    assert first == late.latest(first)
    assert 1 == len(late.taken())
    assert not late.awaited({})
