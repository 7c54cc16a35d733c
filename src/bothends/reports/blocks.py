"""What a page is made of: blocks of harmless text that each rendering lays out in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Tone(StrEnum):
    """What a text says of the contract; a rendering may show it as a colour."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    DOUBT = "doubt"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of its own.

    Attributes:
        text: The text.
        tone: What it says.
    """

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        cells: A text for each column.
        tone: What the row says.
    """

    cells: tuple[str, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head.

    Attributes:
        head: The columns' titles.
        numeric: Indices of the columns that hold numbers.
        rows: The rows.
    """

    head: tuple[str, ...]
    numeric: frozenset[int]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled text in an entry.

    Attributes:
        label: What it is.
        lines: The text's lines.
        command: Whether a person will paste it into a shell: it must not be broken.
    """

    label: str
    lines: tuple[str, ...]
    command: bool = False


LONGEST_LABEL = 40
"""Characters: frameworks make names from paths, which would push all texts out of a terminal of usual width."""

_LEAST_LABEL = 1
"""Characters of the column where all labels are longer: their texts are still indented."""


def label_width(fields: Iterable[Field]) -> int:
    """Return how wide the column of labels is, characters: those that are longer stand above their texts."""
    shorter = (len(field.label) for field in fields if len(field.label) <= LONGEST_LABEL)
    return max(shorter, default=_LEAST_LABEL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, or anything else that has a heading and fields.

    Attributes:
        heading: The first line.
        tone: What it says.
        fields: What follows, indented.
        law: The law that its heading names, where it is a finding.
    """

    heading: str
    tone: Tone
    fields: tuple[Field, ...]
    law: str = ""


Block = Line | Table | Entry


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of a map, and how warm it is.

    Attributes:
        text: What is there.
        part: How much of it is as it should be.
        whole: How much there is.
    """

    text: str
    part: int
    whole: int

    @property
    def warmth(self) -> int:
        """From 0, where nothing is as it should be, to `WARMEST`, where all is."""
        return WARMEST if self.part >= self.whole else min(WARMEST - 1, self.part * WARMEST // self.whole)


WARMEST = 4


@dataclass(frozen=True, slots=True)
class Band:
    """A row of a map.

    Attributes:
        label: What its cells are of.
        cells: The cells.
    """

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Appendix:
    """What is told of a run after all that its events say: a section of its own.

    Attributes:
        title: Its heading.
        lines: What it says first.
        map_title: What the map shows.
        bands: The map.
        tables: Tables, each with its title.
        entries: What is told one by one.
        lists: Lines that belong together, each with what they are.
    """

    title: str
    lines: tuple[Line, ...] = ()
    map_title: str = ""
    bands: tuple[Band, ...] = ()
    tables: tuple[tuple[str, Table], ...] = ()
    entries: tuple[Entry, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
