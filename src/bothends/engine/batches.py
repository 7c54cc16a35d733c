"""Waves: exchanges that share one state of the world, and so can run together.

A call to an upstream bears no identity. So a wave holds only cases whose world is in the same
state, and of which none must be refused, or all, and all of one family: then what an upstream saw
can be judged in aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.records import Case, Condition

LARGEST = 64
"""Cases in a wave: enough to fill the connections many times over, few enough to keep in memory."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Cases that run together.

    Attributes:
        given: The state of the world.
        cases: What is sent.
        concurrency: How many are under way at once; None: as many as the run allows.
        prelude: Waves that were played just before, when what comes after them is the point.
        user: Who signs in, `name`, `email`, `image`; None: each exchange a user of its own.
        relay: Waves that are begun in turn, each in its own state as soon as each case of the one before has met
            its own, and that are then waited for together. `given` and `cases` are those of all.
    """

    given: tuple[Condition, ...]
    cases: tuple[Case, ...]
    concurrency: int | None = None
    prelude: tuple[Wave, ...] = ()
    user: Mapping[str, Any] | None = None
    relay: tuple[Wave, ...] = ()

    @property
    def families(self) -> tuple[str, ...]:
        """The families of its cases, each once."""
        return tuple(dict.fromkeys(case.family for case in self.cases))

    @property
    def steps(self) -> tuple[Wave, ...]:
        """The waves that it takes to play it without a relay: those of the relay, else itself."""
        return self.relay or (self,)

    def around(self, case: Case) -> Wave:
        """Return the wave that is enough to play one of its cases."""
        if not self.relay:
            return self
        return next((wave for wave in self.relay if case in wave.cases), Wave((), (case,)))


def gather(cases: Iterable[Case]) -> Iterator[Wave]:
    """Put cases into waves.

    Order is kept within a wave, and between waves of one kind. Cases are drawn as they are needed.

    Args:
        cases: What is to be sent.
    """
    open_waves: dict[tuple[tuple[Condition, ...], str, str], list[Case]] = {}
    held: tuple[Condition, ...] = ()
    before: Wave | None = None
    for case in _bundled(cases):
        if isinstance(case, Wave):
            yield case
            continue
        given = case.of_the_world
        if given != held:
            # The plan puts equal states together, and its order is kept: no wave waits for another state.
            yield from _flushed(open_waves)
            held = given
        if case.alone:
            wave = Wave(given, (case,), concurrency=1)
            # What somebody asks for again may depend on what became of it before.
            yield replace(wave, prelude=(before,)) if before is not None and _asks_again(case, before) else wave
            before = wave
            continue
        # Whether a fault was met is known of all that is under way together: each operation calls what it does.
        key = (given, case.family if case.expect.refused else "", case.operation if given else "")
        waiting = open_waves.setdefault(key, [])
        waiting.append(case)
        if len(waiting) == LARGEST:
            del open_waves[key]
            yield Wave(given, tuple(waiting))
    yield from _flushed(open_waves)


def _asks_again(case: Case, before: Wave) -> bool:
    """Whether a case is of the same person as the wave before it: its states say more than those of the world."""
    return case.given == before.cases[0].given != before.given


def _bundled(cases: Iterable[Case]) -> Iterator[Case | Wave]:
    """Yield cases as they come, but the waves of those that belong together."""
    bundle: list[Case] = []
    for case in cases:
        if bundle and not _belongs(case, bundle):
            yield _wave_of(bundle)
            bundle = []
        if case.crowd > 1 or case.together:
            if bundle and case.together != bundle[0].together:
                yield _wave_of([case])  # it comes between those of a relay
            else:
                bundle.append(case)
        else:
            yield case
    if bundle:
        yield _wave_of(bundle)


def _belongs(case: Case, bundle: Sequence[Case]) -> bool:
    """Whether a case is of a bundle, or comes between its cases, as the plan puts equal states together."""
    if bundle[0].crowd > 1 or case.together:
        return bool(case.together) and case.together == bundle[0].together
    return case.of_the_world in (one.of_the_world for one in bundle)


def _wave_of(bundle: Sequence[Case]) -> Wave:
    crowds = all(case.crowd > 1 for case in bundle)
    return _crowd(bundle) if crowds else _relay(bundle)


def _relay(cases: Sequence[Case]) -> Wave:
    """Return the wave of cases that wait together; of a single one, a wave like any other."""
    waves = tuple(
        _crowd([case]) if case.crowd > 1 else Wave(case.of_the_world, (replace(case, together=""),), concurrency=1)
        for case in cases
    )
    if len(waves) == 1:
        return waves[0]
    given = tuple(dict.fromkeys(condition for wave in waves for condition in wave.given))
    return Wave(given, tuple(case for wave in waves for case in wave.cases), relay=waves)


def _crowd(cases: Sequence[Case]) -> Wave:
    """Return the wave of one crowd, or of several that belong together: well mixed, all at once, or in turn."""
    total = sum(case.crowd for case in cases)
    # Each case's copies are spread evenly over the wave, however many the others have.
    places = sorted((((i + 0.5) * total / case.crowd, n) for n, case in enumerate(cases) for i in range(case.crowd)))
    copies = tuple(replace(cases[n], crowd=1, together="") for _, n in places)
    return Wave(cases[0].of_the_world, copies, concurrency=1 if cases[0].alone else total)


def _flushed(open_waves: dict[tuple[tuple[Condition, ...], str, str], list[Case]]) -> Iterator[Wave]:
    for (given, *_), waiting in open_waves.items():
        yield Wave(given, tuple(waiting))
    open_waves.clear()
