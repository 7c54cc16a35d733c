"""What is said of a target that had gone, by who could start it anew."""

from __future__ import annotations

import pytest

from bothends.engine.play import TargetGoneError
from bothends.engine.run.restarts import not_again, not_played


@pytest.mark.parametrize("started", [True, False])
def test_only_a_target_that_was_started_anew_is_said_to_be(*, started: bool) -> None:
    """One that is given by its URL is asked again, and nobody has started it."""
    line = not_again(TargetGoneError("It is gone.", (), advice=""), started=started)
    assert [started, started] == ["started anew" in said.lower() for said in (line.why, not_played(started=started))]
