"""The target: an implementation in any language, at a URL or launched by a command."""

from bothends.launch.footprint import Footprint
from bothends.launch.launched import START_LIMIT, LaunchedTarget, describe_exit
from bothends.launch.process import ProcessorWait, task_wait
from bothends.launch.program import Program, check_names
from bothends.launch.setup import SetupRunner
from bothends.launch.target import REACH_LIMIT, RunningTarget, Stopped, Target

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
    "check_names",
    "describe_exit",
    "task_wait",
]
