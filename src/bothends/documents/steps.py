"""Steps through a document that may lead nowhere: what is no mapping, or refers to nothing, is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents.documents import Place


def followed(place: Place | None) -> Place | None:
    """Return where a place's `$ref` leads, if it leads to a mapping; else None."""
    if place is None or not isinstance(place.value, dict):
        return None
    try:
        found = place.follow()
    except ContractError:
        return None  # the contract says why, where it is read
    return found if isinstance(found.value, dict) else None


def member(place: Place | None, key: str) -> Place | None:
    """Return the member of that key with its `$ref` followed, if it is a mapping; else None."""
    if place is None or not isinstance(place.value, dict) or key not in place.value:
        return None
    return followed(place.child(key))


def members(place: Place | None, *, any_name: bool = False) -> Iterator[tuple[str, Place]]:
    """Yield each key of a mapping, if there is one, and the mapping that stands there, `$ref` followed.

    A key that begins with `x-` is an extension, and left out, unless it may have `any_name`, as a header may.
    """
    for key in place.value if place is not None and isinstance(place.value, dict) else ():
        left_out = not isinstance(key, str) or (key.startswith("x-") and not any_name)
        found = None if left_out else member(place, key)
        if found is not None:
            yield key, found


def items(place: Place | None, key: str) -> Iterator[Place]:
    """Yield each item of the list under a key, as it is written."""
    if place is not None and isinstance(place.value, dict) and isinstance(place.value.get(key), list):
        holder = place.child(key)
        yield from (holder.child(index) for index in range(len(holder.value)))


def nearest(place: Place, *keys: str) -> Place:
    """Return what stands below a place, as far down as there is something, whatever it is."""
    for key in keys:
        if not isinstance(place.value, dict) or key not in place.value:
            break
        place = place.child(key)
    return place
