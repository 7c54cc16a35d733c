"""Plants a fault in the reference: success is answered, and no event is sent."""

from reference.app import main
from reference.upstreams import Upstreams


async def _sends_nothing(self, event):
    return


Upstreams.send = _sends_nothing
main()
