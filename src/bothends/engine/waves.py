"""Waves: exchanges that share one state of the world, and so can run together.

A call to an upstream bears no identity. So a wave holds only cases whose world is in the same
state, and of which none must be refused, or all, and all of one family: then what an upstream saw
can be judged in aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.records import Case

LARGEST = 64
"""Cases in a wave: enough to fill the connections many times over, few enough to keep in memory."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Cases that run together.

    Attributes:
        given: The state of the world, as sentences.
        cases: What is sent.
        concurrency: How many are under way at once; None: as many as the run allows.
        prelude: Waves that were played just before, when what comes after them is the point.
        user: Who signs in, `name`, `email`, `image`; None: each exchange a user of its own.
    """

    given: tuple[str, ...]
    cases: tuple[Case, ...]
    concurrency: int | None = None
    prelude: tuple[Wave, ...] = ()
    user: Mapping[str, Any] | None = None

    @property
    def families(self) -> tuple[str, ...]:
        """The families of its cases, each once."""
        return tuple(dict.fromkeys(case.family for case in self.cases))


def gather(cases: Iterable[Case], world_states: Callable[[Case], tuple[str, ...]]) -> Iterator[Wave]:
    """Put cases into waves.

    Order is kept within a wave, and between waves of one kind. Cases are drawn as they are needed.

    Args:
        cases: What is to be sent.
        world_states: Tells which sentences of a case are about the world, not about its session.
    """
    open_waves: dict[tuple[tuple[str, ...], str], list[Case]] = {}
    held: tuple[str, ...] = ()
    crowd: list[Case] = []
    for case in cases:
        if crowd and not (case.crowd > 1 and case.together and case.together == crowd[-1].together):
            yield _crowd(crowd, world_states)
            crowd = []
        if case.crowd > 1:
            crowd.append(case)
            continue
        given = world_states(case)
        if given != held:
            # The plan puts equal states together, and its order is kept: no wave waits for another state.
            yield from _flushed(open_waves)
            held = given
        if case.alone:
            yield Wave(given, (case,), concurrency=1)
            continue
        key = (given, case.family if case.expect.refused else "")
        waiting = open_waves.setdefault(key, [])
        waiting.append(case)
        if len(waiting) == LARGEST:
            del open_waves[key]
            yield Wave(given, tuple(waiting))
    yield from _flushed(open_waves)
    if crowd:
        yield _crowd(crowd, world_states)


def _crowd(cases: Sequence[Case], world_states: Callable[[Case], tuple[str, ...]]) -> Wave:
    """Return the wave of one crowd, or of several that belong together: all at once, and well mixed."""
    total = sum(case.crowd for case in cases)
    # Each case's copies are spread evenly over the wave, however many the others have.
    places = sorted((((i + 0.5) * total / case.crowd, n) for n, case in enumerate(cases) for i in range(case.crowd)))
    copies = tuple(replace(cases[n], crowd=1, together="") for _, n in places)
    return Wave(world_states(cases[0]), copies, concurrency=total)


def _flushed(open_waves: dict[tuple[tuple[str, ...], str], list[Case]]) -> Iterator[Wave]:
    for (given, _), waiting in open_waves.items():
        yield Wave(given, tuple(waiting))
    open_waves.clear()
