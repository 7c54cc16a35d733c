"""Point 5: the right 404 for an id that was made up was BROKEN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.verdicts.points.shop import NOT_THERE

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^ord_[a-z0-9]{1,12}$"}}


def lines_of_an_order(*, declared: bool, known: list[str]) -> dict[str, Any]:
    """Return what differs in a shop whose orders have lines that are asked for by the order's id."""
    example = {"example": known[0]} if known else {}
    return {
        "path": "/orders/{id}/lines",
        "post": {"parameters": [{**ID, **example}], "responses": {"404": NOT_THERE} if declared else {}},
        "target": {"known": {"id": known}},
    }


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        pytest.param(True, (), id="declared", marks=pytest.mark.long),
        pytest.param(False, (), id="not-declared", marks=pytest.mark.long),
        pytest.param(False, ("--only", "s*"), id="not-declared-some"),
    ],
)
def test_a_404_for_an_id_that_is_made_up_is_right(
    shop: Shop,
    declared: bool,  # noqa: FBT001 -- a parameter
    words: tuple[str, ...],
) -> None:
    """Nobody knows an id that is there: nothing is held against the target, and the id is told, with what to add."""
    row = lines_of_an_order(declared=declared, known=[])
    ended = shop.verify(f"5 no id is known, 404 {'declared' if declared else 'not declared'}", row, *words)
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if "/parameters/0" in each["where"]]
    assert "example" in line["add"]


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "not-declared"])
@pytest.mark.long
def test_with_an_id_that_is_there_all_is_judged(shop: Shop, declared: bool) -> None:  # noqa: FBT001 -- a parameter
    """The contract's example is an id that is there; a 404 for others is right, declared or not."""
    row = lines_of_an_order(declared=declared, known=["ord_1"])
    ended = shop.verify(f"5 an id is known, 404 {'declared' if declared else 'not declared'}", row)
    assert 0 == ended.code, ended
