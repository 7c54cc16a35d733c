"""The reference, but it dies without a word once it has answered a few requests: `ANSWERS` says how many.

`dies 0.1`: all that it has open is closed a tenth of a second before, as it comes to be on a busy machine.
"""

import os
import sys
import time
from typing import Any

from reference.app import Route, main

_ANSWERS = int(os.environ.get("ANSWERS", "5"))
_EARLIER = float(sys.argv.pop()) if len(sys.argv) > 1 else 0.0
_work: Any = Route.work
_answered: list[object] = []


async def _work_a_few_times(self: Route, user: object) -> object:
    """Answer, or die."""
    _answered.append(user)
    if len(_answered) > _ANSWERS:
        if _EARLIER:
            os.closerange(0, 1024)
            time.sleep(_EARLIER)  # noqa: ASYNC251 -- it is as good as dead
        os._exit(7)
    return await _work(self, user)


Route.work = _work_a_few_times  # type: ignore[assignment,method-assign]
main()
