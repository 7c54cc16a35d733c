"""What a scenario is, as data: one way in which a target starts or ends, and what it takes to play it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.engine.lifecycle.context import ScenarioContext


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a target starts or ends.

    Attributes:
        name: What `--only start-and-stop/NAME` takes.
        about: What happens, in one sentence.
        play: Makes it happen.
        starts: Whether the target is started, and ready, before it begins.
        without: What the target's environment is to lack: `world.session_secret`; empty: nothing.
        promise: The guarantee that the target must have for it to be run; empty: none.
        ingest_address_variant: Whether the ingest has an address of another form.
        unprepared: Whether requests are sent before setup has run: where there is setup, it is left out.
        part: What its requests wait for: `ingest`, or `upstream`, which is the ingest where there is none; where the
            world has no such part, it is left out. Empty: it takes none.
        behind: Whether it is about events that come after the answer: where each answer waits for its event, it is left
            out.
        between_attempts: Whether it is about events that are attempted until they are acknowledged, whatever happens
            meanwhile: where no answer leaves such an event behind, it is left out.
        leaves_running: Whether it is about a start, and leaves a target that runs and has served a good request: one
            scenario more may end that target, see `phase.py`.
        may_follow: Whether it may end a target that another scenario has started.
    """

    name: str
    about: str
    play: Callable[[ScenarioContext], Awaitable[None]]
    starts: bool = True
    without: str = ""
    promise: str = ""
    ingest_address_variant: bool = False
    unprepared: bool = False
    part: Literal["", "ingest", "upstream"] = ""
    behind: bool = False
    between_attempts: bool = False
    leaves_running: bool = False
    may_follow: bool = False
