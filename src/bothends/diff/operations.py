"""Compares the operations of two contracts: which there are, and each with its counterpart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.contract.openapi import select
from bothends.diff.answers import compare_answers
from bothends.diff.bodies import compare_body
from bothends.diff.comparison import About
from bothends.diff.credentials import compare_security
from bothends.diff.events import compare_events, compare_webhooks, tell_events_removed, tell_of_x_webhooks
from bothends.diff.histories import compare_reads
from bothends.diff.needs import compare_needs
from bothends.diff.parameters import compare_parameters
from bothends.diff.registrations import compare_registers
from bothends.diff.rule import Audience, Reach, Verdict, rule
from bothends.diff.servers import compare_servers
from bothends.diff.shared import compare_shared
from bothends.diff.transitions import compare_transitions
from bothends.documents import member
from bothends.errors import ContractError, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract.openapi import OperationPlace, Selection
    from bothends.diff.comparison import Comparison

REMOVED = rule(
    "operation-removed",
    what="An operation is gone.",
    why="Its callers get 404 or 405.",
)
MOVED = rule(
    "operation-moved",
    what="An operation has another path or another method: its `operationId` is elsewhere.",
    why="Its callers send their requests to where it was.",
)
ADDED = rule("operation-added", what="An operation is new.", why="Nobody calls it yet.")
RENAMED = rule(
    "operation-id",
    what="An operation has another `operationId`.",
    why="It is no part of any message; clients that are generated from the document have other names after that.",
)
UNUSABLE = rule(
    "unusable-path",
    what="A path can't be read on one side.",
    why="What is not looked at is not said to be compatible.",
)
_PARAMETER = re.compile(r"\{[^{}]*\}")


def compare_operations(comparison: Comparison, wanted: Sequence[str] | None) -> None:
    """Compare the operations of two contracts.

    Args:
        comparison: Takes the changes.
        wanted: Names and patterns of operations; None: all.

    Raises:
        ContractError: A pattern is of no operation of either.
    """
    sides = (comparison.old, comparison.new)
    whole = [select(side.root, None if wanted is None else ("*",), None) for side in sides]
    chosen = [[each for each in _all(one) if _is_wanted(each, wanted)] for one in whole]
    if wanted is not None:
        _check(wanted, whole)
    old, new = ({(_shape(each.path), each.method): each for each in listed} for listed in chosen)
    # Another method of the same path is not what a pattern means, so both sides are asked.
    every = {(_shape(each.path), each.method): each for each in _all(whole[1])}
    for key, each in old.items():
        other = new.get(key) or every.get(key)
        if other is None:
            _tell_removed(comparison, each, [one for k, one in every.items() if k not in old])
        else:
            _compare(comparison, each, other)
    for key, each in new.items():
        if key not in old and key not in {(_shape(one.path), one.method) for one in _all(whole[0])}:
            _tell_added(comparison, each)
    for number, one in enumerate(whole):
        for unusable in one.unusable:
            if not _is_same_path(comparison, unusable.what):
                _tell_unusable(comparison, number, unusable.what, unusable.error)
    compare_webhooks(comparison, _sent(chosen[0] + chosen[1]) if wanted is not None else None)
    if wanted is None:
        tell_of_x_webhooks(comparison)
    compare_servers(comparison)


def _all(selection: Selection) -> tuple[OperationPlace, ...]:
    return selection.every


def _sent(operations: Sequence[OperationPlace]) -> frozenset[str]:
    return frozenset(
        name for each in operations for name in each.place.value.get("x-sends", ()) if isinstance(name, str)
    )


def _is_wanted(operation: OperationPlace, wanted: Sequence[str] | None) -> bool:
    return wanted is None or any(operation.is_meant(pattern) for pattern in wanted)


def _check(wanted: Sequence[str], whole: Sequence[Selection]) -> None:
    known = [each for one in whole for each in _all(one)]
    for pattern in wanted:
        if not any(each.is_meant(pattern) for each in known):
            listed = list(dict.fromkeys(each.id for each in known))[:12]
            raise ContractError(f"Neither document has an operation '{pattern}'.", expected=one_of(listed))


def _shape(path: str) -> str:
    """Return a path without the names of its parameters, which are no part of a URL."""
    return _PARAMETER.sub("{}", path)


def _about(operation: OperationPlace) -> About:
    reach = Reach(operation.method.upper(), operation.path)
    return About(operation.line, Audience.CALLERS, reach=reach)


def _tell_removed(comparison: Comparison, old: OperationPlace, fresh: Sequence[OperationPlace]) -> None:
    own = old.place.mapping().get("operationId")
    moved = next((each for each in fresh if own and each.place.mapping().get("operationId") == own), None)
    if moved is not None:
        lines = comparison.lines(old.place, moved.place)
        comparison.breaks(MOVED, _about(old), f"{old.line} is now {moved.line}.", lines)
        _compare(comparison, old, moved)
        return
    holder = member(comparison.new.root, "paths") or comparison.new.root
    item = next((each.item for each in fresh if _shape(each.path) == _shape(old.path)), holder)
    comparison.breaks(REMOVED, _about(old), f"{old.line} is gone.", comparison.lines(old.place, item))
    tell_events_removed(comparison, old, item)


def _tell_added(comparison: Comparison, new: OperationPlace) -> None:
    holder = member(comparison.old.root, "paths") or comparison.old.root
    comparison.fits(ADDED, _about(new), f"{new.line} is new.", comparison.lines(holder, new.place))


def _is_same_path(comparison: Comparison, path: str) -> bool:
    """Return whether a path that can't be read says the same on both sides."""
    holders = [member(side.root, "paths") for side in (comparison.old, comparison.new)]
    places = [each.child(path) for each in holders if each is not None and path in each.value]
    return len(places) == len(holders) and comparison.unchanged.same(*places)


def _tell_unusable(comparison: Comparison, number: int, path: str, error: ContractError) -> None:
    lines = [side.spot(member(side.root, "paths") or side.root) for side in (comparison.old, comparison.new)]
    if error.where is not None:
        lines[number] = (comparison.old, comparison.new)[number].spot_at(error.where)
    about = About(path, Audience.CALLERS)
    problem = f"{path} can't be read: {error.problem}"
    comparison.found(UNUSABLE, Verdict.UNDECIDED, about, problem, (lines[0], lines[1]))


def _compare(comparison: Comparison, old: OperationPlace, new: OperationPlace) -> None:
    about = _about(old)
    same = comparison.unchanged.same
    ids = [each.place.mapping().get("operationId") for each in (old, new)]
    if ids[0] != ids[1] and ids[0] is not None:
        lines = comparison.lines(old.place, new.place)
        comparison.fits(RENAMED, about, f"The operationId was {ids[0]}, and is {ids[1]}.", lines)
    compare_security(comparison, old.place, new.place, about)
    if not (same(old.place, new.place) and _same_member(comparison, old, new)):
        compare_parameters(comparison, (old.item, old.place), (new.item, new.place), (old.path, new.path), about)
        compare_body(comparison, old.place, new.place, "request", about.of("request", part="request"))
        compare_answers(comparison, old.place, new.place, about)
        compare_needs(comparison, old, new, about)
        compare_transitions(comparison, old.place, new.place, about)
        compare_registers(comparison, old.place, new.place, about)
        compare_shared(comparison, old.place, new.place, about)
        compare_reads(comparison, old.place, new.place, about)
        compare_events(comparison, old, new)


def _same_member(comparison: Comparison, old: OperationPlace, new: OperationPlace) -> bool:
    """Return whether the path items have the same parameters."""
    lists = [each.item.value.get("parameters") for each in (old, new)]
    if lists == [None, None]:
        return True
    if None in lists:
        return False
    return comparison.unchanged.same(old.item.child("parameters"), new.item.child("parameters"))
