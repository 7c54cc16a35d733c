"""The peers on a mutant: set up as their users would, they find what they can see."""

from __future__ import annotations

from tests.bank.results import whole_bank
from tests.bank.trial import PEERS, by_peers

BANK = {f"{mutant.target}/{mutant.name}": mutant for mutant in whole_bank()}


def test_both_peers_find_a_bug_that_both_can_see() -> None:
    """The ingest refuses a time that is no integer, which the caller is told with a 502; and the event has it."""
    outcomes = by_peers(BANK["hardened/ts-with-a-fraction"])
    assert {"st": ("Server error",), "pact": ("message",)} == {peer: outcomes[peer].by for peer in PEERS}
    assert dict.fromkeys(PEERS, (True, 1)) == {peer: (outcomes[peer].caught, outcomes[peer].code) for peer in PEERS}
