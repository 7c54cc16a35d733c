"""What is said of ids: one that was made up need not be there, and the contract's example has to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.engine.evidence.ids import absent
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange


def asked(order: str, status: int) -> Exchange:
    """Return an exchange about an order."""
    exchange = kept.exchange(target=f"/orders/{order}", answer=kept.answer(status), deliveries=())
    expect = replace(exchange.case.expect, absent=frozenset({404}))
    return replace(exchange, case=replace(exchange.case, expect=expect))


def told(example: Any, *exchanges: Exchange) -> list[str]:
    """Return what is told of ids, of an operation whose contract gives an example, or None."""
    parameter = Parameter("order", "path", required=True, schema=None, example=example, pointer="/paths")
    operation = replace(kept.operation(), path="/orders/{order}", parameters=(parameter,))
    contract = replace(kept.contract(), operations=(operation,))
    return [each.why for each in absent(seen(contract, *exchanges), contract).values()]


@pytest.mark.parametrize(
    ("example", "exchanges", "why"),
    [
        (None, (asked("1", 404), asked("2", 200)), ["1 of 2 requests was answered 404; 404 not declared: "]),
        (None, (asked("1", 200),), []),
        (7, (asked("7", 200), asked("8", 404)), []),
        (7, (asked("7", 404), asked("7", 200), asked("8", 404)), ["1 of 2 requests was answered 404; "]),
        ("a b", (asked("a%20b", 404),), ["1 of 1 request was answered 404; "]),
    ],
    ids=["made up", "made up, and there", "another than the example", "the example", "the example, escaped"],
)
def test_an_id_that_is_not_there(example: Any, exchanges: tuple[Exchange, ...], why: list[str]) -> None:
    """Where the contract gives one that is there, what is answered of others says nothing."""
    found = told(example, *exchanges)
    assert len(why) == len(found)
    assert all(line.startswith(begin) for line, begin in zip(found, why, strict=True))
