"""The page in a terminal, seen through a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.engine.events import (
    BatchFinished,
    BatchStarted,
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    Progress,
    RunFinished,
)
from bothends.records import NotProven, Severity
from bothends.reports.styled import LiveLine, StyledReport
from tests.in_words import conditions

if TYPE_CHECKING:
    from bothends.engine.events import Event
    from tests.reports.conftest import Samples

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A pseudo-terminal, and all that was written to it."""

    def __init__(self, columns: int) -> None:
        """Open it."""
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.stream = os.fdopen(slave, "w")
        self._read: list[bytes] = []
        self._reader = threading.Thread(target=self._drain)
        self._reader.start()

    def _drain(self) -> None:
        """Read until the other side is closed, which Linux tells as EIO and macOS as no bytes."""
        while True:
            try:
                chunk = os.read(self._master, 65536)
            except OSError:
                return
            if not chunk:
                return
            self._read.append(chunk)

    def text(self) -> str:
        """Close it, and return what was written."""
        self.stream.close()
        self._reader.join()
        os.close(self._master)
        return b"".join(self._read).decode()


@pytest.fixture(params=[80, 120])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of a usual width, whatever the environment of the tests says."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal(request.param)


def events(samples: Samples) -> list[Event]:
    """A run with one finding."""
    finding = samples.finding()
    started, finished = samples.run(samples.summary(finding, samples.finding(Severity.WARNING)))
    return [
        started,
        BatchStarted(1, conditions("the ingest fails once"), 1, ("recovery",)),
        ExchangeJudged(samples.exchange(), (finding.breach,)),
        FindingFound(finding),
        BatchFinished(1, 1),
        Examining(finding),
        FindingSettled(finding),
        finished,
    ]


def test_a_person_sees_progress_and_the_page(samples: Samples, terminal: Terminal) -> None:
    """New findings are told as they come, the page is in colour, and what was live is taken away."""
    report = StyledReport(terminal.stream, samples.surroundings)
    for event in events(samples):
        report.handle(event)
    report.close()
    text = terminal.text()
    shown = ESCAPES.sub("", text).replace("\r", "")
    assert "\x1b[1;31mBROKEN: nothing-dropped; 1 warning\x1b[0m" in text
    assert "error: nothing-dropped: The ingest drops a part of the event." in shown
    assert re.search(r"routeRequested +612 +610 *\n", shown)
    assert "   given     the ingest fails once\n" in shown
    assert "\x1b[?25h" in text, "the cursor is shown again"
    assert shown.rstrip().endswith("1,204 exchanges in 11.2 s, seed 7: BROKEN")


def test_a_command_is_left_whole(samples: Samples, terminal: Terminal) -> None:
    """A curl line is not broken by the page, so that it can be copied from any width."""
    report = StyledReport(terminal.stream, samples.surroundings)
    report.handle(RunFinished(samples.summary(samples.finding())))
    shown = ESCAPES.sub("", terminal.text())
    assert '-H \'Cache-Control: no-cache\' -b "$COOKIE" --data-raw \'{"data": "data"}\'' in shown


def test_a_long_label_stands_above_its_text(samples: Samples, terminal: Terminal) -> None:
    """A name as frameworks make them leaves room for the texts of all fields."""
    name = "update_task_projects__project_id__tasks__task_id__patch"
    unproven = (NotProven("answer 504", "not answered so"), NotProven(f"callback of {name}", "It never came."))
    report = StyledReport(terminal.stream, samples.surroundings)
    report.handle(RunFinished(replace(samples.summary(), not_proven=unproven)))
    shown = re.sub(r" +\n", "\n", ESCAPES.sub("", terminal.text()).replace("\r", ""))
    assert f"   answer 504  not answered so\n   callback of {name}\n               It never came.\n" in shown


def test_a_run_that_breaks_off_gives_the_terminal_back(samples: Samples, terminal: Terminal) -> None:
    """The cursor is shown again although no last event came."""
    report = StyledReport(terminal.stream, samples.surroundings)
    report.handle(samples.started())
    report.close()
    assert terminal.text().rindex("\x1b[?25h") > 0


def test_without_colour(samples: Samples, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR takes the colours away."""
    monkeypatch.setenv("NO_COLOR", "1")
    report = StyledReport(terminal.stream, samples.surroundings)
    report.handle(RunFinished(samples.summary(samples.finding())))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", terminal.text())


def test_the_live_line(samples: Samples) -> None:
    """One line says how much was done, how fast, what was found, and what is being done."""
    progress = LiveLine()
    assert "0 exchanges" in progress.line().plain
    for event in events(samples)[:-3]:
        progress.note(event)
    assert re.fullmatch(r" +1 exchange +\d+ s  1 finding  starting", progress.line().plain)
    progress.note(Progress(1, 1650, 600.0, "recovery of postRoute while the ingest fails once"))
    expected = r" +1 of 1,650 exchanges +\d+ s, about \d+ s left  1 finding  recovery of postRoute while the .*"
    assert re.fullmatch(expected, progress.line().plain)
    progress.note(Progress(40, 1650, 600.0, "crowd of postRoute"))
    assert re.match(r" +40 of 1,650 exchanges", progress.line().plain), "of lanes, progress alone tells what is done"
    progress.note(Examining(samples.finding()))
    progress.note(FindingFound(samples.finding()))
    assert progress.line().plain.endswith("2 findings  minimizing a finding: nothing-dropped")
