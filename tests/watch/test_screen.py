"""One screen: it stays readable whatever is on it."""

from __future__ import annotations

import io
import os
import pty
from typing import TYPE_CHECKING

from bothends.reports.blocks import Tone
from bothends.watch.board import Board, PartLine
from bothends.watch.screen import LiveScreen, PlainScreen, lines_of
from bothends.watch.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence


def standing(count: int, summary: str = "It is wrong.") -> tuple[Standing, ...]:
    """Return findings."""
    return tuple(Standing(f"{n:08x}", "event-schema", f"cause {n}", summary, "success/usual") for n in range(count))


def board(stands: int = 0, fixed: int = 0, problem: Sequence[str] = ()) -> Board:
    """Return the board of a round that is over."""
    made = Board("watching bothends.toml")
    made.begin("changed: openapi.yaml")
    made.parts = [PartLine("failed last", "", "1 of 2 still there", 0.84, tone=Tone.BAD), PartLine("all", "", "PROVEN")]
    made.standing, made.fixed, made.problem, made.waiting = standing(stands), standing(fixed), problem, True
    return made


def texts(shown: Board, height: int) -> list[str]:
    """Return the lines without what they say of the contract."""
    return [text for text, _ in lines_of(shown, height)]


def test_a_round_in_lines() -> None:
    """What changed, each part with its verdict and time, what stands, what is fixed, and how to end."""
    assert [
        "watching bothends.toml",
        "round 1: changed: openapi.yaml",
        "failed last  1 of 2 still there, 0.8 s",
        "all          PROVEN, 0.0 s",
        "",
        "stands, 1:",
        "  00000000  event-schema (success/usual): It is wrong.",
        "",
        "fixed, 1:",
        "  00000000  event-schema (success/usual): It is wrong.",
        "",
        "waiting for a change; Ctrl-C ends; bothends replay 00000000 shows a finding whole",
    ] == texts(board(1, 1), 24)


def test_it_is_never_higher_than_the_terminal() -> None:
    """Findings are left out first, and counted; the verdicts and how to end stay."""
    for height in range(7, 60):
        for stands, fixed in ((40, 40), (3, 40), (0, 3), (40, 0)):
            shown = texts(board(stands, fixed), height)
            assert len(shown) <= height
            assert "all          PROVEN, 0.0 s" in shown
            assert "Ctrl-C ends" in shown[-1]
    assert "  and 33 more" in texts(board(40), 16)
    assert "Ctrl-C ends" in texts(board(3, 3, ["wrong"] * 90), 12)[-1]


def test_text_of_a_target_changes_no_terminal() -> None:
    """Escape sequences, line feeds and right-to-left marks are shown, not obeyed."""
    shown = board()
    shown.standing = standing(1, "\x1b[2J\u202eevil\r\nnext")
    shown.problem = ["\x1b]0;title\x07"]
    shown.parts[0].what, shown.parts[0].verdict = "\x1b[1m", ""
    stream = io.StringIO()
    PlainScreen(stream).show(shown)
    assert not set("\x1b\x07\r\u202e") & set(stream.getvalue())
    assert "\\x1b[2J\\u202eevil\\r\\nnext" in stream.getvalue()


def test_without_a_terminal_each_line_is_written_once() -> None:
    """Progress is not; a round that goes on adds its lines."""
    stream = io.StringIO()
    screen, shown = PlainScreen(stream), board(1)
    last, shown.parts[1].verdict, shown.waiting = shown.parts[1], "", False
    screen.show(shown)
    last.what = "3 of 4 exchanges"
    screen.show(shown, progress=True)
    screen.show(shown)
    assert "failed last  1 of 2 still there, 0.8 s" == stream.getvalue().splitlines()[-1]
    last.what, last.verdict, shown.waiting = "", "PROVEN", True
    screen.show(shown)
    screen.close(shown)
    assert 6 == len(stream.getvalue().splitlines())
    shown.begin("changed: app.py")
    screen.show(shown)
    assert stream.getvalue().endswith("round 2: changed: app.py\n")


def test_a_terminal_is_painted_over_in_place() -> None:
    """From the top, each line cut to the width, what is left below cleared; it is cleared as a whole only once."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream, os.fdopen(master, "rb", buffering=0) as seen:
        os.set_blocking(master, False)
        screen, shown = LiveScreen(stream, colour=True), board()
        shown.problem = ["x" * 200, "\u4e16\u754c" * 60]
        screen.show(shown)
        first = seen.read().decode()
        screen.show(shown, progress=True)
        assert None is seen.read()
        screen.close(shown)
        second = seen.read().decode()
    assert first.startswith("\x1b[2J\x1b[H")
    assert second.startswith("\x1b[H")
    assert second.endswith("\x1b[J")
    assert "\x1b[1;31mfailed last  1 of 2 still there, 0.8 s\x1b[0m\x1b[K" in second
    assert f"{'x' * 78}…" in second
    assert "\u4e16\u754c" * 19 + "\u2026" in second or "\u4e16\u754c" * 19 + "\u4e16\u2026" in second
