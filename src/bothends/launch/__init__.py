"""The target: an implementation in any language, at a URL or launched by a command."""

from bothends.launch.footprint import Footprint
from bothends.launch.launched import START_LIMIT, LaunchedTarget, describe_exit
from bothends.launch.process import ProcessorWait, task_wait
from bothends.launch.program import Program, check_names
from bothends.launch.setup import SetupRunner
from bothends.launch.target import REACH_LIMIT, RunningTarget, Stopped, Target
from bothends.launch.target_lock import TargetLock, lock_file

__all__ = [
    "REACH_LIMIT",
    "START_LIMIT",
    "Footprint",
    "LaunchedTarget",
    "ProcessorWait",
    "Program",
    "RunningTarget",
    "SetupRunner",
    "Stopped",
    "Target",
    "TargetLock",
    "check_names",
    "describe_exit",
    "lock_file",
    "task_wait",
]
