"""Over the banks of planted bugs: the request of each finding, pasted into a shell as shown, gets the answer shown.

    python -m tests.minimized.pasted [--only 'bank/hardened/*'] [--chunk-seconds 540] [--jobs 1] [--again]

Each bug is verified with the quick profile. Of each finding that shows a command, `bothends replay ID --by-hand` sets
up the target and the world; its commands, those that set variables among them, are pasted into bash, and the answer is
compared with that of the report: its status, its media type, and its body but for ids. What was seen is kept in
`pasted.jsonl` beside this file, one line for each bug. Run again, this goes on with the bugs that are not known yet;
`--again` tries those as well whose code has changed since.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.cli.world import LAST_LINE
from tests.minimized.once_more import QUICK, every_bug, in_a_process, reported, status_of
from tests.minimized.series import Series
from tests.verdicts.command import environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.minimized.once_more import Bug, Command

OUTCOMES = Path(__file__).parent / "pasted.jsonl"
STANDS_WITHIN = 90.0
"""Seconds within which the target and the world stand, and the request is answered."""
_STATUS = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.MULTILINE)
_MEDIA_TYPE = re.compile(r"^content-type: *([^\s;]*)", re.MULTILINE | re.IGNORECASE)
_OWN = re.compile(r"[0-9a-f-]{6,}|\d+|~\w+~", re.IGNORECASE)
"""What an answer has of its own: ids, numbers, times."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What came of a request that was pasted.

    Attributes:
        commands: What was pasted; empty: none was shown.
        said: What the command said instead.
        status: The status of the answer; empty: there was none.
        media_type: Its media type.
        body: Its body.
    """

    commands: str
    said: str = ""
    status: int | str = ""
    media_type: str = ""
    body: str = ""


def paste(folder: Path, finding: str, *words: str) -> Pasted:
    """Have a finding set up, paste the commands that are shown into bash, and return what they print.

    Args:
        folder: Where the finding was found.
        finding: Its ID.
        words: What else the command is told.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "bothends", "replay", finding, "--by-hand", *words],
        cwd=folder,
        env={**os.environ, **environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as standing:
        assert standing.stdout is not None
        assert standing.stderr is not None
        overdue = threading.Timer(STANDS_WITHIN, standing.kill)
        overdue.start()
        try:
            lines: list[str] = []
            for line in standing.stdout:
                if line == f"{LAST_LINE}\n":
                    return _answer("".join(lines), folder)
                lines.append(line)
            return Pasted("", standing.stderr.read())
        finally:
            overdue.cancel()
            standing.send_signal(signal.SIGINT)


def _answer(commands: str, folder: Path) -> Pasted:
    try:
        done = subprocess.run(
            ["bash"], input=commands.encode(), cwd=folder, capture_output=True, check=False, timeout=STANDS_WITHIN
        )
    except subprocess.TimeoutExpired:
        return Pasted(commands, "there was no answer")
    head, _, body = done.stdout.decode(errors="replace").replace("\r\n", "\n").partition("\n\n")
    while head.startswith("HTTP/1.1 1"):  # an interim answer
        head, _, body = body.partition("\n\n")
    status, media_type = _STATUS.search(head), _MEDIA_TYPE.search(head)
    return Pasted(
        commands,
        done.stderr.decode(errors="replace"),
        int(status[1]) if status else "",
        media_type[1] if media_type else "",
        body,
    )


def tried(bug: Bug, folder: Path, command: Command, *more: str) -> dict[str, Any]:
    """Verify a bug, and paste the request of each of its findings; return what was seen.

    Args:
        bug: The bug.
        folder: An empty folder.
        command: Runs bothends with some words in a folder.
        more: More words of `verify`.
    """
    named = bug.plant(folder)
    code, report = reported(folder, command, "verify", *named, *QUICK, *more)
    config = named if named[:1] == ("--config",) else ()
    found = [one for one in report.get("findings", ()) if one["exchange"] is not None and one["case"] is not None]
    return {"bug": bug.name, "code": code, "findings": [_pasted(one, folder, config) for one in found]}


def _pasted(finding: dict[str, Any], folder: Path, config: Sequence[str]) -> dict[str, Any]:
    known = {name: finding[name] for name in ("law", "cause", "case", "reproduced")}
    known |= {"status": status_of(finding), "shown": finding["request"]["curl"] is not None}
    if not known["shown"]:
        return {**known, "same": False}
    seen = paste(folder, finding["id"], *config)
    if not seen.commands:
        return {**known, "same": False, "said": seen.said.strip()[:300]}
    body, media_type = _shown(finding["exchange"]["answer"])
    answered = "none" not in finding["exchange"]["answer"]
    same = (known["status"] if answered else "", media_type) == (seen.status, seen.media_type)
    return {**known, "same": same, "again": seen.status, "body": _OWN.sub("#", body) == _OWN.sub("#", seen.body)}


def _shown(answer: dict[str, Any]) -> tuple[str, str]:
    """Return the body and the media type of the answer that a report shows."""
    if "none" in answer:
        return "", ""
    types = [value for name, value in answer["headers"] if name.lower() == "content-type"]
    return answer["body"].get("text", ""), types[0].partition(";")[0].strip() if types else ""


def _told(row: dict[str, Any]) -> str:
    shown = [one for one in row["findings"] if one["shown"]]
    wrong = [f"{one['case']}: {one['status']}, {one.get('again', one.get('said'))}" for one in shown if not one["same"]]
    others = f", {len(wrong)} of them not: {'; '.join(wrong)}" if wrong else ""
    return f"{len(row['findings'])} findings, {len(shown)} commands{others}"


def _summary(rows: Sequence[dict[str, Any]], count: int) -> tuple[str, bool]:
    findings = [one for row in rows for one in row["findings"]]
    shown = [one for one in findings if one["shown"]]
    same = [one for one in shown if one["same"]]
    body = [one for one in same if one["body"]]
    said = [one for one in shown if "said" in one]
    share = 100 * len(same) / len(shown) if shown else 100.0
    text = (
        f"{len(rows):,} of {count:,} bugs; {len(findings):,} findings, {len(shown):,} show a command: {len(same):,} "
        f"get the answer shown ({share:.1f} %), {len(body):,} of them with its body; of {len(said):,}, bothends says "
        f"why no command can send them"
    )
    return text, len(same) + len(said) == len(shown)


SERIES = Series(
    OUTCOMES,
    lambda: {bug.name: partial(tried, bug, command=in_a_process) for bug in every_bug()},
    _told,
    _summary,
)

if __name__ == "__main__":
    sys.exit(SERIES.main(__doc__ or ""))
