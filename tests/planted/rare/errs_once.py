"""Plants rare faults in the reference, each at one request of all: `errs_once.py lost=700 mixed=900`.

lost        the answer is 200, and no event is sent
duplicated  the event is sent twice, with an id of its own each time
mixed       the event carries the email of the previous caller
phantom     an event that was sent 600 requests ago is sent again, under another id
nobody      a second event is sent, of a user that no session names
"""

import sys
from collections import deque
from itertools import count
from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

_LONG_AGO = 600
_faults = {int(number): name for name, number in (argument.split("=") for argument in sys.argv[1:])}
_numbers = count(1)
_before = deque(maxlen=_LONG_AGO)
_send = Upstreams.send


async def _send_mostly(self, event):
    fault = _faults.get(next(_numbers))
    if fault == "lost":
        return None
    if fault == "duplicated":
        await _send(self, {**event, "id": str(uuid4())})
    if fault == "mixed":
        event = {**event, "user": {**event["user"], "email": _before[-1]["user"]["email"]}}
    if fault == "phantom":
        await _send(self, {**_before[0], "id": str(uuid4())})
    if fault == "nobody":
        nobody = {"name": "Nobody", "email": "nobody@example.com", "image": None}
        await _send(self, {**event, "id": str(uuid4()), "user": nobody})
    _before.append(event)
    return await _send(self, event)


Upstreams.send = _send_mostly
main()
