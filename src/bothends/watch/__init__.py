"""Runs a contract again whenever its spec, its settings or the code of its target change: `bothends verify --watch`.

A round has up to three parts: what failed last, what the change touches, and the whole. Each is a run of the engine
with a target that is started anew. A change that comes meanwhile ends the round in an orderly way and begins the next.
"""

from bothends.watch.rounds import RELOAD, Watch, WatchOptions
from bothends.watch.screen import LiveScreen, PlainScreen, Screen
from bothends.watch.standing import Standing, read_standing

__all__ = [
    "RELOAD",
    "LiveScreen",
    "PlainScreen",
    "Screen",
    "Standing",
    "Watch",
    "WatchOptions",
    "read_standing",
]
