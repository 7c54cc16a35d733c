"""The one screen of a watched run: painted over in place on a terminal, lines one after the other elsewhere."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Protocol

from bothends.reports import Tone, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.reports import Stream
    from bothends.watch.board import Board, PartLine
    from bothends.watch.standing import Standing

Text = tuple[str, Tone]
"""One line, and what it says of the contract."""

LAST_LINE = "Ctrl-C ends"
REPAINT_SECONDS = 0.1
"""Least time between two paintings that show no more than progress."""
_NARROWEST, _LOWEST = 20, 8
_CODES = {Tone.GOOD: "1;32", Tone.BAD: "1;31", Tone.DOUBT: "1;33", Tone.QUIET: "2"}
_NAME_WIDTH = 11


class Terminal(Protocol):
    """Where a live screen is painted."""

    def write(self, text: str, /) -> int:
        """Take text."""
        ...

    def flush(self) -> None:
        """Write out what was taken."""
        ...

    def fileno(self) -> int:
        """Return the descriptor, by which the size is asked for."""
        ...


class Screen(Protocol):
    """Shows a board."""

    def show(self, board: Board, *, progress: bool = False) -> None:
        """Show it as it is now; `progress` says that nothing but numbers has changed."""
        ...

    def close(self, board: Board) -> None:
        """Leave the last state readable."""
        ...


def part_line(part: PartLine) -> Text:
    """Return the line of a part."""
    name = part.name.ljust(_NAME_WIDTH)
    if not part.verdict:
        return f"{name}  running{f', {escape(part.what)}' if part.what else ''}", Tone.QUIET
    more = f" ({escape(part.what)})" if part.what else ""
    return f"{name}  {part.verdict}{more}, {part.seconds:.1f} s", part.tone


def finding_line(one: Standing) -> str:
    """Return the line of a finding: what names it comes first, as a narrow terminal cuts the rest."""
    return f"{one.id}  {escape(one.law)} ({escape(one.case, 80)}): {escape(one.summary, 160)}"


def lines_of(board: Board, height: int) -> list[Text]:
    """Return the lines of a board, at most `height`: findings are left out, and counted, before anything else is."""
    top: list[Text] = [(escape(board.title), Tone.QUIET), (f"round {board.round}: {escape(board.changed)}", Tone.PLAIN)]
    top += map(part_line, board.parts)
    top += [(escape(line), Tone.DOUBT) for line in board.problem]
    bottom: list[Text] = [(f"note: {escape(note)}", Tone.QUIET) for note in board.notes]
    bottom += [("", Tone.PLAIN), (_last(board), Tone.QUIET)]
    if len(top) + len(bottom) > height:  # a long error: its beginning says most, and how to end stays
        return [*top[: max(2, height - 1)], bottom[-1]][:height]
    room = height - len(top) - len(bottom)
    return [*top, *_findings(board, room), *bottom]


def _findings(board: Board, room: int) -> Iterator[Text]:
    """Yield the findings, those that stand first, in so many lines."""
    for heading, found, tone in (("stands", board.standing, Tone.BAD), ("fixed", board.fixed, Tone.GOOD)):
        needed = 2 + len(found)
        if not found or room < 3:  # noqa: PLR2004 -- a gap, the heading and one line
            continue
        shown = len(found) if needed <= room else room - 3
        yield "", Tone.PLAIN
        yield f"{heading}, {len(found):,}:", tone
        yield from ((f"  {finding_line(each)}", Tone.PLAIN) for each in found[:shown])
        if shown < len(found):
            yield f"  and {len(found) - shown:,} more", Tone.PLAIN
        room -= 2 + shown + (shown < len(found))


def _last(board: Board) -> str:
    words = [LAST_LINE]
    if board.standing:
        words.append(f"bothends replay {board.standing[0].id} shows a finding whole")
    if board.waiting:
        words.insert(0, "waiting for a change")
    return "; ".join(words)


class LiveScreen:
    """Paints the board over itself, as high and as wide as the terminal is at that moment."""

    def __init__(self, stream: Terminal, *, colour: bool) -> None:
        """Take the terminal, a stream that has a descriptor, and whether lines are coloured."""
        self._stream = stream
        self._colour = colour
        self._painted = 0.0
        self._begun = False

    def show(self, board: Board, *, progress: bool = False) -> None:
        """Paint it."""
        now = time.monotonic()
        if progress and now - self._painted < REPAINT_SECONDS:
            return
        self._painted = now
        width, height = self._size()
        # One line stays free: a line feed in the last one would move all of them.
        lines = lines_of(board, height - 1)
        painted = "".join(f"{self._styled(text, tone, width)}\x1b[K\r\n" for text, tone in lines)
        # The first time, what stood there before goes into what can be scrolled back to.
        begin = "" if self._begun else "\x1b[2J"
        self._begun = True
        self._stream.write(f"{begin}\x1b[H{painted}\x1b[J")
        self._stream.flush()

    def close(self, board: Board) -> None:
        """Paint it a last time; what comes after stands below."""
        self.show(board)

    def _styled(self, text: str, tone: Tone, width: int) -> str:
        cut = _fitting(text, width)
        code = _CODES.get(tone, "") if self._colour else ""
        return f"\x1b[{code}m{cut}\x1b[0m" if code and cut else cut

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:
            columns, lines = 0, 0
        return max(columns or 80, _NARROWEST), max(lines or 24, _LOWEST)


def _fitting(text: str, width: int) -> str:
    """Return a text that takes one line of a terminal: a character may be two columns wide."""
    if len(text) < width and text.isascii():
        return text
    from unicodedata import east_asian_width  # noqa: PLC0415 -- for texts that are not ASCII, or too long

    taken = 0
    for index, character in enumerate(text):
        taken += 2 if east_asian_width(character) in {"W", "F"} else 1
        if taken > width - 1:
            return f"{text[: index - 1]}…" if index else ""
    return text


class PlainScreen:
    """Writes what is new, line by line: for a pipe, a log, and a terminal that can do nothing."""

    def __init__(self, stream: Stream) -> None:
        """Take where to write."""
        self._stream = stream
        self._round = 0
        self._told: set[str] = set()
        self._ended = 0
        self._waiting = False

    def show(self, board: Board, *, progress: bool = False) -> None:
        """Write what was not written before; progress is not."""
        if progress:
            return
        lines = [board.title] if self._round == 0 else []
        if board.round != self._round:
            self._round, self._ended, self._waiting = board.round, 0, False
            self._told = set()
            lines.append(f"round {board.round}: {escape(board.changed)}")
        ended = [part for part in board.parts if part.verdict]
        lines += [part_line(part)[0] for part in ended[self._ended :]]
        self._ended = len(ended)
        lines += self._new(escape(line) for line in board.problem)
        lines += self._new(f"note: {escape(note)}" for note in board.notes)
        if board.waiting and not self._waiting:
            self._waiting = True
            lines += [f"stands: {finding_line(each)}" for each in board.standing]
            lines += [f"fixed: {finding_line(each)}" for each in board.fixed]
            lines.append(_last(board))
        self._write(lines)

    def close(self, board: Board) -> None:
        """Write what is left."""
        self.show(board)

    def _new(self, lines: Iterable[str]) -> list[str]:
        fresh = [line for line in lines if line not in self._told]
        self._told.update(fresh)
        return fresh

    def _write(self, lines: Sequence[str]) -> None:
        if lines:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
