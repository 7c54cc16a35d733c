"""The state that a world is in: which faults its services have for everybody, and how often these were met."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bothends.world.states import made_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.records import Condition
    from bothends.world.http import Reply
    from bothends.world.service import StubService


class PresentState:
    """Puts the services of a world into states.

    Args:
        services: All that can be in one, by their names.

    Attributes:
        changes: How often they were put into a state since the start.
    """

    def __init__(self, services: Mapping[str, StubService]) -> None:
        self.changes = 0
        self._services = services
        self._conditions: tuple[Condition, ...] = ()

    def set(self, conditions: Iterable[Condition]) -> None:
        """Put every upstream into exactly these states, healthy where none is named; `fired` starts anew.

        Those of the session are checked and otherwise left alone. A `ContractError` says that an upstream is unknown,
        or that two states are about the same thing.
        """
        conditions = tuple(conditions)
        _, faults = made_together(conditions, self._services)
        for name, stub in self._services.items():
            stub.set(*faults.get(name, (None, None)))
        self._conditions = conditions
        self.changes += 1

    @contextmanager
    def given(self, *conditions: Condition) -> Iterator[None]:
        """Put the world into states for the length of a `with` block, then back into those before.

        Raises:
            ContractError: As `set`.
        """
        before = self._conditions
        self.set(conditions)
        try:
            yield
        finally:
            self.set(before)

    def fired(self) -> dict[Condition, int]:
        """Return, for each fault that is set, how often it was met since then.

        A refused connection can't be counted: `… is unreachable` counts 1 while a connection is in fact refused.
        """
        return {stub.condition: stub.fired for stub in self._services.values() if stub.condition is not None}

    @contextmanager
    def promised(self, name: str, reply: Reply) -> Iterator[None]:
        """Let an upstream, or the ingest, give this answer in a `with` block; an unknown name is a `KeyError`.

        With a success, the ingest stores what it would store.
        """
        stub = self._services[name]
        stub.promise(reply)
        try:
            yield
        finally:
            stub.promise(None)
