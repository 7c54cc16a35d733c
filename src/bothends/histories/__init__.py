"""What several callers did to an object, and saw of it: the record, and whether some order explains it. All is pure."""

from bothends.histories.codec import history_from_json, history_to_json, promises_from_json, promises_to_json
from bothends.histories.history import (
    Attempt,
    Event,
    History,
    HistoryObject,
    Kill,
    Outcome,
    Page,
    Read,
    Walk,
    Write,
    WriteKind,
    outcome_of,
    value_key,
)
from bothends.histories.judged import INITIAL, ObjectRecord, records_of
from bothends.histories.laws import LAWS, Breach, HistoryVerdict, Undecided, judge
from bothends.histories.order import Decision, OrderVerdict, order_of
from bothends.histories.promises import EventState, Promises
from bothends.histories.reduce import reduced

__all__ = [
    "INITIAL",
    "LAWS",
    "Attempt",
    "Breach",
    "Decision",
    "Event",
    "EventState",
    "History",
    "HistoryObject",
    "HistoryVerdict",
    "Kill",
    "ObjectRecord",
    "OrderVerdict",
    "Outcome",
    "Page",
    "Promises",
    "Read",
    "Undecided",
    "Walk",
    "Write",
    "WriteKind",
    "history_from_json",
    "history_to_json",
    "judge",
    "order_of",
    "outcome_of",
    "promises_from_json",
    "promises_to_json",
    "records_of",
    "reduced",
    "value_key",
]
