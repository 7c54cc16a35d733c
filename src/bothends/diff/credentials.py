"""Compares what two contracts ask of callers, and what they say of the credentials of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.diff.rule import rule
from bothends.documents import member, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

SECURITY = rule(
    "security",
    what="Credentials that let a caller in are not enough any more: a scheme more, a scope more, or any at all.",
    why="Callers that have only those get 401 or 403.",
)
SCHEME = rule(
    "credential",
    what="A security scheme is another one: its type, the name and the place of its key, its flows.",
    why="Callers show their credential where it was asked for, and it is not looked at.",
)
SECURITY_RELAXED = rule("security-relaxed", what="Less is asked of callers.", why="What let a caller in lets it in.")
EVENT_SECURITY = rule(
    "event-credential",
    what="An event no longer comes with the credential that its receiver was told of, or with another one.",
    why="Receivers that check it refuse the event.",
)

Kind = tuple[str, ...]
"""What tells security schemes apart: the name under which one is declared is none of it."""
Alternative = tuple[frozenset[Kind], frozenset[tuple[Kind, str]]]
"""A set of schemes, and the scopes of each."""


def compare_security(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare what two operations ask of their callers."""
    before, after = _asked(comparison.old.root, old), _asked(comparison.new.root, new)
    if before == after:
        return
    lines = comparison.lines(_line(comparison.old.root, old), _line(comparison.new.root, new))
    missing = [one for one in before if not any(_is_enough(one, other) for other in after)]
    if not missing:
        comparison.fits(SECURITY_RELAXED, about, "Less is asked of callers.", lines)
        return
    changed = _changed(comparison, old, new)
    for name, places in changed.items():
        schemes = comparison.lines(*places)
        comparison.breaks(SCHEME, about, f"The security scheme '{name}' is another one.", schemes)
    if not changed:
        was = " or ".join(_in_words(one) for one in missing)
        now = " or ".join(_in_words(one) for one in after)
        comparison.breaks(SECURITY, about, f"{was} was enough; now {now} is asked for.", lines)


def compare_event_security(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare the credentials that two events come with, where they say so themselves."""
    if "security" not in old.value:
        return
    before = _asked(comparison.old.root, old)
    after = _asked(comparison.new.root, new) if "security" in new.value else []
    weaker = [one for one in after if not any(_is_enough(one, other) for other in before)]
    if weaker or (before and not after):
        lines = comparison.lines(nearest(old, "security"), nearest(new, "security"))
        now = " or ".join(_in_words(one) for one in after) or "no credential"
        was = " or ".join(_in_words(one) for one in before)
        comparison.breaks(EVENT_SECURITY, about, f"The event came with {was}; now with {now}.", lines)


def _is_enough(shown: Alternative, asked: Alternative) -> bool:
    return asked[0] <= shown[0] and asked[1] <= shown[1]


def _in_words(alternative: Alternative) -> str:
    names = [" ".join(part for part in (kind[0], kind[1] or kind[2]) if part) for kind in sorted(alternative[0])]
    scopes = sorted({scope for _, scope in alternative[1]})
    more = f" with {', '.join(scopes)}" if scopes else ""
    return (" and ".join(names) or "no credential") + more


def _holder(root: Place, operation: Place) -> Place:
    return operation if "security" in operation.value else root


def _line(root: Place, operation: Place) -> Place:
    return (
        nearest(operation, "security")
        if "security" in operation.value
        else (nearest(root, "security") if "security" in root.value else operation)
    )


def _asked(root: Place, operation: Place) -> list[Alternative]:
    """Return the alternatives, each enough by itself; where nothing is asked, the one that asks nothing."""
    listed = _holder(root, operation).value.get("security")
    schemes = _schemes(root)
    found: list[Alternative] = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            kinds = {name: _kind(schemes.get(name), name) for name in one}
            scopes = {(kinds[n], s) for n, each in one.items() if isinstance(each, list) for s in each}
            found.append((frozenset(kinds.values()), frozenset(scopes)))
    return found or [(frozenset(), frozenset())]


def _schemes(root: Place) -> dict[str, Place]:
    holder = member(member(root, "components"), "securitySchemes")
    names = holder.value if holder is not None else ()
    return {name: place for name in names if (place := member(holder, name)) is not None}


def _kind(place: Place | None, name: str) -> Kind:
    if place is None:
        return ("unknown", name, "", "")
    value = place.value
    kind = str(value.get("type", ""))
    if kind == "apiKey":
        key = str(value.get("name", ""))
        return (kind, key.lower() if value.get("in") == "header" else key, str(value.get("in", "")), "")
    if kind == "http":
        return (kind, "", str(value.get("scheme", "")).lower(), "")
    if kind == "oauth2":
        return (kind, name, "", _flows(value.get("flows")))
    return (kind, str(value.get("openIdConnectUrl", "")), "", "")


def _flows(flows: object) -> str:
    """Return where the tokens of each flow come from."""
    if not isinstance(flows, dict):
        return ""
    urls = ("authorizationUrl", "tokenUrl", "deviceAuthorizationUrl")
    found = {name: [flow.get(url) for url in urls] for name, flow in flows.items() if isinstance(flow, dict)}
    return repr(sorted(found.items()))


def _changed(comparison: Comparison, old: Place, new: Place) -> Mapping[str, tuple[Place, Place]]:
    """Return the schemes that both operations ask for under one name, and that are not the same."""
    names = [_named(comparison.old.root, old), _named(comparison.new.root, new)]
    before, after = _schemes(comparison.old.root), _schemes(comparison.new.root)
    both = [name for name in names[0] if name in names[1] and name in before and name in after]
    return {n: (before[n], after[n]) for n in both if _kind(before[n], n) != _kind(after[n], n)}


def _named(root: Place, operation: Place) -> list[str]:
    listed = _holder(root, operation).value.get("security")
    return [name for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict) for name in one]
