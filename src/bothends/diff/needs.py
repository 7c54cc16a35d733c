"""Compares by which steps two contracts say that the objects of requests are made: `x-needs`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_NEEDS
from bothends.diff.rule import rule
from bothends.documents import followed, items, nearest
from bothends.records import MISSING, json_equal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.contract.openapi import OperationPlace
    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

NEEDS = rule(
    "x-needs",
    what="`x-needs` has a step more, another order, other values or another state that is ready, or is gone.",
    why="Callers who take the steps of before have no object about which the request is right.",
)
NEEDS_ADDED = rule(
    "x-needs-added",
    what="`x-needs` is new, or asks for less: a step, a value or the state that is ready.",
    why="Who did more before has such an object all the same.",
)
_PARAMETER = re.compile(r"\{([^{}]*)\}")


def compare_needs(comparison: Comparison, old: OperationPlace, new: OperationPlace, about: About) -> None:
    """Compare by which steps the objects of two operations are made."""
    before, after = _terms(old), _terms(new)
    here = (nearest(old.place, X_NEEDS), nearest(new.place, X_NEEDS))
    for key, (name, place, said) in before.items():
        _, other, now = after.get(key, (name, here[1], None))
        lines = comparison.lines(place, other)
        if now is None:
            problem = f"Nothing says any more by which steps the object of '{name}' is made."
            comparison.breaks(NEEDS, about, problem, lines)
        elif more := _more(said, now):
            comparison.breaks(NEEDS, about, f"The object of '{name}' needs more than before: {more}.", lines)
        elif not json_equal(said, now):
            comparison.fits(NEEDS_ADDED, about, f"The object of '{name}' needs less than before.", lines)
    for key, (name, place, _) in after.items():
        if key not in before:
            problem = f"It is now said by which steps the object of '{name}' is made."
            comparison.fits(NEEDS_ADDED, about, problem, comparison.lines(here[0], place))


def _terms(operation: OperationPlace) -> dict[str, tuple[str, Place, dict[str, Any]]]:
    """Return what an operation says that its objects need, each with the parameter or the member that has the id.

    Those of a path are known by their place from its end: their names are in no request.
    """
    names = _PARAMETER.findall(operation.path)
    keys = {name: str(place - len(names)) for place, name in enumerate(names)}
    found: dict[str, tuple[str, Place, dict[str, Any]]] = {}
    for holder in (operation.item, operation.place):
        for place in filter(None, map(followed, items(holder, "parameters"))):
            if isinstance(name := place.value.get("name"), str):
                found.pop(keys.get(name, name), None)
                if steps := _said(place, operation.id):
                    found[keys.get(name, name)] = (name, place.child(X_NEEDS), steps)
    own = _said(operation.place, "")
    if own is not None:
        named = str(operation.place.value[X_NEEDS].get("for") or (names[-1] if names else ""))
        found[keys.get(named, named)] = (named, operation.place.child(X_NEEDS), own)
    return found


def _said(place: Place, before: str) -> dict[str, Any] | None:
    """Return the `x-needs` of a place, its steps as mappings, as far as one of them; None: it says nothing."""
    said = place.value.get(X_NEEDS)
    listed = said.get("steps") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(listed, list):
        return None
    steps = [one if isinstance(one, dict) else {"operation": one} for one in listed]
    names = [step.get("operation") for step in steps]
    if before in names:
        steps = steps[: names.index(before)]
        return {"steps": steps} if steps else None
    return {"steps": steps, "ready": said.get("ready")}


def _more(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what is needed now and was not, for a person to read; empty: nothing."""
    done: list[dict[str, Any]] = list(old["steps"])
    for step in new["steps"]:
        name = step.get("operation")
        at = next((place for place, one in enumerate(done) if one.get("operation") == name), None)
        if at is None:
            return f"the steps were {_listed(old['steps'])}, and are {_listed(new['steps'])}"
        if not all(_is_within(step.get(key, MISSING), done[at].get(key, MISSING)) for key in ("body", "parameters")):
            return f"other values of {name}"
        done = done[at + 1 :]
    ready = new.get("ready")
    if isinstance(ready, dict) and not json_equal(ready, old.get("ready")):
        return f"it is ready when {ready.get('is')} is at {ready.get('at')}"
    return ""


def _is_within(value: Any, other: Any) -> bool:
    """Return whether all that one value says is said by another one."""
    if value is MISSING:
        return True
    if isinstance(value, dict) and isinstance(other, dict):
        return all(_is_within(each, other.get(name, MISSING)) for name, each in value.items())
    return other is not MISSING and json_equal(value, other)


def _listed(steps: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(step.get("operation")) for step in steps)
