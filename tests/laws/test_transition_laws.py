"""The laws of states: what a success leads to, and what a refused request may not change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.records import NO_CASE, Look, Looked
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

LOOK = Look(NO_CASE, "/status", '"open"', ('"paid"',))


def looked_at(status: int, looked: Looked, *, refused: bool = False, removes: bool = False) -> Exchange:
    """Return an exchange whose object was looked at before and after it."""
    exchange = kept.exchange(answer=kept.answer(status), deliveries=(), looked=looked)
    expect = replace(exchange.case.expect, refused=refused)
    return replace(exchange, case=replace(exchange.case, expect=expect, look=replace(LOOK, removes=removes)))


@pytest.mark.parametrize(
    ("status", "after", "removes", "found"),
    [
        (200, '"paid"', False, []),
        (200, '"open"', False, ['from "open" (/status)']),
        (200, "", False, ['from "open" (/status)']),
        (200, "", True, None),
        (202, '"open"', False, None),
        (409, '"open"', False, None),
    ],
)
def test_what_a_success_leads_to(status: int, after: str, removes: bool, found: list[str] | None) -> None:  # noqa: FBT001 -- a column of the table
    """It is the state that is declared; what is accepted may be done later, and what is removed has none."""
    judged = looked_at(status, Looked('"open"', after), removes=removes)
    assert found == kept.causes("leads-to-its-state", judged)


@pytest.mark.parametrize(
    ("status", "changes", "refused", "found"),
    [
        (409, (), True, []),
        (409, (("/label", '"a"', '"b"'),), True, ["/label changes"]),
        (200, (), True, None),
        (409, (), False, None),
    ],
)
def test_what_a_refused_request_changes(
    status: int,
    changes: tuple[tuple[str, str, str], ...],
    refused: bool,  # noqa: FBT001 -- a column of the table
    found: list[str] | None,
) -> None:
    """Nothing that can be read: the first place that has is named."""
    judged = looked_at(status, Looked('"open"', '"open"', changes), refused=refused)
    assert found == kept.causes("refused-changes-nothing", judged)
