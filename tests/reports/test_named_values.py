"""A request in a report says of each value that is known when it is sent which one it is."""

from __future__ import annotations

import pytest

from bothends.contract.requests import IdPlace, SetupPlace
from bothends.records import Request
from bothends.reports import named

CART = IdPlace("path", "cartId", "/carts/{}", (), "")
SKU, COUNT = SetupPlace("body", "/sku", "sku"), SetupPlace("body", "/count", "count", is_text=False)


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        (CART.mark, "{cartId}"),
        (CART.theirs, "{others-cartId}"),
        (CART.variant("never"), "{unknown-cartId}"),
        (CART.variant("former"), "{former-cartId}"),
        (CART.variant("weak"), "{weak-cartId}"),
        (CART.variant("unquoted"), "{unquoted-cartId}"),
    ],
)
def test_an_id_says_whose_it_is(mark: str, shown: str) -> None:
    """Who sends the id of an object of its own in place of one that is not there gets another answer."""
    assert f"/carts/{shown}" == named(Request("GET", f"/carts/{mark}", (), None)).target


@pytest.mark.parametrize(
    ("place", "mark", "shown"),
    [
        (SKU, SKU.mark, b'"{setup.sku}"'),
        (SKU, SKU.never, b'"{unknown-setup.sku}"'),
        (COUNT, COUNT.mark, b"{setup.count}"),
        (COUNT, COUNT.never, b"{unknown-setup.count}"),
    ],
)
def test_a_value_that_is_unlike_that_of_setup_is_none_of_setup(place: SetupPlace, mark: str, shown: bytes) -> None:
    """A text keeps its quotes, and what is no text has none."""
    request = Request("POST", "/carts", (), b'{"a": "%s"}' % mark.encode())
    assert (b'{"a": %s}' % shown, mark == place.never) == (named(request).body, place.is_unlike(request))
