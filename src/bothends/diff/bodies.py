"""Compares bodies: whether there is one, its media types, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.messages import best_match, is_json
from bothends.diff.rule import rule
from bothends.diff.schemas import compare_schemas
from bothends.documents import member, members, nearest

if TYPE_CHECKING:
    from bothends.diff.comparison import About, Comparison, Way
    from bothends.documents import Place

MEDIA_TYPE = rule(
    "media-type",
    what="A media type is gone; or an event may have one that it could not have.",
    why="Callers send and ask for the old one. A consumer can't ask: it gets what is sent.",
)
MEDIA_TYPE_ADDED = rule(
    "media-type-added",
    what="A media type is new beside those that there were.",
    why="Callers may go on with the old one: they choose what they send and what they accept.",
)
BODY_REQUIRED = rule(
    "body-required",
    what="A request must have a body that it could do without; or an event that had one may lack it.",
    why="Requests without one are refused; a consumer has nothing to read.",
)
BODY_DROPPED = rule(
    "body-dropped",
    what="A body is described no longer.",
    why="What is sent is read by nobody; what was read is there no more.",
)
BODY_ADDED = rule("body-added", what="A body is new, and nobody must send it.", why="Nobody knows of it yet.")


def compare_body(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    """Compare the request bodies of two operations.

    Args:
        comparison: Takes the changes.
        old: The old operation.
        new: The new one.
        way: Whether it is a caller's request or an event.
        about: What it is the body of.
    """
    before, after = member(old, "requestBody"), member(new, "requestBody")
    if before is None and after is None:
        return
    lines = comparison.lines(nearest(old, "requestBody"), nearest(new, "requestBody"))
    sent = way == "request"
    required = [each is not None and each.value.get("required") is True for each in (before, after)]
    if before is None:
        if sent and required[1]:
            comparison.breaks(BODY_REQUIRED, about, "A body is now required; there was none.", lines)
        else:
            comparison.fits(BODY_ADDED, about, "A body is new.", lines)
        return
    if after is None:
        problem = "The body is no longer read." if sent else "The body is gone."
        comparison.breaks(BODY_DROPPED, about, problem, lines)
        return
    if sent and required[1] and not required[0]:
        comparison.breaks(BODY_REQUIRED, about, "A body is now required.", lines)
    if not sent and required[0] and not required[1]:
        comparison.breaks(BODY_REQUIRED, about, "The event may now lack its body.", lines)
    compare_content(comparison, before, after, way, about)


def compare_content(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    """Compare the media types of two bodies, and what is in those that both have."""
    before, after = dict(members(member(old, "content"))), dict(members(member(new, "content")))
    here = (nearest(old, "content"), nearest(new, "content"))
    left = any(best_match(_essence(media_type), after) for media_type in before)
    for media_type, place in before.items():
        found = best_match(_essence(media_type), after)
        if found is None:
            _tell_gone(comparison, media_type, (place, here[1]), way, about, left=left)
            continue
        both = about.of(about.part, media_type=media_type)
        if _is_range(found) and not _is_range(media_type) and way in ("answer", "event"):
            lines = comparison.lines(place, after[found])
            comparison.breaks(MEDIA_TYPE, both, f"{media_type} is now any of {found}.", lines)
        _compare_schemas(comparison, (place, after[found]), way, both, media_type)
    for media_type, place in after.items():
        if best_match(_essence(media_type), before) is None and not _covers(media_type, before):
            _tell_new(comparison, media_type, (here[0], place), way, about, first=not before)


def _compare_schemas(
    comparison: Comparison, places: tuple[Place, Place], way: Way, about: About, media_type: str
) -> None:
    old, new = places
    schemas = [place.child("schema") if "schema" in place.value else None for place in places]
    if schemas[0] is not None and schemas[1] is not None:
        compare_schemas(comparison, schemas[0], schemas[1], way, about)
        return
    if schemas == [None, None]:
        return
    # Without a schema, any value will do.
    made, read = schemas if way in ("request", "acknowledgement") else schemas[::-1]
    if read is not None and made is None and is_json(media_type):
        lines = comparison.lines(schemas[0] or old, schemas[1] or new)
        problem = f"{media_type} has no schema any more." if schemas[1] is None else f"{media_type} has a schema now."
        comparison.breaks(SCHEMA, about, problem, lines)


SCHEMA = rule(
    "schema",
    what="A body of JSON is described no longer where it is read, or is described at last where it is sent.",
    why="Without a schema any value will do: a reader gets any, and a sender may have sent any.",
)


def _tell_gone(  # noqa: PLR0913 -- both sides, and what they are of
    comparison: Comparison, media_type: str, places: tuple[Place, Place], way: Way, about: About, *, left: bool
) -> None:
    lines = comparison.lines(*places)
    about = about.of(about.part, media_type=media_type)
    if way == "event" and left:
        comparison.fits(MEDIA_TYPE, about, f"The event is no longer sent as {media_type}.", lines)
        return
    comparison.breaks(MEDIA_TYPE, about, f"{media_type} is gone.", lines)


def _tell_new(  # noqa: PLR0913 -- both sides, and what they are of
    comparison: Comparison, media_type: str, places: tuple[Place, Place], way: Way, about: About, *, first: bool
) -> None:
    lines = comparison.lines(*places)
    if way == "event" and not first:
        comparison.breaks(MEDIA_TYPE, about, f"The event may now be {media_type}.", lines)
    elif way == "acknowledgement" and first:
        comparison.breaks(MEDIA_TYPE, about, f"The acknowledgement must now have a body of {media_type}.", lines)
    else:
        comparison.fits(MEDIA_TYPE_ADDED, about, f"{media_type} is new.", lines)


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _is_range(media_type: str) -> bool:
    return "*" in media_type


def _covers(media_type: str, others: dict[str, Place]) -> bool:
    """Return whether a range is of one of some media types: it was told beside that one."""
    return _is_range(media_type) and any(best_match(_essence(each), [media_type]) for each in others)
