"""The reference, but it dies without a word once it has answered a few requests."""

import os
from typing import Any

from reference.__main__ import main
from reference.app import Route

_ANSWERS = 5
_work: Any = Route._work
_answered: list[object] = []


async def _work_a_few_times(self: Route, user: object) -> object:
    """Answer, or die."""
    _answered.append(user)
    if len(_answered) > _ANSWERS:
        os._exit(7)
    return await _work(self, user)


Route._work = _work_a_few_times  # type: ignore[assignment,method-assign]
raise SystemExit(main())
