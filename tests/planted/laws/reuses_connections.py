"""Plants a fault in the reference: a pool of connections is opened for each request upstream, and never closed."""

from typing import Any

from reference.__main__ import main
from reference.upstream import Upstream

attempt = Upstream.attempt
leaked: list[Any] = []


async def attempt_leaking(self: Upstream, *args: Any) -> Any:
    """Leave the pool that there is to itself, and open another."""
    leaked.append(self._session)
    await self.__aenter__()
    return await attempt(self, *args)


Upstream.attempt = attempt_leaking
raise SystemExit(main())
