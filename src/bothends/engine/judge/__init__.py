"""Judges exchanges by the laws, groups what is broken, and says what may be this machine's doing."""

from bothends.engine.judge import replay_file
from bothends.engine.judge.clock_steps import ClockSteps
from bothends.engine.judge.contexts import judge_for, law_contexts, law_contexts_of
from bothends.engine.judge.disturbed import FAILURES, Disturbed
from bothends.engine.judge.early import Early
from bothends.engine.judge.findings import Findings, TrackedFinding
from bothends.engine.judge.groups import TRUNCATED_BYTES, FindingGroup, Key, Refusals, is_guess
from bothends.engine.judge.guesses import guess_batches, guesses_not_proven
from bothends.engine.judge.identity import instance_of
from bothends.engine.judge.judge import Judge, Judged
from bothends.engine.judge.known import Known
from bothends.engine.judge.no_room import NoRoom, Success, caller_of
from bothends.engine.judge.replay_file import Replay
from bothends.engine.judge.retries import TRIES, Delay, Excuses, ExitGrace, Retries, too_busy
from bothends.engine.judge.taken_values import Earlier, TakenValues
from bothends.engine.judge.unmet import UnmetFaults

__all__ = [
    "FAILURES",
    "TRIES",
    "TRUNCATED_BYTES",
    "ClockSteps",
    "Delay",
    "Disturbed",
    "Earlier",
    "Early",
    "Excuses",
    "ExitGrace",
    "FindingGroup",
    "Findings",
    "Judge",
    "Judged",
    "Key",
    "Known",
    "NoRoom",
    "Refusals",
    "Replay",
    "Retries",
    "Success",
    "TakenValues",
    "TrackedFinding",
    "UnmetFaults",
    "caller_of",
    "guess_batches",
    "guesses_not_proven",
    "instance_of",
    "is_guess",
    "judge_for",
    "law_contexts",
    "law_contexts_of",
    "replay_file",
    "too_busy",
]
