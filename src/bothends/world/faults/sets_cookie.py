"""The upstream gives the right answer, and a cookie with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import KEPT_COOKIE
from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn


@fault("sets-cookie")
class SetsCookie(Fault):
    """The right answer with `Set-Cookie` (RFC 6265): what is set for one caller may be sent along for the next."""

    pattern = "the {upstream} sets a cookie"
    about = "the right answer with a cookie, which is no fault"
    family = ""

    async def play(self, turn: Turn) -> None:
        """Answer."""
        reply = turn.honest()
        named = replace(reply, headers=(*reply.headers, ("set-cookie", f"{KEPT_COOKIE}=1; Path=/; HttpOnly")))
        await turn.reply_in([named.head(close=not turn.connection.keep_alive) + named.body])
