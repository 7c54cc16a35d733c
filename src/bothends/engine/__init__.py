"""The engine: runs the cases of a contract on a test bed, judges them, and reports what happens as typed events.

It imports no reporter: a program that shows a run iterates over its events.
"""

from bothends.engine.control import Interruption, record_crash
from bothends.engine.counts import Counts
from bothends.engine.emitter import Emitter, EventQueue
from bothends.engine.events import (
    Aside,
    BatchFinished,
    BatchStarted,
    Event,
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    InteractionVerified,
    LeftOut,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioPlayed,
)
from bothends.engine.options import Options, Shard, contract_of
from bothends.engine.run import Verification, recorded, replay
from bothends.engine.served import asked_contract, keep_served_spec
from bothends.state_folder import STATE_FOLDER

__all__ = [
    "STATE_FOLDER",
    "Aside",
    "BatchFinished",
    "BatchStarted",
    "Counts",
    "Emitter",
    "Event",
    "EventQueue",
    "Examining",
    "ExchangeJudged",
    "FindingFound",
    "FindingSettled",
    "InteractionVerified",
    "Interruption",
    "LeftOut",
    "Options",
    "Progress",
    "RunFinished",
    "RunStarted",
    "ScenarioPlayed",
    "Shard",
    "Verification",
    "asked_contract",
    "contract_of",
    "keep_served_spec",
    "record_crash",
    "recorded",
    "replay",
]
