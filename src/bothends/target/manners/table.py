"""All manners, by their sentences. A new one is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import HarnessError
from bothends.target.manners import (
    asks_later,
    body_drips,
    comes_later,
    goes_away,
    half_closes,
    head_drips,
    in_pieces,
    never_reads,
    others_idle,
    others_stalled,
    own_connection,
    resets,
    rest_comes_late,
    stops_in_body,
    stops_in_head,
    waits_for_each,
    waits_to_be_told,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bothends.target.manners.manner import Manner


def table(manners: Iterable[Manner]) -> Mapping[str, Manner]:
    """Return manners by their sentences.

    Raises:
        ValueError: Two have one sentence.
    """
    found: dict[str, Manner] = {}
    for manner in manners:
        if manner.sentence in found:
            raise ValueError(f"two manners are called {manner.sentence!r}")
        found[manner.sentence] = manner
    return found


MANNERS: Mapping[str, Manner] = table(
    (
        own_connection.MANNER,
        waits_for_each.MANNER,
        in_pieces.MANNER,
        head_drips.MANNER,
        body_drips.MANNER,
        stops_in_head.MANNER,
        stops_in_body.MANNER,
        waits_to_be_told.MANNER,
        rest_comes_late.MANNER,
        half_closes.MANNER,
        goes_away.MANNER,
        resets.MANNER,
        never_reads.MANNER,
        others_stalled.MANNER,
        others_idle.MANNER,
        asks_later.MANNER,
        comes_later.MANNER,
    )
)


def manner_of(sentence: str) -> Manner:
    """Return the manner of a sentence.

    Raises:
        HarnessError: There is none.
    """
    if sentence not in MANNERS:
        raise HarnessError(f"no manner of sending is called {sentence!r}", expected=" or ".join(MANNERS))
    return MANNERS[sentence]
