"""Faults that are for the requests of single exchanges, whatever the services of a world are for all others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bothends.world.service import Armed
from bothends.world.states import made_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.records import Condition
    from bothends.world.ingests.service import Teller
    from bothends.world.service import StubService
    from bothends.world.services import Services
    from bothends.world.upstream import CallTeller


class OwnFaults:
    """Gives exchanges faults of their own.

    Args:
        services: Of the world.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    @contextmanager
    def keyed(self, teller: Teller, calls: CallTeller | None = None) -> Iterator[None]:
        """Let faults be for single exchanges for the length of a `with` block; those that are left are taken away.

        Args:
            teller: Tells which exchange a delivery is of.
            calls: Tells which exchange a call to an upstream is of; None: nobody asks.
        """
        ingests, upstreams = self._services.ingests.values(), self._services.upstreams.values()
        for stub in ingests:
            stub.teller, stub.untold = teller, 0
        for upstream in upstreams:
            upstream.teller = calls
        try:
            yield
        finally:
            for stub in ingests:
                stub.teller = None
            for upstream in upstreams:
                upstream.teller = None
            for each in self._services.by_name.values():
                for number in tuple(each.armed):
                    _disarm(each, number)

    def arm(self, number: int, condition: Condition) -> None:
        """Put a part of the world into a state for one exchange alone; an unknown part is a `ContractError`."""
        _, faults = made_together((condition,), self._services.by_name)
        for name, (_, fault) in faults.items():
            self._services.by_name[name].armed[number] = Armed(condition, fault, number)

    def met(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return which of some exchanges have met a fault that is theirs alone."""
        armed = [stub.armed for stub in self._services.by_name.values()]
        return frozenset(number for number in numbers if any(number in one and one[number].fired for one in armed))

    def disarm(self, number: int) -> dict[Condition, int]:
        """Let the world be well for an exchange again; return how often each of its states was met."""
        armed = [_disarm(stub, number) for stub in self._services.by_name.values() if number in stub.armed]
        return {one.condition: one.fired for one in armed}

    @property
    def untold(self) -> int:
        """How many deliveries told no single exchange, since faults are for single exchanges."""
        return sum(stub.untold for stub in self._services.ingests.values())


def _disarm(stub: StubService, number: int) -> Armed:
    armed = stub.armed.pop(number)
    armed.fault.end()
    return armed
