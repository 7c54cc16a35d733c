"""Machines that are odd: limits, streams, folders, files of state, ports, locales. A table for the whole command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal

ROOT = Path(__file__).parents[2]
VERIFY = "verify --profile quick --seed 1 --only success --max-examples 1"
PROVEN, BROKEN, USERS, NOT_PROVEN, INTERRUPTED = 0, 1, 2, 4, 130
MOST_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Row:
    """One machine.

    Attributes:
        code: The exit code.
        says: What is printed.
        command: The arguments of `bothends`.
        before: What Bash does before: limits, files. `$B` is the command of `bothends`.
        streams: Redirections.
        env: Variables.
        settings: Lines of the settings.
        damaged: How the files of state of an earlier run are damaged: `cut`, `empty`, `binary`; empty: there was none.
    """

    code: int
    says: str = ""
    command: str = VERIFY
    before: str = ""
    streams: str = ""
    env: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    damaged: str = ""


ROWS: dict[str, Row] = {
    "as it should be": Row(PROVEN, "PROVEN"),
    # Streams.
    "no output": Row(PROVEN, streams=">&-"),
    "no errors": Row(PROVEN, streams="2>&-"),
    "no input": Row(PROVEN, "PROVEN", streams="<&-"),
    "neither output nor errors": Row(PROVEN, streams=">&- 2>&-"),
    "no stream at all": Row(PROVEN, streams="<&- >&- 2>&-"),
    "no output of lint": Row(PROVEN, command="lint", streams=">&- 2>&-"),
    "no output of help": Row(PROVEN, command="--help", streams=">&- 2>&-"),
    "no output of a wrong command": Row(USERS, command="verfy", streams=">&- 2>&-"),
    "output onto a full device": Row(
        USERS, "The output can't be written: No space left on device.", streams=">/dev/full"
    ),
    "errors onto a full device": Row(PROVEN, "PROVEN", streams="2>/dev/full"),
    "a reader that goes": Row(PROVEN, streams="| head -c 1"),
    # Reports.
    "a report onto a full device": Row(USERS, "The report can't be written", command=f"{VERIFY} --json /dev/full"),
    "a report into no folder": Row(
        USERS, "the folder 'nowhere' does not exist", command=f"{VERIFY} --json nowhere/r.json"
    ),
    "a report that is a folder": Row(USERS, "'.' is a folder, not a file", command=f"{VERIFY} --junit ."),
    "a report with a name that no file can have": Row(
        USERS, "File name too long.\n  next: Give it a shorter name.", command=f"{VERIFY} --json {'x' * 300}"
    ),
    "a spec with a name that no file can have": Row(
        USERS, "File name too long.\n  next: Give it a shorter name.", command=f"diff openapi.json {'x' * 300}"
    ),
    "a page into no folder": Row(
        USERS, "the folder 'nowhere' does not exist", command=f"{VERIFY} --html nowhere/r.html"
    ),
    # The folder of state.
    "the state is a file": Row(USERS, "The state folder can't be used: it is no folder.", before="touch .bothends"),
    "the state is a device": Row(USERS, "The state folder can't be created", command=f"{VERIFY} --state /dev/null/x"),
    "the state is where nothing can be": Row(USERS, "The state folder can't be", command=f"{VERIFY} --state /proc/x"),
    "the state is elsewhere": Row(PROVEN, "PROVEN", command=f"{VERIFY} --state elsewhere/deep"),
    "the state is elsewhere, by a variable": Row(PROVEN, "PROVEN", env={"BOTHENDS_STATE": "elsewhere"}),
    "a link of state to nowhere": Row(USERS, "The state folder can't be", before="ln -s nowhere/deep .bothends"),
    # Limits.
    "ten open files": Row(USERS, "Raise the limit of open files (`ulimit -n`).", before="ulimit -n 10"),
    "no file that grows": Row(USERS, "File too large", before="ulimit -f 0"),
    "no core files": Row(PROVEN, "PROVEN", before="ulimit -c 0"),
    "a small stack": Row(PROVEN, "PROVEN", before="ulimit -s 1024"),
    "four gibibytes of memory": Row(PROVEN, "PROVEN", before="ulimit -v 4194304"),
    # Ports.
    "a port in use": Row(
        USERS,
        "where ingest listens, is in use",
        before="$PYTHON -m http.server 10997 --bind 127.0.0.1 >/dev/null 2>&1 &\n"
        "until (: </dev/tcp/127.0.0.1/10997) 2>/dev/null; do sleep 0.05; done",
        settings='[world.ingest]\nkind = "webhook"\nport = 10997\n',
    ),
    "a host that is none of this machine": Row(
        USERS, "an address of this machine", settings='[world]\nhost = "192.0.2.1"\n[world.ingest]\nkind = "webhook"\n'
    ),
    "a port that only root may have": Row(
        USERS,
        "world.ingest.port",
        settings='[world.ingest]\nkind = "webhook"\nport = 70000\n',
    ),
    # What surrounds a process.
    "no home": Row(PROVEN, "PROVEN", before="unset HOME"),
    "a home that is not there": Row(PROVEN, "PROVEN", env={"HOME": "/nowhere"}),
    "no path": Row(PROVEN, "PROVEN", env={"PATH": "/nowhere"}),
    "temporary files nowhere": Row(PROVEN, "PROVEN", env={"TMPDIR": "/nowhere"}),
    "files that nobody else may read": Row(PROVEN, "PROVEN", before="umask 077"),
    "a terminal that can do nothing": Row(PROVEN, "PROVEN", env={"TERM": "dumb", "COLUMNS": "1"}),
    "a terminal of another planet": Row(PROVEN, "PROVEN", env={"TERM": "mars", "LINES": "-1", "COLUMNS": "x"}),
    "a proxy for everything": Row(
        PROVEN, "PROVEN", env={"HTTP_PROXY": "http://192.0.2.1:1", "ALL_PROXY": "http://192.0.2.1:1"}
    ),
    "warnings of Python": Row(PROVEN, "PROVEN", env={"PYTHONDEVMODE": "1"}),
    # Locales and clocks.
    "no locale": Row(PROVEN, "PROVEN", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "a locale that is not there": Row(PROVEN, "PROVEN", env={"LC_ALL": "xx_XX.UTF-8"}),
    "output in ascii": Row(PROVEN, "PROVEN", env={"PYTHONIOENCODING": "ascii"}),
    "a time zone that is none": Row(PROVEN, "PROVEN", env={"TZ": "Mars/Olympus"}),
    "a time zone of fourteen hours": Row(PROVEN, "PROVEN", env={"TZ": "Pacific/Kiritimati"}),
    # Files of state that are damaged.
    **{
        f"{how}: {command.split()[0]}": Row(code, says, command=command, damaged=how)
        for how in ("cut", "empty", "binary")
        for command, code, says in (
            ("accept 0123456789 --reason x --until 2099-01-01", USERS, "What the last run has noted is damaged."),
            ("explain --tie", USERS, "What the last run has told of its events is damaged."),
            (VERIFY, PROVEN, "PROVEN"),
        )
    },
}


def outcome(row: Row, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what came of a row, in a folder that has the project."""
    bothends = f'"{sys.executable}" -m bothends'
    (folder / "bothends.toml").write_text(
        'spec = "openapi.json"\n[target]\nready = "/"\n'
        f'command = ["{sys.executable}", "-m", "tests.sturdy.boxes"]\n'
        f'env = {{PORT = "{{port}}", PYTHONPATH = "{ROOT}"}}\n{row.settings}'
    )
    if row.damaged:
        subprocess.run(["bash", "-c", f"{bothends} {VERIFY}"], cwd=folder, check=True, capture_output=True)
        for file in (folder / ".bothends").rglob("*.json*"):
            data = file.read_bytes()
            file.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "binary": os.urandom(64)}[row.damaged])
    script = f"{row.before}\n{bothends} {row.command} {row.streams}"
    if row.streams.startswith("|"):
        script = f"set -o pipefail\n{script}"
    bash = "/bin/bash"
    return subprocess.run(
        [bash, "-c", f"trap 'kill $(jobs -p) 2>/dev/null' EXIT\n{script}\nexit $?"],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable, **row.env},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=MOST_SECONDS,
        check=False,
    )


def interrupted(folder: Path, number: signal.Signals, lines: int) -> tuple[int, str]:
    """Return the exit code and the output of a run that gets a signal when it has told of so many events."""
    events = folder / "events.ndjson"
    process = subprocess.Popen(
        [sys.executable, "-m", "bothends", "verify", "--seed", "1", "--ndjson", events.name],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + MOST_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if events.exists() and events.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.005)
    process.send_signal(number)
    said, _ = process.communicate(timeout=MOST_SECONDS)
    return process.returncode, said
