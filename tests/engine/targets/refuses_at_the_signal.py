"""The reference, but what waits for its settings at SIGTERM is told that nothing can be sent any more: it had begun."""

import signal

from reference.app import DeclaredError, main
from reference.upstreams import Upstreams

_send = Upstreams.send


async def _send_unless_ending(self, event):
    if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
        raise DeclaredError("upstream-unreachable", "ending")
    await _send(self, event)


Upstreams.send = _send_unless_ending
main()
