"""What a manner is: a way in which a client sends a request, other than a good client's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.target.manners.line import Line


@dataclass(frozen=True, slots=True)
class Manner:
    """A manner. It is one file in this package, and one line in its `table.py`.

    Attributes:
        sentence: Names it: `the body comes in drips`.
        about: What it is on the wire.
        play: Sends the line's payload, once it is connected, and waits for as long as such a client would.
    """

    sentence: str
    about: str
    play: Callable[[Line], Awaitable[None]]
