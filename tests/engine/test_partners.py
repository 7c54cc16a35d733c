"""What has an event too many is judged when it is known what became of the one that has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.engine.play.pending import Pending
from bothends.engine.run.partners import Partners
from bothends.engine.tie.attribution import Attributed
from tests.engine.test_pending import SECONDS, law_context
from tests.laws import kept

TWO = kept.exchange(deliveries=(kept.delivery(), replace(kept.delivery(), identity="another")))
NONE = kept.exchange(2, deliveries=())
SWAPPED: dict[int, tuple[int, ...]] = {1: (2,), 2: (1,)}


def begun() -> tuple[Pending[str], Partners[str]]:
    """Return what has taken one exchange with two events, and one with none, and judged neither."""
    pending = Pending[str](law_context(), SECONDS)
    partners = Partners(pending)
    played = Attributed((TWO, NONE), swapped=SWAPPED)
    partners.note(played)
    ready, _ = partners.take(*pending.take(played, "first"), "first")
    assert () == ready.exchanges
    return pending, partners


def judged(ready: Attributed, seen: dict[int, str]) -> tuple[dict[int, str], dict[int, tuple[int, ...]]]:
    """Return what is judged, with where it was seen, and what of it is swapped."""
    return {each.number: seen[each.number] for each in ready.exchanges}, ready.swapped


def test_where_the_other_event_comes_nothing_was_swapped() -> None:
    """Both are judged where they were seen, and the first one has sent two."""
    pending, partners = begun()
    more = Attributed((), late=(kept.exchange(2),))
    partners.note(more)
    ready, seen = partners.take(*pending.take(more, "second"), "second")
    assert ({1: "first", 2: "first"}, {}) == judged(ready, seen)


@pytest.mark.parametrize(("waited", "swapped"), [(SECONDS, SWAPPED), (0.0, {})], ids=["its time is over", "too early"])
def test_where_the_other_event_had_its_time_both_were_swapped(
    waited: float, swapped: dict[int, tuple[int, ...]]
) -> None:
    """Where the wait ended before, it may have been sent, and nobody is accused."""
    pending, partners = begun()
    exchanges, seen = pending.rest(NONE.ended + waited, ())
    assert ({1: "first", 2: "first"}, swapped) == judged(*partners.take(Attributed(exchanges), seen, "end"))


def test_what_lacks_nothing_is_judged_at_once() -> None:
    """Where no event is owed, none is waited for."""
    partners = Partners(Pending[str]({}, SECONDS))
    played = Attributed((TWO, NONE), swapped=SWAPPED)
    partners.note(played)
    ready, seen = partners.take(played, dict[int, str](), "here")
    assert ([1, 2], SWAPPED, "here") == ([each.number for each in ready.exchanges], ready.swapped, seen[1])
