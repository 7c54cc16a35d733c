"""What the target's setup has yielded: callers show it, ingests know it, and requests and events have it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import SETUP, fill, setup_names
from bothends.records import json_equal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.contract import EventContract
    from bothends.contract.settings import WorldSettings
    from bothends.world.ingests import IngestStub
    from bothends.world.secret_values import SecretValues
    from bothends.world.sessions import Callers


class SetupValues:
    """Hands the values of setup on to whom they are for.

    Args:
        settings: The `[world]` table.
        events: Those that arrive at the ingests.
        ingests: By their names.
        callers: Sign in with them.
        secrets: Keep what must never show.

    Attributes:
        values: What was yielded last, by name: `token`.
        history: All that was yielded, each value by its name: once for each start.
    """

    def __init__(
        self,
        settings: WorldSettings,
        events: Sequence[EventContract],
        ingests: Mapping[str, IngestStub],
        callers: Callers,
        secrets: SecretValues,
    ) -> None:
        self.values: Mapping[str, Any] = {}
        self.history: dict[str, list[Any]] = {}
        self._settings = settings
        self._events = tuple(events)
        self._ingests = ingests
        self._callers = callers
        self._secrets = secrets

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values that callers and ingests use."""
        single = self._settings.session
        sessions = ([] if single is None else [single]) + list(self._settings.sessions.values())
        tables = [dict(session.values) for session in sessions]
        return setup_names([*tables, *(dict(table.own) for table in self._settings.ingests.values())])

    def take(self, values: Mapping[str, Any], secrets: Sequence[str] = ()) -> None:
        """Take what the target's setup has yielded.

        Args:
            values: By name: `token`.
            secrets: More values that must never show.

        Raises:
            ContractError: A value is wrong where the settings use it.
        """
        self._secrets.keep(secrets)
        self.values = dict(values)
        for name, value in values.items():
            known = self.history.setdefault(name, [])
            if not any(json_equal(value, each) for each in known):
                known.append(value)
        named = {f"{SETUP}{name}": value for name, value in values.items()}
        self._callers.set_up(named)
        for name, table in self._settings.ingests.items():
            if setup_names(dict(table.own)):
                own = [event for event in self._events if event.ingest == name]
                stub = self._ingests[name]
                filled = replace(table, own=fill(dict(table.own), named))
                stub.ingest = type(stub.ingest)(name, filled, own, stub.ingest.event_key)
