"""`bothends states`: all that the world can be put into."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bothends.reports import text_of
from bothends.reports.blocks import Line, Row, Table
from bothends.world import all_states

if TYPE_CHECKING:
    import argparse

    from bothends.cli.output import Output
    from bothends.world import StateInfo


def run(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command."""
    states = all_states()
    if arguments.json:
        out.write(json.dumps([asdict(state) for state in states], indent=2) + "\n")
        return 0
    rows = tuple(Row((state.pattern, brings_about(state), state.about)) for state in states)
    note = Line(
        "{upstream} is an upstream of bothends.toml, or ingest. `bothends world --given` takes these sentences."
    )
    out.write(text_of([Table(("sentence", "brings about", "what it does"), frozenset(), rows), note]))
    return 0


def brings_about(state: StateInfo) -> str:
    """Return what may come of a state, in words: its family, and whether the target may come through it."""
    family = state.family or "success"
    if state.recovers or state.doubtful:
        family = f"{family} or success"
    return f"{family}; the event may be stored" if state.may_store else family
