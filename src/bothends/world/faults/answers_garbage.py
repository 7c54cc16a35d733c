"""The upstream answers 200 with a body that is no JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_GARBAGE = Reply(200, (("content-type", "application/json"),), b"lskdu018973t09sylgasjkfg1][]'./.sdlv")


@fault("answers-garbage")
class AnswersGarbage(Fault):
    """A complete, well-formed HTTP answer that says JSON and holds none. The event is not stored."""

    pattern = "the {upstream} answers garbage"
    about = "200 application/json with a body that is no JSON"
    family = "upstream-wrong"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Answer with garbage."""
        turn.reply(_GARBAGE)
