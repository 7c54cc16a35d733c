"""How tests hold a pact against the project's contract."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bothends.pacts import Disagreement, disagreements
from tests.pacts.pact_files import project_contract, read

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

POST = "/paths/~1api~1route/post"
CALLBACK = f"{POST}/callbacks/routeRequested/{{ingest}}~1e~1{{eventKey}}/post"


def of(folder: Path, value: Any, contract: Contract | None = None) -> list[Disagreement]:
    """Return the disagreements of a pact."""
    return disagreements(read(folder, value), contract or project_contract())


def told(folder: Path, value: Any) -> list[tuple[str, str, str, str, str]]:
    """Return disagreements: both pointers, what is wrong, what is expected and what is there."""
    found = of(folder, value)
    for each in found:
        assert each.pact.line is not None
        assert each.spec.line is not None
        assert folder / "web-route.json" == each.pact.file
    return [(each.pact.pointer, each.spec.pointer, each.summary, each.expected, each.actual) for each in found]


def changed(value: Any, *changes: tuple[tuple[str, ...], Any]) -> Any:
    """Return a copy with values replaced, each by the way to it."""
    made = copy.deepcopy(value)
    for way, new in changes:
        holder = made
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = new
    return made


def content(part: str, value: Any) -> tuple[tuple[str, ...], Any]:
    """Return a change of a V4 body."""
    return (part, "body", "content"), value
