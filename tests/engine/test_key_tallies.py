"""What a run has not shown of a key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.contract.terms import Idempotency
from bothends.engine.evidence.keys import not_proven
from bothends.records import Again, Expectation
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

EXPECT = Expectation()
SAME, BESIDE, WELL = Again(EXPECT), Again(EXPECT, at_once=True), Again(EXPECT, well=True)
BODY, CALLER = Again(EXPECT, body=b"{}"), Again(EXPECT, another_caller=True)


def missing(*exchanges: Exchange, **promised: Any) -> list[str]:
    """Return what was not shown of a key by some exchanges."""
    key = Idempotency("Key", "mark", None, lambda _: "", **promised)
    contract = kept.contract()
    parameter = Parameter("Key", "header", required=True, schema=None, example="", pointer="", idempotency=key)
    operation = replace(contract.operations[0], parameters=(parameter,))
    contract = replace(contract, operations=(operation,))
    lines = not_proven(seen(contract, *exchanges), contract)
    return [item.what.partition(" of postRoute")[2] or item.what for item in lines]


def after(again: Again, status: int = 200, first: int = 200) -> Exchange:
    """Return an exchange that was sent after another one."""
    return replace(
        kept.exchange(2, answer=kept.answer(status)), first=kept.exchange(answer=kept.answer(first)), again=again
    )


@pytest.mark.parametrize(
    ("exchanges", "promised", "parts"),
    [
        ((), {}, [""]),
        ((after(SAME, first=502),), {}, [""]),
        ((after(SAME),), {}, ["callers"]),
        ((after(SAME), after(CALLER)), {}, []),
        (
            (after(SAME), after(CALLER)),
            {"conflict": 422, "in_flight": 409, "errors": True},
            ["conflict", "in_flight", "errors"],
        ),
        ((after(SAME), after(CALLER), after(BODY, 422)), {"conflict": 422}, []),
        ((after(SAME), after(CALLER), after(BESIDE, 409)), {"in_flight": 409}, []),
        ((after(SAME), after(CALLER), after(BESIDE)), {"in_flight": 409}, ["in_flight"]),
        ((after(SAME), after(CALLER), after(WELL, 502, first=502)), {"errors": True}, []),
        ((after(SAME), after(CALLER), after(WELL)), {"errors": True}, ["errors"]),
    ],
)
def test_a_promise_that_no_request_has_shown(
    exchanges: tuple[Exchange, ...], promised: dict[str, Any], parts: list[str]
) -> None:
    """Each is a line of its own; where nothing was sent again, one line says it all."""
    assert parts == [what.rpartition(": ")[2] if ": " in what else "" for what in missing(*exchanges, **promised)]
