"""What a change of a contract breaks, and for whom: a drawing with a line from each change to those who rely on it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape as html_escape
from typing import TYPE_CHECKING

from bothends.diff import Verdict
from bothends.display import markup
from bothends.display.markup import Rendered
from bothends.records import count_of
from bothends.reports import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.diff import Change

WIDTH = 760
_FONT = "system-ui, sans-serif"
_LEFT = (1, 478)
"""Where the boxes of changes begin and end."""
_RIGHT = (586, WIDTH - 1)
"""The same of those who are concerned."""
_HEIGHT = 44
_GAP = 12
_CHARACTERS = (64, 72, 21)
"""How many characters there is room for: in a change's first line, in its second, in a name."""
_COLOURS = {"bad": "#d1453b", "doubt": "#b7791f", "good": "#2a8a4a"}
_TONES = {Verdict.BREAK: "bad", Verdict.UNDECIDED: "doubt", Verdict.COMPATIBLE: "good"}
_SAID = {"bad": "breaks", "doubt": "may break", "good": "breaks"}
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody whom a change concerns.

    Attributes:
        name: The consumer of a pact; `callers` or `consumers` where no pact names them; `NOBODY`.
        role: What the consumer of a pact is: of `callers` or of `consumers`; empty: the name says it.
    """

    name: str
    role: str = ""


def concerned(change: Change) -> tuple[Concerned, ...]:
    """Return whom a change concerns: the consumers whose pacts rely on what it breaks, else all."""
    if _tone(change) == "good":
        return (Concerned(NOBODY),)
    names = dict.fromkeys(each.consumer for each in change.relied or ())
    known = tuple(Concerned(name, f"one of the {change.audience}") for name in names)
    role = "no pact relies on it" if change.relied is not None else ""
    return known or (Concerned(str(change.audience), role),)


def _tone(change: Change) -> str:
    return "good" if change.accepted else _TONES[change.verdict]


def render_difference(changes: Sequence[Change]) -> Rendered:
    """Return what has changed, to look at."""
    head = headline(changes)
    if not changes:
        return Rendered(markup.framed([markup.paragraph(head, strong=True)]), head)
    parts = [
        markup.paragraph(head, strong=True),
        markup.figure(drawing(changes, head), "changes, and whom they break"),
        *(markup.folded(*_details(each)) for each in changes if _tone(each) != "good"),
    ]
    return Rendered(markup.framed(parts), "\n".join((head, *map(_line, changes))))


def headline(changes: Sequence[Change]) -> str:
    """Return how many changes break somebody."""
    tones = [_tone(each) for each in changes]
    broken, doubt, fine = (tones.count(tone) for tone in ("bad", "doubt", "good"))
    of = count_of(len(changes), "change")
    words = [f"{broken:,} of {of} {'breaks' if broken == 1 else 'break'} somebody"] if broken else []
    words += [f"{doubt:,} undecided"] if doubt else []
    if words:
        return "; ".join(words)
    return f"no break; {count_of(fine, 'change')}" if fine else "no change"


def _line(change: Change) -> str:
    names = " and ".join(each.name for each in concerned(change))
    what = f"{_SAID[_tone(change)]} {escape(names)}"
    return f"  {_place(change)}: {escape(change.problem)} -> {what}"


def _place(change: Change) -> str:
    named = not change.part or change.subject.startswith(f"{change.part} ")
    return escape(change.subject if named else f"{change.part} of {change.subject}")


def _details(change: Change) -> tuple[str, str]:
    """Return the title of what is folded away, and both lines with the value that shows the break."""
    rows = [("was", f"{change.old}\n{change.old.text}"), ("is", f"{change.new}\n{change.new.text}")]
    if change.witness:
        is_sent = change.reach.part in {"request", "acknowledgement"}
        rows.append(("refused now" if is_sent else "allowed now", markup.as_json(change.witness[0])))
    rows += [("relied on", f"by {each.consumer}: {each.where} ({each.description})") for each in change.relied or ()]
    return f"{_place(change)}: {escape(change.problem)}", markup.labelled(rows)


# The drawing.


def drawing(changes: Sequence[Change], title: str) -> str:
    """Return the drawing: changes at the left, those who are concerned at the right, a line for each that is.

    Args:
        changes: The changes.
        title: What it shows, for who can't see it; all changes follow it in words.
    """
    people = list(dict.fromkeys(each for change in changes for each in concerned(change)))
    rows = max(len(changes), len(people))
    height = rows * (_HEIGHT + _GAP) - _GAP + 2
    at = dict(zip(people, _spread(len(people), height), strict=True))
    words = "; ".join(_line(change).strip() for change in changes)
    box = f'viewBox="0 0 {WIDTH} {height:g}" font-family="{_FONT}" font-size="12" fill="currentColor"'
    parts = [
        f'<svg role="img" class="breaks" xmlns="http://www.w3.org/2000/svg" {box}>',
        f"<title>{html_escape(title)}</title><desc>{html_escape(words)}</desc>",
    ]
    worst: dict[Concerned, str] = {}
    for change, top in zip(changes, _spread(len(changes), height), strict=True):
        tone = _tone(change)
        parts += (_curve(top, at[each], tone) for each in concerned(change))
        parts += _change_box(change, top, tone)
        for each in concerned(change):
            worst[each] = min(worst.get(each, tone), tone, key=list(_COLOURS).index)
    for each, top in at.items():
        parts += _person_box(each, top, worst[each])
    return "".join((*parts, "</svg>"))


def _spread(count: int, height: float) -> Iterator[float]:
    """Yield the tops of boxes that have the same space between them."""
    for place in range(count):
        yield 1 + (height - 2) * (place + 0.5) / count - _HEIGHT / 2


def _curve(left: float, right: float, tone: str) -> str:
    y, end = left + _HEIGHT / 2, right + _HEIGHT / 2
    middle = (_LEFT[1] + _RIGHT[0]) / 2
    path = f"M{_LEFT[1]} {y:g}C{middle:g} {y:g} {middle:g} {end:g} {_RIGHT[0] - 6} {end:g}"
    dashes = ' stroke-dasharray="2 5"' if tone == "good" else ""
    head = f'<path d="M{_RIGHT[0]} {end:g}l-8 -4v8z" fill="{_COLOURS[tone]}"/>'
    return f'<path d="{path}" fill="none" stroke="{_COLOURS[tone]}" stroke-width="1.5"{dashes}/>{head}'


def _box(sides: tuple[int, int], top: float, tone: str) -> str:
    size = f'x="{sides[0]}" y="{top:g}" width="{sides[1] - sides[0]}" height="{_HEIGHT}" rx="4"'
    colour = _COLOURS[tone]
    return f'<rect {size} fill="{colour}" fill-opacity=".12" stroke="{colour}" stroke-opacity=".6"/>'


def _change_box(change: Change, top: float, tone: str) -> Iterator[str]:
    yield _box(_LEFT, top, tone)
    yield from _lines(_LEFT[0], top, (change.problem, _place(change)), _CHARACTERS[:2])


def _person_box(each: Concerned, top: float, tone: str) -> Iterator[str]:
    yield _box(_RIGHT, top, tone)
    yield from _lines(_RIGHT[0], top, (each.name, each.role), (_CHARACTERS[2], _CHARACTERS[2] + 4))


def _lines(left: int, top: float, texts: Iterable[str], room: Iterable[int]) -> Iterator[str]:
    first, second = texts
    most, more = room
    y = top + (18 if second else 26)
    yield f'<text x="{left + 10}" y="{y:g}" font-weight="600">{html_escape(_cut(escape(first), most))}</text>'
    if second:
        words = html_escape(_cut(escape(second), more))
        yield f'<text x="{left + 10}" y="{top + 34:g}" fill-opacity=".8">{words}</text>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
