"""Plants a fault in the reference: a pool of connections is opened for each request upstream, and never closed."""

from typing import Any

from reference.app import main
from reference.upstreams import Upstreams

attempt = Upstreams._attempt
leaked: list[Any] = []


async def attempt_leaking(self: Upstreams, *args: Any) -> Any:
    """Leave the pool that there is to itself, and open another."""
    leaked.append(self.client)
    await self.open()
    return await attempt(self, *args)


Upstreams._attempt = attempt_leaking
main()
