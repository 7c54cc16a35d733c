"""The table of faults. Each is a file of its own; here is its one line."""

from bothends.world.faults.answers_after import AnswersAfter
from bothends.world.faults.answers_garbage import AnswersGarbage
from bothends.world.faults.answers_status import AnswersStatus
from bothends.world.faults.fails_at_random import FailsAtRandom
from bothends.world.faults.fails_once import FailsOnce
from bothends.world.faults.fault import Fault
from bothends.world.faults.hangs import Hangs
from bothends.world.faults.loses_at_random import LosesAtRandom
from bothends.world.faults.resets import Resets
from bothends.world.faults.unreachable import Unreachable
from bothends.world.registry import Registry

FAULTS: Registry[type[Fault]] = Registry(
    "fault",
    lambda fault: fault.pattern,
    Unreachable,
    Resets,
    Hangs,
    AnswersStatus,
    AnswersGarbage,
    AnswersAfter,
    FailsOnce,
    FailsAtRandom,
    LosesAtRandom,
)
