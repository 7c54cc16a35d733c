"""The reference with two connections at most to each service: others wait for one to be free."""

from typing import Any

import aiohttp

from reference.app import main

made = aiohttp.TCPConnector


def pool(**settings: Any) -> aiohttp.TCPConnector:
    """Return a pool of two."""
    return made(**{**settings, "limit": 0, "limit_per_host": 2})


aiohttp.TCPConnector = pool  # type: ignore[assignment,misc]
main()
