"""The target: an implementation in any language, at a URL or launched by a command."""

from bothends.launch.launched import LaunchedTarget, describe_exit
from bothends.launch.process import ProcessorWait, task_wait
from bothends.launch.target import RunningTarget, Stopped, Target

__all__ = [
    "LaunchedTarget",
    "ProcessorWait",
    "RunningTarget",
    "Stopped",
    "Target",
    "describe_exit",
    "task_wait",
]
