"""The command line: its number is in `run.pid`, and at the end its peak memory in `peak.txt`.

It takes a time limit at its word, however short.

python -m tests.hostile.measured verify …
"""

import os
import resource
import sys
from pathlib import Path

from bothends.cli.main import main
from bothends.contract.settings import settings

# As many as a process may open on many systems.
_FILES = 1_024

# A busy machine is no broken contract, so a run gives a target ten seconds at least. These tests need not.
settings.LEAST_JUDGED_TIME_LIMIT_MS = 1


def peak() -> float:
    """Return the most memory that this process has had, MiB.

    On Linux `ru_maxrss` begins with what the parent had when it forked, and a test run can be large; `VmHWM`
    (proc_pid_status(5)) is this program's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # macOS counts bytes


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    Path("run.pid").write_text(str(os.getpid()), encoding="ascii")
    code = main()
    Path("peak.txt").write_text(f"{peak():.1f}", encoding="utf-8")
    sys.exit(code)
