"""The bugs about time: well told, right edits, and one seed of some of them is found."""

from __future__ import annotations

import pytest

from bothends.laws import all_laws
from tests.bank.bank import check_syntax, edited
from tests.loaded.subjects import time_bugs
from tests.loaded.trying import verify

BUGS = {subject.name.removeprefix("bugs/"): subject for subject in time_bugs()}
SAMPLE = ("hardened/one-in-ten-is-too-late", "hardened/event-behind-the-answer", "node/event-three-seconds-late")
"""Those that a run finds in a few seconds."""
SEED = 7


def test_there_are_ten() -> None:
    """Ten bugs have ten names."""
    assert 10 == len(BUGS) == len(time_bugs())


@pytest.mark.parametrize("name", BUGS)
def test_a_bug(name: str) -> None:
    """It says what it is and which laws should name it, and its edits apply to the target as it is now."""
    bug = BUGS[name].bug
    assert bug is not None
    assert bug.about.endswith(".")
    assert set() == set(bug.laws) - {law.name for law in all_laws()}
    check_syntax(edited(bug))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == SAMPLE[1] else pytest.mark.long) for name in SAMPLE]
)
def test_a_bug_is_found(name: str) -> None:
    """A run is broken, by a law that was named beforehand."""
    subject = BUGS[name]
    outcome = verify(subject, SEED, loops=0)
    assert subject.bug is not None
    assert outcome.names(subject.bug.laws), outcome
