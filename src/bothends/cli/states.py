"""`bothends states`: all that the world can be put into."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from bothends.conditions import all_kinds
from bothends.reports import text_of
from bothends.reports.blocks import Line, Row, Table

if TYPE_CHECKING:
    import argparse

    from bothends.cli.output import Output
    from bothends.conditions import ConditionKind


def run(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command."""
    states = all_kinds()
    if arguments.json:
        out.write(json.dumps([told(state) for state in states], indent=2) + "\n")
        return 0
    rows = tuple(Row((state.pattern, brings_about(state), state.about)) for state in states)
    note = Line(
        "{upstream} is an upstream or an ingest of bothends.toml, {ingest} an ingest. "
        "`bothends world --given` takes these sentences."
    )
    out.write(text_of([Table(("sentence", "brings about", "what it does"), frozenset(), rows), note]))
    return 0


def told(state: ConditionKind) -> dict[str, Any]:
    """Return what is known of a state as a JSON value: texts and flags."""
    values = {field.name: getattr(state, field.name) for field in fields(state)}
    return {name: value for name, value in values.items() if isinstance(value, str | bool)}


def brings_about(state: ConditionKind) -> str:
    """Return what may come of a state, in words: its family, and whether the target may come through it."""
    family = state.family or "success"
    if state.recovers or state.doubtful:
        family = f"{family} or success"
    return f"{family}; the event may be stored" if state.may_store else family
