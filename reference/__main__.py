"""Runs the reference endpoint: `python -m reference`. With `--reload` it follows edits of the contract."""

import signal
import subprocess
import sys
import time

from reference.app import main, spec_file
from reference.contract import Contract


def follow() -> None:
    """Run the endpoint in a process of its own, and start it anew for each edit of the contract that can be read."""
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopped.append(received))
    file = spec_file()
    process = subprocess.Popen([sys.executable, "-m", "reference"])
    seen = file.stat().st_mtime_ns
    while not stopped and process.poll() is None:
        time.sleep(0.1)
        if not file.exists() or seen == (seen := file.stat().st_mtime_ns):  # an editor may put a new one in its place
            continue
        try:
            Contract(file)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong: the endpoint serves the contract before
            print(f"reference: {file.name} is not followed: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        # In-flight requests complete, and no event is lost: the process ends as at any SIGTERM.
        process.terminate()
        process.wait()
        process = subprocess.Popen([sys.executable, "-m", "reference"])
    process.terminate()
    raise SystemExit(process.wait())


if sys.argv[1:] == ["--reload"]:
    follow()
main()
