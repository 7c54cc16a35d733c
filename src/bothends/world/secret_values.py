"""What must not show: the secrets of the target, of its signatures and of its callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.tables import setup_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.contract.settings import WorldSettings
    from bothends.world.ingests import IngestStub
    from bothends.world.sessions import Callers


class SecretValues:
    """Knows what is secret, and for whom.

    Args:
        settings: The `[world]` table.
        ingests: By their names.
        callers: Sign in.
    """

    def __init__(self, settings: WorldSettings, ingests: Mapping[str, IngestStub], callers: Callers) -> None:
        self._settings = settings
        self._ingests = ingests
        self._callers = callers
        self._more: tuple[str, ...] = ()
        self._past: tuple[str, ...] = ()

    def keep(self, more: Sequence[str]) -> None:
        """Keep what is secret now, whatever setup yields next, and more values."""
        self._past = self.hidden()
        self._more = tuple(dict.fromkeys((*self._more, *more)))

    def of_target(self) -> tuple[str, ...]:
        """Return what the target keeps to itself: it must never show in an answer, an event or a report."""
        of_ingests = (one for stub in self._ingests.values() for one in stub.ingest.secrets)
        every = (*of_ingests, *self.of_signatures(), *self._callers.secrets(), *self._more)
        return tuple(dict.fromkeys(secret for secret in every if secret and not setup_names(secret)))

    def of_signatures(self) -> tuple[str, ...]:
        """Return what the target signs deliveries with: its place is in no delivery, but for a scheme that says so."""
        signatures = (ingest.signature for ingest in self._settings.ingests.values())
        return tuple(secret for signature in signatures if signature is not None for secret in signature.hidden)

    def hidden(self) -> tuple[str, ...]:
        """Return what must never show in a report: what the target keeps, and what callers show whom the settings give.

        What was secret before setup yielded something else is so still. What a part of the contract is called, such as
        the scheme `app` of an app with the id `app`, is there for all to read.
        """
        names = {*self._settings.sessions, *self._settings.parts}
        shown = (secret for secret in self._callers.caller_secrets() if secret not in names)
        every = (*self.of_target(), *shown, *self._past)
        return tuple(dict.fromkeys(secret for secret in every if not setup_names(secret)))
