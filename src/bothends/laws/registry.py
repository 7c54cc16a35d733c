"""All laws: each is registered where it is defined, in the package or outside it.

The order follows from what laws say of each other: a law is judged after those that it yields to and those that
explain it; among the others, by scope and then by name.
"""

from __future__ import annotations

import heapq
from functools import cache
from typing import TYPE_CHECKING

from bothends.laws.law import Law, Precedence, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LAWS: dict[str, Law] = {}
_SCOPES = {scope: place for place, scope in enumerate(Scope)}


def register(law: Law) -> Law:
    """Take a law in, and return it.

    Raises:
        ValueError: There is one of this name.
    """
    if law.name in _LAWS:
        raise ValueError(f"two laws are named {law.name!r}")
    _LAWS[law.name] = law
    _forget()
    return law


def unregister(name: str) -> None:
    """Leave a law out from now on.

    Raises:
        KeyError: There is none of this name.
    """
    del _LAWS[name]
    _forget()


def law_of(name: str) -> Law:
    """Return the law of a name; `FAMILY:NAME` that is not there itself is of the law `FAMILY`.

    Of one that nobody has registered, nothing is known but its name.
    """
    known = _LAWS.get(name) or _LAWS.get(name.partition(":")[0])
    return Law(name, "", "", precedence=Precedence.LAST) if known is None else known


@cache
def all_laws() -> tuple[Law, ...]:
    """Return all laws, those that are judged by exchange first, each after those that explain it.

    Raises:
        ValueError: One names a law that is not there, or two explain each other.
    """
    every = ordered(_LAWS.values())
    return tuple(sorted(every, key=lambda law: law.judge is None))


def judged_laws() -> tuple[Law, ...]:
    """Return the laws that are predicates over exchanges, in the order in which they are judged."""
    return tuple(law for law in all_laws() if law.judge is not None)


@cache
def place_of(name: str) -> int:
    """Return where a law stands among all; one that is not registered is the last."""
    return next((place for place, law in enumerate(all_laws()) if law.name == name), len(_LAWS))


@cache
def directness(name: str) -> int:
    """Return how well a law tells that an answer is not the one promised: 1 is the best; 0: it does not tell so."""
    better = law_of(name).better_told_by
    return 0 if better is None else 1 + max(map(directness, better), default=0)


def ordered(laws: Iterable[Law]) -> tuple[Law, ...]:
    """Return laws in an order in which each comes after those that it yields to, and those that explain it.

    Raises:
        ValueError: One names a law that is not among them, or two wait for each other.
    """
    every = {law.name: law for law in laws}
    waits = {name: set(before(law)) for name, law in every.items()}
    for name, others in waits.items():
        if missing := sorted(others - every.keys()):
            raise ValueError(f"{name!r} names {missing}, and there is no such law")
    found: list[Law] = []
    ready = [_first(law) for name, law in every.items() if not waits[name]]
    heapq.heapify(ready)
    while ready:
        *_, name = heapq.heappop(ready)
        found.append(every[name])
        for other, others in waits.items():
            if name in others:
                others.remove(name)
                if not others:
                    heapq.heappush(ready, _first(every[other]))
    if len(found) < len(every):
        raise ValueError(f"laws explain each other: {sorted(name for name, others in waits.items() if others)}")
    return tuple(found)


def before(law: Law) -> Sequence[str]:
    """Return the names of the laws that must be judged before a law."""
    explained = [one.law for one in law.explanations if not isinstance(one.law, Scope)]
    return [*law.yields_to, *explained]


def _first(law: Law) -> tuple[int, str]:
    return _SCOPES[law.scope], law.name


def _forget() -> None:
    for known in (all_laws, place_of, directness):
        known.cache_clear()
