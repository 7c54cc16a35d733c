"""Session states, held against what the real libraries make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bothends.conditions import all_kinds
from bothends.world.sessions.nextauth import NextAuthV4Session

VERDICTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "session-verdicts.json").read_text())
OWN = {"no-session", *NextAuthV4Session.of(cookie="c").states}
STATES = [state for state in all_kinds() if state.name in OWN and "{" not in state.pattern]
KINDS = ("next-auth-v4", "auth-js-v5")


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_was_shown_to_the_library(kind: str) -> None:
    """A new state is to be tried on the real libraries before it is called valid or not."""
    assert {state.pattern for state in STATES} == {*VERDICTS["taken"][kind], *VERDICTS["refused"][kind]}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_certain_is_what_the_library_says(kind: str) -> None:
    """A valid session is taken by the library, and one that must be refused is refused by it."""
    taken = VERDICTS["taken"][kind]
    assert [] == [state.pattern for state in STATES if not state.family and state.pattern not in taken]
    certain = [state for state in STATES if state.family and not state.doubtful]
    assert [] == [state.pattern for state in certain if state.pattern in taken]


def test_all_that_a_library_takes_without_having_issued_it_is_doubtful() -> None:
    """What a real library takes is no finding, unless the settings are strict."""
    taken = {sentence for kind in KINDS for sentence in VERDICTS["taken"][kind]}
    assert [] == [state.pattern for state in STATES if state.family and not state.doubtful and state.pattern in taken]
