"""Plants a fault in the reference: a request counts as done once it was begun, and ends when its client goes."""

import asyncio
import json
from types import SimpleNamespace

from reference import app
from reference.app import Route, main

# A client that goes takes its work with it.
app.asyncio = SimpleNamespace(**{**vars(asyncio), "shield": lambda work: work})
_work = Route.work
_begun = set()


async def _once(self, user):
    key = json.dumps(user, sort_keys=True)
    if key in _begun:
        return app.respond(self.contract.success)
    _begun.add(key)
    answer = await _work(self, user)
    _begun.discard(key)
    return answer


Route.work = _once
main()
