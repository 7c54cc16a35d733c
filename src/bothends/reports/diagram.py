"""A sequence diagram of an exchange as SVG: it takes its colours from what it stands in, and needs no script."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING

from bothends.reports.steps import Mood, parties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.reports.steps import Step

WIDTH = 760
"""Width in the units of the drawing; it is scaled to where it stands."""
_LEFT = 110
_HEAD = 44
_ROW = 38
_COLOURS = {Mood.PLAIN: "currentColor", Mood.GOOD: "#2a8a4a", Mood.BAD: "#d1453b"}
"""Legible on white and on near black alike, where no style says otherwise."""
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
_CHARACTER = 7.3
"""Width of a character."""
_CHARACTERS = 40
"""Characters of a step that are shown at least; over a long arrow, as many as it is long."""


def svg(told: tuple[Step, ...], title: str) -> str:
    """Return the drawing: a line down for each party, an arrow for each step, its time at the left.

    Args:
        told: The steps.
        title: What it shows, for who can't see it; all steps follow it in words.
    """
    names = parties(told)
    gap = (WIDTH - _LEFT - 70) / max(len(names) - 1, 1)
    at = {name: _LEFT + gap * place for place, name in enumerate(names)}
    height = _HEAD + _ROW * len(told) + 18
    words = "; ".join(f"{step.at:g} ms {step.sender} to {step.receiver}: {step.text}" for step in told)
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="{_FONT}" font-size="12" fill="currentColor"'
    parts = itertools.chain(
        [f'<svg role="img" class="sequence" xmlns="http://www.w3.org/2000/svg" {box}>'],
        [f"<title>{escape(title)}</title><desc>{escape(words)}</desc>"],
        _lanes(at, height),
        itertools.chain.from_iterable(_arrow(step, at, _HEAD + _ROW * row) for row, step in enumerate(told)),
        ["</svg>"],
    )
    return "".join(parts)


def _lanes(at: dict[str, float], height: int) -> Iterator[str]:
    for name, x in at.items():
        yield f'<text x="{x:g}" y="20" text-anchor="middle" font-weight="600">{escape(_cut(name, 14))}</text>'
        yield (
            f'<line x1="{x:g}" x2="{x:g}" y1="30" y2="{height - 6}" stroke="currentColor" stroke-opacity=".3"'
            ' stroke-dasharray="2 4"/>'
        )


def _arrow(step: Step, at: dict[str, float], top: int) -> Iterator[str]:
    start, end, y = at[step.sender], at[step.receiver], top + 24
    # The class lets a page that knows its own background choose better.
    colour, mood = _COLOURS[step.mood], f'class="{step.mood}"'
    dashes = ' stroke-dasharray="6 4"' if step.reply else ""
    yield f'<text x="8" y="{y + 4}" fill-opacity=".7">{step.at:g} ms</text>'
    # The text stands over its arrow, but never beyond the drawing's edge.
    shown = _cut(step.text, max(_CHARACTERS, int(abs(end - start) / _CHARACTER)))
    half = len(shown) * _CHARACTER / 2
    middle = min(max((start + end) / 2, _LEFT - 30 + half), WIDTH - 4 - half)
    yield f'<text x="{middle:g}" y="{y - 6}" text-anchor="middle" {mood} fill="{colour}">{escape(shown)}</text>'
    if start != end:
        way = 1 if end > start else -1
        yield f'<line {mood} x1="{start:g}" x2="{end - 6 * way:g}" y1="{y}" y2="{y}" stroke="{colour}"{dashes}/>'
        yield f'<path {mood} d="M{end:g} {y}l{-8 * way} -4v8z" fill="{colour}"/>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
