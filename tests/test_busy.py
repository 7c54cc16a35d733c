"""A run that says that the machine was too busy to tell is made again; one that accuses the target is not."""

from __future__ import annotations

import pytest

from tests.busy import MOST_RUNS, until_shown

LATE = """\
   time   crowd/least: late in each try; in each, the target had to wait for a processor or a disk of this
          busy machine for about as long.
"""
AGAIN = "Not reproduced in 1 try. This machine was too busy to tell: replay it when it has less to do."


@pytest.mark.parametrize("said", [LATE, AGAIN])
@pytest.mark.parametrize("code", [0, 1, 4])
def test_a_run_that_could_not_tell_is_made_again(said: str, code: int) -> None:
    """The next one that can tell counts, be it for the target or against it."""
    runs = iter([(4, said), (4, said), (code, "told"), (code, "never asked for")])
    assert (code, "told") == until_shown(lambda: next(runs), lambda done: done)


def test_a_run_that_accuses_counts_however_busy_the_machine_was() -> None:
    """Nobody is accused on a machine that is too busy to tell; so nothing that accuses is played until it does not."""
    runs = iter([(1, LATE), (0, "never asked for")])
    assert (1, LATE) == until_shown(lambda: next(runs), lambda done: done)


def test_what_no_run_can_tell_is_shown_as_it_is() -> None:
    """A machine that is busy all the time lets a test fail, in the end."""
    runs = iter([(4, LATE)] * MOST_RUNS)
    assert (4, LATE) == until_shown(lambda: next(runs), lambda done: done)
    assert [] == list(runs)
