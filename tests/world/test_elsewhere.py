"""Addresses of redirects: whose request is redirected alone is known by the call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.world.elsewhere import elsewhere, exchange_of, post_of


@given(st.integers(1, 999_999_999), st.sampled_from(["GET", "POST"]))
def test_a_call_tells_whose_redirect_was_followed(number: int, method: str) -> None:
    """The address has the exchange's number in it, as a path or as a whole URL."""
    url = elsewhere("http://127.0.0.1:9", number)
    assert [number, number] == [
        exchange_of(f"{method} {target} HTTP/1.1") for target in (url, url.removeprefix("http://127.0.0.1:9"))
    ]


@pytest.mark.parametrize("target", ["/elsewhere", "/elsewhere/", "/elsewhere/x", "/elsewhere/12x", "/keys", "*", ""])
def test_other_addresses_tell_nothing(target: str) -> None:
    """Where no exchange has one of its own, or the target has changed it."""
    assert None is exchange_of(f"GET {target} HTTP/1.1")
    assert None is exchange_of(f"GET {elsewhere('http://127.0.0.1:9', None)} HTTP/1.1")


@pytest.mark.parametrize("exchange", [None, 12])
def test_a_call_tells_which_event_was_redirected(exchange: int | None) -> None:
    """The address has the number of the request to the ingest in it, and that of the exchange if it is known."""
    url = elsewhere("http://127.0.0.1:9", exchange, 34)
    assert (exchange, 34) == (exchange_of(f"POST {url} HTTP/1.1"), post_of(f"POST {url} HTTP/1.1"))
    assert 0 == post_of(f"POST {elsewhere('http://127.0.0.1:9', exchange)} HTTP/1.1")
