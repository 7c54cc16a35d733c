"""`python -m bothends`, and the command `bothends`: from its first moment on, it ends when a person wants it to."""

from __future__ import annotations

import os
import signal
import sys

_INTERRUPTED = 130
"""128 + SIGINT, as shells have it; for SIGTERM too."""
_SOON = 0.01
"""Seconds until a signal is sent once more: then what was let go of is gone."""


def run() -> int:
    """Run the command line of this process.

    Returns:
        The exit code: that of `bothends.cli.main.main`.
    """
    sys.unraisablehook = _not_dropped
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from bothends.cli.main import main  # noqa: PLC0415 -- to load it takes a moment, in which it may be ended

        return main()
    except KeyboardInterrupt:
        os.write(2, b"Interrupted.\n")
        return _INTERRUPTED


def _not_dropped(dropped: sys.UnraisableHookArgs) -> None:
    """Send a signal once more that came while an object was let go of: CPython drops what is raised there."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    from threading import Timer, main_thread  # noqa: PLC0415 -- keeps start-up short

    # To the main thread: a signal that another one gets does not end what the main one waits for.
    Timer(_SOON, signal.pthread_kill, (main_thread().ident, signal.SIGINT)).start()


if __name__ == "__main__":
    code = run()
    exec("")  # noqa: S102 -- else CPython dies of SIGINT where the signal came in another `exec`, such as a dataclass has
    sys.exit(code)
