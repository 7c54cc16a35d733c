"""The HTML of what reports are made of, in a style that suits a light and a dark notebook alike.

A notebook's theme is its own, and no media query tells of it: so text has the colour of what it stands in, and a
background is a thin layer over it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape as html_escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bothends.failure_text import Failures
from bothends.reports import Field, Redactor, cookies_of, escape, preformatted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Exchange
    from bothends.reports import Entry


# `div`, and the class twice, outweigh what a notebook has to say of tables and code.
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
_STYLE = f"""
div.bothends {{ font: 14px/1.5 system-ui, sans-serif; color: inherit; max-width: 60rem; }}
div.bothends p {{ margin: .3em 0; overflow-wrap: anywhere; }}
div.bothends pre {{ font: 12.5px/1.5 {_MONO}; margin: 0; padding: 0; background: none; color: inherit;
  white-space: pre-wrap; overflow-wrap: anywhere; }}
div.bothends figure {{ margin: .5em 0; overflow-x: auto; }}
div.bothends svg {{ display: block; width: 100%; min-width: 34rem; height: auto; }}
div.bothends svg text.good {{ fill: color-mix(in srgb, #2a8a4a 60%, currentColor); }}
div.bothends svg text.bad {{ fill: color-mix(in srgb, #d1453b 60%, currentColor); }}
div.bothends table {{ border-collapse: collapse; margin: .5em 0; font-size: 13px; color: inherit; }}
div.bothends caption {{ text-align: left; font-weight: 600; padding: .2em 0; color: inherit; }}
div.bothends.bothends tr {{ background: none; }}
div.bothends.bothends :is(th, td) {{ text-align: left; vertical-align: top; padding: .25em .9em .25em .4em;
  border-top: 1px solid rgba(127, 127, 127, .3); background: none; font-weight: 400; overflow-wrap: break-word; }}
div.bothends.bothends thead th {{ font-weight: 600; border-top: 0; opacity: .75; }}
div.bothends.bothends .number {{ text-align: right; font-variant-numeric: tabular-nums; }}
div.bothends .columns {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: .8em; }}
div.bothends .columns > * {{ min-width: 0; overflow-x: auto; }}
div.bothends .box {{ padding: .5em .8em; border-left: 4px solid rgba(127, 127, 127, .5); min-width: 0;
  background: rgba(127, 127, 127, .1); }}
div.bothends .box.good {{ border-color: #2a8a4a; background: rgba(42, 138, 74, .12); }}
div.bothends .box.bad {{ border-color: #d1453b; background: rgba(209, 69, 59, .12); }}
div.bothends .box.doubt {{ border-color: #b7791f; background: rgba(183, 121, 31, .14); }}
div.bothends .box h4 {{ font-size: 12px; font-weight: 600; letter-spacing: .04em; margin: 0 0 .3em; opacity: .75; }}
div.bothends.bothends tr.bad > * {{ background: rgba(209, 69, 59, .14); }}
div.bothends.bothends tr.doubt > * {{ background: rgba(183, 121, 31, .14); }}
div.bothends.bothends tr.quiet > * {{ opacity: .7; }}
div.bothends del {{ background: rgba(209, 69, 59, .25); }}
div.bothends ins {{ background: rgba(42, 138, 74, .25); text-decoration: none; }}
div.bothends dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; margin: .5em 0; }}
div.bothends dt {{ opacity: .7; font-weight: 400; }}
div.bothends dd {{ margin: 0; min-width: 0; }}
div.bothends summary {{ cursor: pointer; }}
"""


def framed(parts: Iterable[str]) -> str:
    """Return parts as one element with its own style: each output of a notebook stands for itself."""
    return f'<div class="bothends"><style>{_STYLE}</style>{"".join(parts)}</div>'


def paragraph(text: str, *, strong: bool = False) -> str:
    """Return harmless text as a paragraph."""
    return f"<p><strong>{html_escape(text)}</strong></p>" if strong else f"<p>{html_escape(text)}</p>"


def box(title: str, inner: str, tone: str = "") -> str:
    """Return a box under a title; what is in it is HTML already."""
    return f'<div class="{f"box {tone}".rstrip()}"><h4>{html_escape(title)}</h4>{inner}</div>'


def columns(boxes: Iterable[str]) -> str:
    """Return boxes side by side where there is room."""
    return f'<div class="columns">{"".join(boxes)}</div>'


def figure(drawing: str, label: str) -> str:
    """Return a drawing; it can be scrolled with the keyboard where it is wider than its place."""
    return f'<figure tabindex="0" aria-label="{html_escape(label)}">{drawing}</figure>'


def folded(title: str, inner: str) -> str:
    """Return something that is unfolded when asked for."""
    return f"<details><summary>{html_escape(title)}</summary>{inner}</details>"


def entry(told: Entry, drawing: str = "") -> str:
    """Return an entry: what was promised beside what happened, then a drawing, then the rest.

    Args:
        told: The entry.
        drawing: What is drawn of it; it stands for the exchange in words.
    """
    compared = [
        box(field.label, preformatted(field.lines), "good" if field.label == "promised" else "bad")
        for field in told.fields
        if field.label in {"promised", "happened"}
    ]
    left_out = {"promised", "happened", "exchange" if drawing else ""}
    rest = [field for field in told.fields if field.label not in left_out]
    parts = [paragraph(told.heading, strong=True)]
    parts += [columns(compared)] if compared else []
    return "".join((*parts, drawing, fields(rest)))


def fields(told: Iterable[Field]) -> str:
    """Return labelled texts as a list."""
    items = (f"<dt>{html_escape(field.label)}</dt><dd>{preformatted(field.lines)}</dd>" for field in told)
    return f"<dl>{''.join(items)}</dl>"


def labelled(rows: Iterable[tuple[str, str]]) -> str:
    """Return labelled texts as a list; nothing of them is interpreted."""
    return fields(Field(label, tuple(map(escape, text.splitlines()))) for label, text in rows)


def as_json(value: Any) -> str:
    """Return a value as JSON, in one line."""
    return json.dumps(value, ensure_ascii=False)


# Something to look at: HTML where there is HTML, text everywhere else.


class Printer(Protocol):
    """What IPython writes text with; a part of `IPython.lib.pretty.PrettyPrinter`."""

    def text(self, obj: str) -> None:
        """Take text."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Rendered:
    """Something to look at.

    Attributes:
        html: One element with its style: no script, nothing from outside. What it says has been escaped.
        text: The same for a terminal.
    """

    html: str
    text: str

    def __repr__(self) -> str:
        """Return the text."""
        return self.text

    def _repr_html_(self) -> str:
        """Return the HTML, as IPython asks for it."""
        return self.html


# What is needed to tell of a record, and no record says.


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to tell of a record.

    Attributes:
        secrets: What is never shown.
        base_url: The target's, for commands.
        config: The settings file, for commands.
    """

    secrets: frozenset[str] = field(default_factory=frozenset)
    base_url: str = "$TARGET"
    config: Path = Path("bothends.toml")

    def redactor(self, exchange: Exchange | None = None) -> Redactor:
        """Return what hides the secrets, and the cookies of an exchange."""
        return Redactor(self.secrets).also(cookies_of(exchange))

    def failures(self) -> Failures:
        """Return what puts breaches and findings into words."""
        return Failures(self.config, tuple(self.secrets), self.base_url)
