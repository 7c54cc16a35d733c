"""A bug under what was accepted of another one: a tenth of `make pairs`, and three of these six in `make test`."""

from __future__ import annotations

import pytest

from tests.accepted.pairs import judged, name, run, run_under
from tests.bank.bank import mutants

BUGS = (
    "event-content/ts-in-seconds",
    "validation/nan-taken",
    "framing/get-executes",
    "limits/limit-off-by-one",
    "sessions/expired-taken",
    "leaks/url-of-the-ingest-in-the-detail",
)


@pytest.mark.parametrize("bugs", [BUGS[1:4], pytest.param(BUGS, marks=pytest.mark.long)], ids=["three", "six"])
def test_a_bug_is_found_under_what_was_accepted_of_another_one(bugs: tuple[str, ...]) -> None:
    """Each is BROKEN under the entries of each other one, and no longer under its own."""
    chosen = [mutant for mutant in mutants("hardened") if name(mutant) in bugs]
    assert set(bugs) == {name(mutant) for mutant in chosen}
    pairs = judged([run(mutant, max_examples=1) for mutant in chosen], run_under)
    assert ([], [], [], [], []) == (pairs.same, pairs.not_proven, pairs.hidden, pairs.alone, pairs.owned)
    assert len(bugs) * (len(bugs) - 1) == len(pairs.broken)
