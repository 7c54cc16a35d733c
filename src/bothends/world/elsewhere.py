"""Addresses that only a redirect leads to; whose request is redirected alone has one of its own."""

from __future__ import annotations

import re

_PATH = "elsewhere"
_OF_ONE = re.compile(rf"\S+ \S*/{_PATH}/([0-9]{{1,9}})(?:[/? ]|$)")


def elsewhere(base_url: str, exchange: int | None) -> str:
    """Return the address that a redirect leads to.

    Args:
        base_url: Where nobody should call.
        exchange: The number of the exchange that alone is told it; None: nobody knows whose request is redirected.
    """
    return f"{base_url}/{_PATH}" if exchange is None else f"{base_url}/{_PATH}/{exchange}"


def exchange_of(request_line: str) -> int | None:
    """Return the number of the exchange that alone was told the address of a call; None: the address tells none."""
    found = _OF_ONE.match(request_line)
    return None if found is None else int(found[1])
