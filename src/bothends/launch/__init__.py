"""The target: an implementation in any language, at a URL or launched by a command."""

from bothends.launch.environment import LANE, LANE_FOLDER, STATE_FOLDER, expand, in_words, templates_of
from bothends.launch.footprint import Footprint
from bothends.launch.launched import START_LIMIT, LaunchedTarget, describe_exit
from bothends.launch.process import ProcessorUse, ProcessorWait, task_wait
from bothends.launch.program import Program, check_names
from bothends.launch.readiness import until_ready
from bothends.launch.setup import SetupRunner
from bothends.launch.spec import ask_for_spec
from bothends.launch.target import REACH_LIMIT, RunningTarget, Stopped, Target
from bothends.launch.target_lock import TargetLock, lock_file

__all__ = [
    "LANE",
    "LANE_FOLDER",
    "REACH_LIMIT",
    "START_LIMIT",
    "STATE_FOLDER",
    "Footprint",
    "LaunchedTarget",
    "ProcessorUse",
    "ProcessorWait",
    "Program",
    "RunningTarget",
    "SetupRunner",
    "Stopped",
    "Target",
    "TargetLock",
    "ask_for_spec",
    "check_names",
    "describe_exit",
    "expand",
    "in_words",
    "lock_file",
    "task_wait",
    "templates_of",
    "until_ready",
]
