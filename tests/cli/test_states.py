"""`bothends states`: all states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.cli.world import leads_to
from bothends.conditions import ConditionKind, all_kinds

if TYPE_CHECKING:
    from tests.cli.conftest import Project


def test_each_state_is_listed_with_what_it_leads_to(project: Project) -> None:
    """Every sentence stands on a line with its family and what it does."""
    listed = project.call("states")
    assert (0, "") == (listed.code, listed.err)
    lines = listed.out.splitlines()
    assert ["state", "leads", "to", "what", "it", "does"] == lines[0].split()
    for state in all_kinds():
        (line,) = (line for line in lines if line.startswith(f"{state.pattern}  "))
        assert line.endswith(state.about)
        assert f"  {leads_to(state)}  " in line


def test_as_json(project: Project) -> None:
    """A program gets the same as an array of objects."""
    listed = project.call("states", "--json")
    assert [state.pattern for state in all_kinds()] == [state["pattern"] for state in json.loads(listed.out)]


def test_what_a_state_leads_to_in_words() -> None:
    """A state that the target may come through, or that may store the event, says so."""
    assert "success" == leads_to(ConditionKind("signed-in", "signed in", "", "", "session"))
    lost = ConditionKind("", "", "", "upstream-*", "upstream", recovers=True, may_store=True)
    assert "upstream-* or success; the event may be stored" == leads_to(lost)
