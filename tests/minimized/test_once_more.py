"""A tenth of the planted bugs: the request of each finding, sent once more, shows it. All of them: `make once-more`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.minimized.once_more import every_bug, tried
from tests.verdicts.command import environment

if TYPE_CHECKING:
    from pathlib import Path

BUGS = {bug.name: bug for bug in every_bug()}
TENTH = sorted(BUGS)[::10]
SHORT = {next(name for name in TENTH if name.startswith(bank)) for bank in ("bank/", "table/")}
"""One of a bank, and one of the table of verdicts, is tried by `make test`."""


def command(folder: Path, *words: str) -> tuple[int, str]:
    """Run bothends in this process."""
    done = bothends(folder, *words, env=environment(), measured=False)
    return done.returncode, done.stdout


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in TENTH]
)
def test_the_request_of_a_finding_shows_it_again(name: str, tmp_path: Path) -> None:
    """Law, cause and status are the same, in a target that was launched anew."""
    seen = tried(BUGS[name], tmp_path, command, "--fail-fast", by_hand=False)
    assert [] == [finding for finding in seen["findings"] if not finding["same"]]
