"""What the messages of a soak say, as JSON and back: records by their types, and what a companion has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bothends.records
from bothends.engine.parts import finding_coders
from bothends.engine.tie import Alteration, EventKeys
from bothends.records import Coders, Credential, Delivery, LawTally, NothingHidden, UpstreamCall
from bothends.reports import Redactor, cookies_of
from bothends.reports.blob import Hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Contract
    from bothends.engine.judge import FindingGroup


_AS_IT_IS = NothingHidden()
"""What goes from the world to a companion is judged there, and stays in it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a companion has counted and found so far.

    Attributes:
        made: Requests that were answered, or that their client had no answer to.
        judged: Exchanges that were judged.
        events: Events that were tied to them.
        operations: How many exchanges of each operation were judged, by its ID.
        laws: How each law has fared.
        groups: The causes that were found.
        unexplained: Events that belong to no exchange, and contain nothing of the run.
        unheard: Exchanges whose event is missing, and may have been sent.
        forgotten: Events that came for exchanges so long over that they could not be judged again.
        abandoned: Requests whose client was stopped before it had an answer.
        busy: Requests that this machine was too busy for: their times say nothing of the target.
        perhaps: Requests that may never have been executed, as a connection that was used before had ended.
        dropped: Events and calls that there was no room for.
        guessed: Causes that may be another request's, so that they make no finding.
        late: How often each case was late, and the machine the reason, by its label.
        in_time: The cases that were in time at least once.
        left_out: Operations that were not sent, each with the reason.
    """

    made: int = 0
    judged: int = 0
    events: int = 0
    operations: tuple[tuple[str, int], ...] = ()
    laws: tuple[LawTally, ...] = ()
    groups: tuple[FindingGroup, ...] = ()
    unexplained: int = 0
    unheard: int = 0
    forgotten: int = 0
    abandoned: int = 0
    busy: int = 0
    perhaps: int = 0
    dropped: int = 0
    guessed: int = 0
    late: tuple[tuple[str, int], ...] = ()
    in_time: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class Coding:
    """Writes and reads what the messages of a soak of one contract say."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract."""
        plain = Coders(vars(bothends.records) | {"Alteration": Alteration})
        self._deliveries = plain.of(tuple[Delivery, ...])
        self._calls = plain.of(tuple[UpstreamCall, ...])
        self._credentials = plain.of(tuple[Credential, ...])
        self._keys = plain.of(tuple[tuple[str, tuple[tuple[str, EventKeys], ...]], ...])
        self._tally = finding_coders(contract).of(Tally)

    def records(self, deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]) -> dict[str, Any]:
        """Return what was witnessed, as a message."""
        return {
            "is": "recorded",
            "deliveries": self._deliveries.write(tuple(deliveries), _AS_IT_IS),
            "calls": self._calls.write(tuple(calls), _AS_IT_IS),
        }

    def read_records(self, message: dict[str, Any]) -> tuple[tuple[Delivery, ...], tuple[UpstreamCall, ...]]:
        """Return what `records` wrote."""
        return self._deliveries.read(message["deliveries"]), self._calls.read(message["calls"])

    def callers(self, credentials: Sequence[Credential]) -> Any:
        """Return callers as JSON, with all that they show: for a companion, and for nobody else."""
        return self._credentials.write(tuple(credentials), _AS_IT_IS)

    def read_callers(self, value: Any) -> tuple[Credential, ...]:
        """Return what `callers` wrote."""
        found: tuple[Credential, ...] = self._credentials.read(value)
        return found

    def keys(self, keys: Iterable[tuple[str, Iterable[tuple[str, EventKeys]]]]) -> Any:
        """Return what of requests comes back in events, as JSON: for each operation, for each callback."""
        return self._keys.write(tuple((name, tuple(events)) for name, events in keys), _AS_IT_IS)

    def read_keys(self, value: Any) -> dict[str, dict[str, EventKeys]]:
        """Return what `keys` wrote."""
        return {name: dict(events) for name, events in self._keys.read(value)}

    def tally(self, tally: Tally, secrets: Iterable[str]) -> dict[str, Any]:
        """Return what a companion has found, as a message without secrets."""
        also = [secret for group in tally.groups for secret in cookies_of(group.finding.breach.exchange)]
        hidden: dict[str, Any] = self._tally.write(tally, Hidden(Redactor(secrets).also(also)))
        return {"is": "tally", "tally": hidden}

    def read_tally(self, message: dict[str, Any]) -> Tally:
        """Return what `tally` wrote."""
        found: Tally = self._tally.read(message["tally"])
        return found
