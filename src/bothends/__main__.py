"""`python -m bothends`, and the command `bothends`: from its first moment on, it ends when a person wants it to."""

import os
import signal
import sys

_INTERRUPTED = 130
"""128 + SIGINT, as shells have it; for SIGTERM too."""


def run() -> int:
    """Run the command line of this process.

    Returns:
        The exit code: that of `bothends.cli.main.main`.
    """
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from bothends.cli.main import main  # noqa: PLC0415 -- to load it takes a moment, in which it may be ended

        return main()
    except KeyboardInterrupt:
        os.write(2, b"Interrupted.\n")
        return _INTERRUPTED


if __name__ == "__main__":
    code = run()
    exec("")  # noqa: S102 -- else CPython dies of SIGINT where the signal came in another `exec`, such as a dataclass has
    sys.exit(code)
