"""Addresses that only a redirect leads to; each says whose request was redirected, as far as that is known."""

from __future__ import annotations

import re

_PATH, _POST = "elsewhere", "post"
_OF_ONE = re.compile(rf"\S+ \S*/{_PATH}/([0-9]{{1,9}})(?:[/? ]|$)")
_OF_POST = re.compile(rf"\S+ \S*/{_PATH}(?:/[0-9]{{1,9}})?/{_POST}/([0-9]{{1,9}})(?:[/? ]|$)")


def elsewhere(base_url: str, exchange: int | None, post: int = 0) -> str:
    """Return the address that a redirect leads to, where nobody should call.

    It is told to one exchange alone; None: nobody knows whose request is redirected. `post` is the number of a request
    to an ingest; 0: it is none.
    """
    place = f"{base_url}/{_PATH}" if exchange is None else f"{base_url}/{_PATH}/{exchange}"
    return f"{place}/{_POST}/{post}" if post else place


def exchange_of(request_line: str) -> int | None:
    """Return the number of the exchange that alone was told the address of a call; None: the address tells none."""
    found = _OF_ONE.match(request_line)
    return None if found is None else int(found[1])


def post_of(request_line: str) -> int:
    """Return the number of the request to an ingest whose redirect leads to the address of a call; 0: of none."""
    found = _OF_POST.match(request_line)
    return 0 if found is None else int(found[1])
