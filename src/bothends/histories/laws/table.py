"""The table of the laws of histories."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bothends.histories.laws.event_order import event_then_read, events_in_order
from bothends.histories.laws.event_states import event_of_one_write, no_event_of_refused_write
from bothends.histories.laws.law import Breach, HistoryVerdict, Undecided
from bothends.histories.laws.owed_events import state_equals_events, write_has_event
from bothends.histories.laws.preconditions import no_lost_update
from bothends.histories.laws.readings import gone_stays_gone, one_order, read_not_older
from bothends.histories.laws.restarts import write_survives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.histories.history import History
    from bothends.histories.promises import Promises

LAWS: Mapping[str, Callable[[History, Promises], Iterator[Breach | Undecided]]] = MappingProxyType(
    {
        "one-order": one_order,
        "read-not-older": read_not_older,
        "no-lost-update": no_lost_update,
        "gone-stays-gone": gone_stays_gone,
        "event-of-one-write": event_of_one_write,
        "no-event-of-refused-write": no_event_of_refused_write,
        "write-has-event": write_has_event,
        "state-equals-events": state_equals_events,
        "events-in-order": events_in_order,
        "event-then-read": event_then_read,
        "write-survives": write_survives,
    }
)
"""The laws of histories by their names."""


def judge(history: History, promises: Promises) -> Mapping[str, HistoryVerdict]:
    """Return what each law says of a history."""
    verdicts = {}
    for name, law in LAWS.items():
        found = list(law(history, promises))
        verdicts[name] = HistoryVerdict(
            tuple(each for each in found if isinstance(each, Breach)),
            tuple(each for each in found if isinstance(each, Undecided)),
        )
    return verdicts
