"""What a lane hands over is what its run reads, and of a lane that dies the end is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bothends.engine.counts import Counts
from bothends.engine.events import LeftOut, RunFinished
from bothends.engine.evidence.facts import Facts
from bothends.engine.parts.blob import CutError, Ending, Head, Plan, Replays
from bothends.lanes.handover import Handover
from tests.records.test_summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = Head(2, Plan("1", "digest", ("make",), 7, "quick", None, None, reads_only=False, count=2))
LEFT_OUT = LeftOut(3, ("success",))
REPLAYS = Replays("0a1b2c3d", ())


@dataclass
class Seen:
    """What a lane's run has come to."""

    def replays(self) -> Iterator[Replays]:
        """Yield what shows its one finding."""
        yield REPLAYS

    def secrets(self) -> tuple[str, ...]:
        """Return a secret."""
        return ("hush",)

    def ending(self, lines: int) -> Ending:
        """Return the end."""
        return Ending(lines, "plan", Facts(7), Counts(), {}, (), ())


def test_what_is_handed_over_is_read(tmp_path: Path) -> None:
    """Events, what shows findings and the end come in order, and what no report may show comes with them."""
    handover = Handover(tmp_path)
    assert not handover.has_begun
    handover.begin(HEAD)
    handover.handle(LEFT_OUT, Seen())
    handover.handle(RunFinished(summary()), Seen())
    assert (True, True, HEAD, ()) == (handover.has_begun, handover.is_small, handover.head, handover.secrets)
    told = [LEFT_OUT, REPLAYS, Seen().ending(4)]
    assert [told, told] == [list(handover.read()) for _ in range(2)]
    assert ("hush",) == handover.secrets
    handover.close()


def test_of_a_lane_that_dies_the_end_is_missing(tmp_path: Path) -> None:
    """What it has written before it was ended is no part of the run: nobody knows what else it saw."""
    handover = Handover(tmp_path)
    handover.begin(HEAD)
    handover.handle(LEFT_OUT, Seen())
    with pytest.raises(CutError):
        list(handover.read())
    handover.close()


def test_what_is_read_ahead_comes_once(tmp_path: Path) -> None:
    """While others still play it is read, and given to who asks for it first; it can be read again all the same."""
    handover = Handover(tmp_path)
    handover.begin(HEAD)
    handover.handle(LEFT_OUT, Seen())
    handover.read_ahead()  # it has died: who asks for it is told
    with pytest.raises(CutError):
        list(handover.read())
    handover.handle(RunFinished(summary()), Seen())
    handover.read_ahead()
    told = [LEFT_OUT, REPLAYS, Seen().ending(4)]
    assert [told, told] == [list(handover.read()) for _ in range(2)]
    handover.close()


def test_nothing_of_it_is_left_in_the_folder(tmp_path: Path) -> None:
    """The file has no name: nobody else can write to it, and it goes with the processes that have it open."""
    handover = Handover(tmp_path)
    handover.begin(HEAD)
    assert [] == list(tmp_path.iterdir())
    handover.close()
