"""Base URLs, right and wrong."""

from __future__ import annotations

import pytest

from bothends.client.connector import Address, parse_base_url
from bothends.errors import ContractError


@pytest.mark.parametrize(
    ("url", "address", "authority"),
    [
        ("http://127.0.0.1:3000", Address(secure=False, host="127.0.0.1", port=3000), "127.0.0.1:3000"),
        ("http://localhost/", Address(secure=False, host="localhost", port=80), "localhost"),
        ("https://a.example/base/", Address(secure=True, host="a.example", port=443, prefix="/base"), "a.example"),
        ("http://[::1]:8080", Address(secure=False, host="::1", port=8080), "[::1]:8080"),
        ("https://a.example:80", Address(secure=True, host="a.example", port=80), "a.example:80"),
    ],
)
def test_a_base_url_is_read(url: str, address: Address, authority: str) -> None:
    """Scheme, host, port and path are taken; `Host` leaves out the scheme's own port."""
    read = parse_base_url(url)
    assert address == read
    assert authority == read.authority
    assert read == parse_base_url(read.url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:3000",
        "ftp://a",
        "http://",
        "http://a:99999",
        "http://[::1",
        "http://u@a",
        "http://a?b",
        "http://a#b",
    ],
)
def test_what_is_no_base_url_is_the_callers_fault(url: str) -> None:
    """The error shows the URL and says what one looks like."""
    with pytest.raises(ContractError, match="URL") as caught:
        parse_base_url(url)
    assert repr(url) in str(caught.value)
    assert "http://host:port" in caught.value.expected
