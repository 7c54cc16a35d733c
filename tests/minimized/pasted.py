"""The request of a finding, pasted into a shell as `bothends replay ID --by-hand` shows it.

The command sets up the target and the world; what it prints, the lines that set variables among it, is pasted into
bash, and the answer is compared with that of the report: its status, its media type, and its body but for ids.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.cli.world import LAST_LINE
from tests.verdicts.command import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


def pasted(finding: dict[str, Any], folder: Path, config: Sequence[str]) -> dict[str, Any]:
    """Paste the request of a finding; return what was seen beside what the report shows.

    Args:
        finding: As the JSON report has it; one with a case and an exchange.
        folder: Where it was found.
        config: Words that name the settings.
    """
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


def status_of(finding: dict[str, Any]) -> int | str:
    """Return the status of the answer that shows a finding, or why there is none."""
    answer = (finding["exchange"] or {}).get("answer") or {}
    return answer.get("status") or answer.get("none") or ""
