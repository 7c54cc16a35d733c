"""Plants a fault in the reference: it waits for the ingest for as long as that takes."""

from copy import copy

from reference.app import main
from reference.upstreams import Upstreams

_send = Upstreams.send


async def _send_for_ever(self, event):
    patient = copy(self)
    patient._seconds = 3600.0
    await _send(patient, event)


Upstreams.send = _send_for_ever
main()
