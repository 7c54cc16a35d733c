"""Plants a fault in the reference: a request counts as done once it was begun, and ends when its client goes."""

import asyncio
import json
from types import SimpleNamespace

from reference import app
from reference.__main__ import main
from reference.app import HTTPResponse, Route

# A client that goes takes its work with it.
app.asyncio = SimpleNamespace(**{**vars(asyncio), "shield": lambda work: work})
_work = Route._work
_begun = set()


async def _once(self, user):
    key = json.dumps(user, sort_keys=True)
    if key in _begun:
        success = self._operation.success
        return HTTPResponse(success.body, success.status, None, success.media_type)
    _begun.add(key)
    answer = await _work(self, user)
    _begun.discard(key)
    return answer


Route._work = _once
raise SystemExit(main())
