"""How sharp a contract is: lies about what a run has recorded, and which of them no law notices."""

from bothends.score import answers, calls, events, members
from bothends.score.closing import Closing, Closings
from bothends.score.fixing import Fixing
from bothends.score.ground import Ground, Member
from bothends.score.lie import Gap, Lie, Place, Side
from bothends.score.operators import Operator, all_operators, lie_of, register, unregister
from bothends.score.record import read_record, write_record
from bothends.score.recorded import Recorded, Recording
from bothends.score.report import ScoreReport, redactor_of
from bothends.score.scoring import Fate, Judgement, Score, Scoring, Survivor, Tally

__all__ = [
    "Closing",
    "Closings",
    "Fate",
    "Fixing",
    "Gap",
    "Ground",
    "Judgement",
    "Lie",
    "Member",
    "Operator",
    "Place",
    "Recorded",
    "Recording",
    "Score",
    "ScoreReport",
    "Scoring",
    "Side",
    "Survivor",
    "Tally",
    "all_operators",
    "answers",
    "calls",
    "events",
    "lie_of",
    "members",
    "read_record",
    "redactor_of",
    "register",
    "unregister",
    "write_record",
]
