"""The target: an implementation in any language, and the client that sends exchanges to it."""

from bothends.target.client import Client, Sent
from bothends.target.control import ControlRequests
from bothends.target.launched import LaunchedTarget, describe_exit
from bothends.target.manners import MANNERS, Manner
from bothends.target.processor_wait import ProcessorWait, task_wait
from bothends.target.raw import send_raw
from bothends.target.raw_text import callers
from bothends.target.running import RunningTarget
from bothends.target.target import Stopped, Target

__all__ = [
    "MANNERS",
    "Client",
    "ControlRequests",
    "LaunchedTarget",
    "Manner",
    "ProcessorWait",
    "RunningTarget",
    "Sent",
    "Stopped",
    "Target",
    "callers",
    "describe_exit",
    "send_raw",
    "task_wait",
]
