"""Holds the examples of a pact against the spec: what both are about, both must say alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.pacts.agreement_events import ingest_disagreements, message_disagreements
from bothends.pacts.agreement_routes import route_disagreements
from bothends.pacts.agreement_upstreams import upstream_disagreements
from bothends.pacts.disagreement import Comparison, Disagreement
from bothends.pacts.roles import part_played
from bothends.world.faults import INGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract
    from bothends.pacts.model import Pact


def disagreements(pact: Pact, contract: Contract) -> list[Disagreement]:
    """Return where a pact and the contract disagree; empty where they agree.

    | the pact's provider | what is held against what |
    |---|---|
    | the target, over HTTP | the request against the operation, the answer against what is declared for its status |
    | any, of a message | the message against the event of the callback |
    | an upstream | the request and a 2xx answer against `[world.upstreams.<name>]` |
    | the ingest | the request against the callback, the answer against its responses |

    What a consumer *reads* may be a part of what it gets: what is not named is not missed. What is *sent*,
    and what the world gives an answer of, must be whole.

    Args:
        pact: The pact.
        contract: The contract.
    """
    return list(_disagreements(pact, contract))


def _disagreements(pact: Pact, contract: Contract) -> Iterator[Disagreement]:
    part = part_played(pact, contract.settings.world)
    for interaction in pact.interactions:
        comparison = Comparison(pact, interaction, contract)
        if interaction.kind == "message":
            yield from message_disagreements(comparison)
        elif part is None:
            yield from route_disagreements(comparison)
        elif part == INGEST:
            yield from ingest_disagreements(comparison)
        else:
            yield from upstream_disagreements(comparison, part)
