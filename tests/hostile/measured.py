"""The command line, with its peak memory in `peak.txt` at the end; it takes a time limit at its word, however short.

python -m tests.hostile.measured verify …
"""

import resource
import sys
from pathlib import Path

from bothends.cli.main import main
from bothends.contract import settings

# As many as a process may open on many systems.
_FILES = 1_024

# A busy machine is no broken contract, so a run gives a target ten seconds at least. These tests need not.
settings.LEAST_JUDGED_TIME_LIMIT_MS = 1

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    code = main()
    # Linux counts kilobytes, macOS bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    Path("peak.txt").write_text(f"{peak:.1f}", encoding="utf-8")
    sys.exit(code)
