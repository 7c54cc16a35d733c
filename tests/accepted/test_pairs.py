"""A bug under what was accepted of another one: a tenth of `make pairs`."""

from __future__ import annotations

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


def test_a_bug_is_found_under_what_was_accepted_of_another_one() -> None:
    """Each of six is BROKEN under the entries of each other one, and no longer under its own."""
    chosen = [mutant for mutant in mutants("hardened") if name(mutant) in BUGS]
    assert set(BUGS) == {name(mutant) for mutant in chosen}
    pairs = judged([run(mutant, max_examples=1) for mutant in chosen], run_under)
    assert ([], [], [], [], []) == (pairs.same, pairs.not_proven, pairs.hidden, pairs.alone, pairs.owned)
    assert 30 == len(pairs.broken)
