"""Media types (RFC 9110, section 8.3.1): which one a header names, and which declared one it matches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110 section 5.6.2, a word of a header
_ESSENCE = re.compile(rf"{_TOKEN}/{_TOKEN}")
_PARAMETER = re.compile(rf"[ \t]*;[ \t]*(?:({_TOKEN})=({_TOKEN}|\"(?:[^\"\\]|\\.)*\"))?[ \t]*")


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a `Content-Type` header says.

    Attributes:
        essence: Type and subtype in lower case, without parameters.
        charset: The `charset` parameter in lower case; None without one.
        well_formed: Whether the header is written as RFC 9110 says.
    """

    essence: str
    charset: str | None
    well_formed: bool


def parse_media_type(text: str) -> MediaType:
    """Return what a `Content-Type` header says; what it does not say right is left out."""
    essence, separator, rest = text.partition(";")
    essence = essence.strip(" \t").lower()
    well_formed = _ESSENCE.fullmatch(essence) is not None
    charset, position, rest = None, 0, separator + rest
    while position < len(rest):
        match = _PARAMETER.match(rest, position)
        if match is None:
            return MediaType(essence, charset, well_formed=False)
        if match[1] is not None and match[1].lower() == "charset":
            well_formed = well_formed and charset is None
            charset = match[2].strip('"').lower()
        position = match.end()
    return MediaType(essence, charset, well_formed)


def best_match(essence: str, declared: Collection[str]) -> str | None:
    """Return the declared media type or range that a media type matches, the most specific one first.

    Args:
        essence: Type and subtype in lower case.
        declared: Keys of `content`, in any case; their parameters don't count.
    """
    if essence in declared:  # as a rule
        return essence
    by_essence = {key.partition(";")[0].strip().lower(): key for key in declared}
    for candidate in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
        if candidate in by_essence:
            return by_essence[candidate]
    return None


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON's: `application/json`, or any with the suffix `+json` (RFC 6839)."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence in ("application/json", "text/json") or essence.endswith("+json")


_OF_ONE = re.compile(r"[^/;]+/(vnd|prs|x)\.")
"""Media types of vendors, of persons and of nobody (RFC 6838, sections 3.2 to 3.4)."""
_THE_REST = "*/*;q=0.1"


def accept_of(declared: Iterable[str]) -> str:
    """Return what a request asks for by `Accept`; empty: whatever there is.

    A server that has the media types of a vendor, or versions as parameters of a type, may choose by `Accept` which of
    its versions answers, or answer 406 to one who names none. Clients that are generated from the same document name
    those that it declares. Other types are not asked for: what is there for all is answered to one who asks for none.

    Args:
        declared: The media types and ranges that a success may have, in the document's order.
    """
    types = list(dict.fromkeys(declared))
    if not types or not all(map(_is_chosen, types)):
        return ""
    # Errors have media types of their own.
    return ", ".join((*types, _THE_REST))


def _is_chosen(media_type: str) -> bool:
    """Return whether a server may want to be asked for a media type by its name."""
    if _OF_ONE.match(media_type):
        return parse_media_type(media_type).well_formed
    parameters = {part.partition("=")[0].strip().lower() for part in media_type.split(";")[1:]}
    return bool(parameters & {"version", "v"}) and parse_media_type(media_type).well_formed
