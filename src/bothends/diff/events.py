"""Compares the events of two contracts: which there are, where they go, what is in them, and what is promised."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import METHODS, X_SENDS
from bothends.diff.answers import compare_acknowledgements
from bothends.diff.bodies import compare_body
from bothends.diff.comparison import About
from bothends.diff.credentials import compare_event_security
from bothends.diff.guarantees import compare_guarantees
from bothends.diff.histories import compare_state
from bothends.diff.parameters import compare_event_parameters
from bothends.diff.rule import Audience, Reach, Verdict, rule
from bothends.documents import member, members, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.openapi import OperationPlace
    from bothends.diff.comparison import Comparison
    from bothends.documents import Place

REMOVED = rule(
    "event-removed",
    what="A callback or a webhook is gone, or an operation no longer sends a webhook.",
    why="Its consumers wait for an event that never comes.",
)
ADDED = rule("event-added", what="A callback or a webhook is new.", why="Nobody waits for it yet.")
URL = rule(
    "event-url",
    what="The URL of a callback is another one.",
    why="Its consumers listen where it was.",
)
METHOD = rule(
    "event-method",
    what="The method of an event is another one.",
    why="The consumers' routes are for the old one, and answer 405.",
)
UNREAD = rule(
    "x-webhooks",
    what="What documents of OpenAPI 3.0 have under `x-webhooks`, which is no word of OpenAPI, has changed.",
    why="It is not compared, but for the names: in OpenAPI 3.1, `webhooks` is the place.",
)
_X_WEBHOOKS = "x-webhooks"
RENAMED = rule("event-renamed", what="A callback has another name.", why="The name is no part of any message.")


@dataclass(frozen=True, slots=True)
class _Event:
    """An event as it is declared.

    Attributes:
        name: The name of its callback or webhook.
        url: The callback's key; empty: it is a webhook.
        method: HTTP method, lower case.
        places: The callback, the path item, and the operation in it.
    """

    name: str
    url: str
    method: str
    places: tuple[Place, ...]

    @property
    def place(self) -> Place:
        """Where its operation stands."""
        return self.places[-1]


def compare_events(comparison: Comparison, old: OperationPlace, new: OperationPlace) -> None:
    """Compare the callbacks of two operations, and the webhooks that they send."""
    before, after = list(_callbacks(old.place)), list(_callbacks(new.place))
    here = (nearest(old.place, "callbacks"), nearest(new.place, "callbacks"))
    reach = Reach(old.method.upper(), old.path, part="event")
    for one, other in _matched(before, after):
        if one is not None and other is not None:
            about = About(f"event {one.name} of {old.line}", Audience.CONSUMERS, reach=_reach(reach, one))
            _compare(comparison, one, other, about)
        elif one is not None:
            about = About(f"event {one.name} of {old.line}", Audience.CONSUMERS, reach=_reach(reach, one))
            lines = comparison.lines(one.place, here[1])
            comparison.breaks(REMOVED, about, f"The callback '{one.name}' is gone.", lines)
        elif other is not None:
            about = About(f"event {other.name} of {new.line}", Audience.CONSUMERS)
            lines = comparison.lines(here[0], other.place)
            comparison.fits(ADDED, about, f"The callback '{other.name}' is new.", lines)
    _compare_sent(comparison, old, new)


def tell_events_removed(comparison: Comparison, old: OperationPlace, holder: Place) -> None:
    """Tell that the events of an operation that is gone are gone as well.

    Args:
        comparison: Takes the changes.
        old: The operation.
        holder: What would hold it in the new document.
    """
    for one in _callbacks(old.place):
        reach = _reach(Reach(old.method.upper(), old.path, part="event"), one)
        about = About(f"event {one.name} of {old.line}", Audience.CONSUMERS, reach=reach)
        problem = f"The callback '{one.name}' is gone with its operation."
        comparison.breaks(REMOVED, about, problem, comparison.lines(one.place, holder))
    known = {each.name: each for each in _webhooks(comparison.old.root)}
    for name in _sent(old.place):
        reach = _reach(Reach(part="event"), known[name]) if name in known else Reach(part="event")
        about = About(f"webhook {name}", Audience.CONSUMERS, reach=reach)
        lines = comparison.lines(nearest(old.place, X_SENDS), holder)
        comparison.breaks(REMOVED, about, f"{old.line} no longer sends {json.dumps(name)}.", lines)


def compare_webhooks(comparison: Comparison, wanted: frozenset[str] | None) -> None:
    """Compare the webhooks of two documents.

    Args:
        comparison: Takes the changes.
        wanted: The names of those that are compared; None: all.
    """
    roots = (comparison.old.root, comparison.new.root)
    before, after = ([each for each in _webhooks(root) if wanted is None or each.name in wanted] for root in roots)
    here = [nearest(root, "webhooks") for root in roots]
    for one, other in _matched(before, after):
        if one is not None and other is not None:
            about = About(f"webhook {one.name}", Audience.CONSUMERS, reach=_reach(Reach(part="event"), one))
            _compare(comparison, one, other, about)
        elif one is not None:
            about = About(f"webhook {one.name}", Audience.CONSUMERS, reach=_reach(Reach(part="event"), one))
            problem = f"The webhook '{one.name}' is gone."
            comparison.breaks(REMOVED, about, problem, comparison.lines(one.place, here[1]))
        elif other is not None:
            about = About(f"webhook {other.name}", Audience.CONSUMERS)
            problem = f"The webhook '{other.name}' is new."
            comparison.fits(ADDED, about, problem, comparison.lines(here[0], other.place))


def tell_of_x_webhooks(comparison: Comparison) -> None:
    """Tell which webhooks of OpenAPI 3.0 are gone and which are new, and that the others are not compared."""
    roots = (comparison.old.root, comparison.new.root)
    before, after = (dict(members(member(root, _X_WEBHOOKS))) for root in roots)
    here = [nearest(root, _X_WEBHOOKS) for root in roots]
    # They are where 3.1 has them now, or were.
    moved = {each.name for root in roots for each in _webhooks(root)}
    for name, place in before.items():
        if name not in after and name not in moved:
            about = About(f"webhook {name}", Audience.CONSUMERS)
            comparison.breaks(REMOVED, about, f"The webhook '{name}' is gone.", comparison.lines(place, here[1]))
    for name, place in after.items():
        if name not in before and name not in moved:
            about = About(f"webhook {name}", Audience.CONSUMERS)
            comparison.fits(ADDED, about, f"The webhook '{name}' is new.", comparison.lines(here[0], place))
    both = [name for name in before if name in after]
    changed = [name for name in both if not comparison.unchanged.same(before[name], after[name])]
    if changed:
        words = f"{len(changed):,} webhooks under `{_X_WEBHOOKS}` have" if len(changed) > 1 else f"'{changed[0]}' has"
        problem = f"{words} changed, or what is referred to there. That is not compared."
        lines = comparison.lines(before[changed[0]], after[changed[0]])
        comparison.found(UNREAD, Verdict.UNDECIDED, About("the webhooks", Audience.CONSUMERS), problem, lines)


def _callbacks(operation: Place) -> Iterator[_Event]:
    for name, callback in members(member(operation, "callbacks")):
        for key, item in members(callback):
            for method, place in _operations(item):
                yield _Event(name, key, method, (callback, item, place))


def _webhooks(root: Place) -> Iterator[_Event]:
    for name, item in members(member(root, "webhooks")):
        for method, place in _operations(item):
            yield _Event(name, "", method, (item, place))


def _operations(item: Place) -> Iterator[tuple[str, Place]]:
    for method in METHODS:
        place = member(item, method)
        if place is not None:
            yield method, place


def _matched(old: list[_Event], new: list[_Event]) -> Iterator[tuple[_Event | None, _Event | None]]:
    """Yield pairs of events: of the same name, URL and method; else of some of these."""
    left, right = list(old), list(new)
    for same in (
        lambda a, b: (a.name, a.url, a.method) == (b.name, b.url, b.method),
        lambda a, b: (a.name, a.url) == (b.name, b.url),
        lambda a, b: (a.name, a.method) == (b.name, b.method),
        lambda a, b: a.name == b.name,
        lambda a, b: bool(a.url) and (a.url, a.method) == (b.url, b.method),
    ):
        for one in list(left):
            other = next((each for each in right if same(one, each)), None)
            if other is not None:
                left.remove(one)
                right.remove(other)
                yield one, other
    yield from ((one, None) for one in left)
    yield from ((None, other) for other in right)


def _reach(reach: Reach, event: _Event) -> Reach:
    """Return what a pact must use to be concerned by a change of an event: its message."""
    content = member(member(event.place, "requestBody"), "content")
    schemas = (place.child("schema") for _, place in members(content) if "schema" in place.value)
    return replace(reach, event=next(schemas, None))


def _compare(comparison: Comparison, old: _Event, new: _Event, about: About) -> None:
    lines = comparison.lines(old.place, new.place)
    if old.name != new.name:
        comparison.fits(RENAMED, about, f"The callback '{old.name}' is now '{new.name}'.", lines)
    if old.url != new.url:
        places = comparison.lines(old.places[-2], new.places[-2])
        comparison.breaks(URL, about, f"The URL was {old.url}, and is {new.url}.", places)
    if old.method != new.method:
        problem = f"The method was {old.method.upper()}, and is {new.method.upper()}."
        comparison.breaks(METHOD, about, problem, lines)
    compare_guarantees(comparison, old.places, new.places, about)
    compare_state(comparison, old.places, new.places, about)
    compare_event_security(comparison, old.place, new.place, about)
    if not all(comparison.unchanged.same(a, b) for a, b in zip(old.places[-2:], new.places[-2:], strict=True)):
        compare_event_parameters(comparison, old.places[-2:], new.places[-2:], about.of("header"))
        compare_body(comparison, old.place, new.place, "event", about.of("event"))
        compare_acknowledgements(comparison, old.place, new.place, about)


def _compare_sent(comparison: Comparison, old: OperationPlace, new: OperationPlace) -> None:
    before, after = _sent(old.place), _sent(new.place)
    lines = comparison.lines(nearest(old.place, X_SENDS), nearest(new.place, X_SENDS))
    known = {each.name: each for each in _webhooks(comparison.old.root)}
    for name in (name for name in before if name not in after):
        reach = _reach(Reach(part="event"), known[name]) if name in known else Reach(part="event")
        about = About(f"webhook {name}", Audience.CONSUMERS, reach=reach)
        comparison.breaks(REMOVED, about, f"{old.line} no longer sends {json.dumps(name)}.", lines)
    for name in (name for name in after if name not in before):
        about = About(f"webhook {name}", Audience.CONSUMERS)
        comparison.fits(ADDED, about, f"{old.line} now sends {json.dumps(name)}.", lines)


def _sent(operation: Place) -> list[Any]:
    found = operation.value.get(X_SENDS)
    return found if isinstance(found, list) else []
