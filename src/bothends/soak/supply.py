"""What a companion is given of the world, where it has none of its own.

The hub's world is somewhere else. Its callers come in blocks, with all that they show, so that its keys stay where they
are; what is compared with them, or with its addresses, comes once, at the start.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.clock import as_set
from bothends.engine.judge import Judge, law_contexts_of
from bothends.engine.tie import Address
from bothends.world import own_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bothends.clock import Step
    from bothends.contract import Contract
    from bothends.contract.requests import RequestAddress
    from bothends.engine.testbed import TestBed
    from bothends.laws import LawContext

LOOKS = 5
"""Looks until all that had arrived is known: a connection is taken in one round of the loop, and read in the next."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_KEPT = 8


def machine() -> str:
    """Return what tells this machine, since it was started, from others; empty where that can't be known."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a target, as far as exchanges are judged by it.

    Attributes:
        seed: The run's seed.
        run: What the idempotency keys of the soak have in them.
        base_url: The target's.
        ingests: The base URL and the key of each ingest, and what it stands for, by its name.
        places: `host:port` of all services of the world.
        setup: What the target's setup has yielded, by name.
        setup_history: All that it has yielded, each value by its name.
        secrets: What the target keeps to itself.
        signing_secrets: What it signs deliveries with.
        hidden: What must never show in a report.
    """

    seed: int
    run: str
    base_url: str
    ingests: Mapping[str, tuple[str, str, str]]
    places: tuple[str, ...]
    setup: Mapping[str, Any]
    setup_history: Mapping[str, list[Any]]
    secrets: tuple[str, ...]
    signing_secrets: tuple[str, ...]
    hidden: tuple[str, ...]

    @classmethod
    def of(cls, testbed: TestBed, run: str) -> Surroundings:
        """Return those of a test bed."""
        world = testbed.world
        return cls(
            seed=world.seed,
            run=run,
            base_url=testbed.target.base_url,
            ingests={
                name: (stub.base_url, stub.ingest.event_key, world.settings.ingests[name].stands_for)
                for name, stub in world.services.ingests.items()
            },
            places=testbed.places,
            setup=dict(world.setup.values),
            setup_history=dict(world.setup.history),
            secrets=world.secrets.of_target(),
            signing_secrets=world.secrets.of_signatures(),
            hidden=world.secrets.hidden(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON, secrets included: for a companion, and for nobody else."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Surroundings:
        """Return what `to_json` wrote."""
        tuples = {name: tuple(value[name]) for name in ("places", "secrets", "signing_secrets", "hidden")}
        ingests = {name: tuple(texts) for name, texts in value["ingests"].items()}
        return cls(**{**value, **tuples, "ingests": ingests})

    @property
    def addresses(self) -> dict[str, Address]:
        """Where each ingest is."""
        return {name: Address(*texts) for name, texts in self.ingests.items()}

    def law_contexts(
        self, contract: Contract, uncertainty: float, wall: Callable[[float], float]
    ) -> dict[str, LawContext]:
        """Return what laws judge by, for each operation by its ID.

        The times of requests may differ from the world's by so many seconds; `wall` returns which time the target's
        system had at a time of the world.
        """
        history = {name: list(values) for name, values in self.setup_history.items()}
        kept = self.secrets, self.signing_secrets
        world = self.places, self.addresses
        contexts = law_contexts_of(contract, self.seed, history, *kept, *world, more_time=2 * uncertainty)
        return {name: replace(context, wall=wall) for name, context in contexts.items()}


class Addresses:
    """What the world gives to requests, as far as the surroundings tell."""

    def __init__(self, contract: Contract, surroundings: Surroundings) -> None:
        """Take both."""
        self._settings = contract.settings.world
        self._surroundings = surroundings

    def urls(self, places: Sequence[RequestAddress], number: int) -> dict[str, str]:
        """Return the URL of each mark in the request of an exchange."""
        ingests = self._surroundings.ingests
        return own_urls(self._surroundings.seed, self._settings, lambda name: ingests[name][0], places, number)


def judge_of(contexts: Mapping[str, LawContext]) -> Judge:
    """Return a judge of cases that no generator has made."""
    return Judge(contexts, lambda _: ())


class WorldsClock:
    """The world's clock, as it is known here.

    On one machine, the monotonic clocks of all processes are one. From another machine, the hub is asked for its time,
    and the answer that came back soonest counts: the time lies between the question and the answer.
    """

    def __init__(self, offset: float, there: str) -> None:
        """Take what the hub adds to its monotonic clock, in seconds, and its machine."""
        self.known = bool(there) and there == machine()
        self.uncertainty = 0.0 if self.known else float("inf")
        self._offset = offset if self.known else time.time() - time.monotonic()
        self._asked = 0
        self._steps: list[Step] = []

    @property
    def enough(self) -> bool:
        """Whether the hub need not be asked again."""
        return self.known or self._asked >= _KEPT

    def take(self, asked: float, there: float) -> None:
        """Take the hub's time, and when it was asked, by the monotonic clock here, seconds."""
        now = time.monotonic()
        self._asked += 1
        if (now - asked) / 2 < self.uncertainty:
            self.uncertainty = (now - asked) / 2
            self._offset = there - (asked + now) / 2

    def at(self, monotonic: float) -> float:
        """Return the world's time at a time of the monotonic clock here; seconds since the epoch."""
        return self._offset + monotonic

    def now(self) -> float:
        """Return the world's time."""
        return self.at(time.monotonic())

    def was_set(self, steps: Iterable[Step]) -> None:
        """Take when the system's clock was set there, all of it."""
        self._steps = list(steps)

    def wall(self, at: float) -> float:
        """Return which time the system had there at a time of the world."""
        return as_set(at, self._steps)
