"""The reference with one connection to each service, which is kept: each call waits for the one before."""

from typing import Any

import aiohttp

from reference.app import main

made = aiohttp.TCPConnector


def pool(**settings: Any) -> aiohttp.TCPConnector:
    """Return a pool of one."""
    return made(**{**settings, "limit": 0, "limit_per_host": 1, "keepalive_timeout": 60})


aiohttp.TCPConnector = pool  # type: ignore[assignment,misc]
main()
