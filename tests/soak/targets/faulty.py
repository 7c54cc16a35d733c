"""Plants faults in what the reference sends, at given places: events that are lost, doubled, swapped and made up.

`LOST`, `DOUBLED`, `SWAPPED` and `INVENTED` each name places, with commas between them: the first event that is sent is
number 1. Of two swapped events, one after the other, each has the other's address, or name.
"""

import asyncio
import itertools
import os
from uuid import uuid4

from reference.app import main
from reference.upstreams import Upstreams

PLACES = {
    fault: {int(place) for place in os.environ.get(fault, "").split(",") if place}
    for fault in ("LOST", "DOUBLED", "SWAPPED", "INVENTED")
}
LONGEST = 20.0
NUMBERS = itertools.count(1)
WAITING = []
_send = Upstreams.send


async def _send_with_faults(self, event):
    number = next(NUMBERS)
    if number in PLACES["LOST"]:
        return
    if number in PLACES["SWAPPED"]:
        name, email = event["user"]["name"], event["user"]["email"]
        user = {**event["user"], "name": name or email, "email": await _of_another(email or name)}
        event = {**event, "user": user}
    if number in PLACES["INVENTED"]:
        user = {"name": "Nobody", "email": "nobody@example.com", "image": None}
        await _send(self, {**event, "id": str(uuid4()), "user": user})
    if number in PLACES["DOUBLED"]:
        await _send(self, {**event, "id": str(uuid4())})
    await _send(self, event)


async def _of_another(email):
    """Return the address of the other one of a pair, and give it this one."""
    if WAITING:
        other, waits = WAITING.pop()
        waits.set_result(email)
        return other
    waits = asyncio.get_running_loop().create_future()
    WAITING.append((email, waits))
    return await asyncio.wait_for(waits, LONGEST)


Upstreams.send = _send_with_faults
main()
