"""Formats, and which of them are within others.

Where `format` is an annotation, no value is refused for it, and yet programs parse by it: a change is told, and whether
it breaks anybody depends on the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# JSON Schema validation 2020-12, section 7.3, with RFC 3986 section 4.1, RFC 3987 section 2.2, RFC 6531 section 3.3 and
# RFC 5890 section 2.3.2; the OpenAPI Format Registry for those of numbers.
_WITHIN: Mapping[str, frozenset[str]] = {
    "uri": frozenset({"uri-reference", "iri", "iri-reference"}),
    "uri-reference": frozenset({"iri-reference"}),
    "iri": frozenset({"iri-reference"}),
    "email": frozenset({"idn-email"}),
    "hostname": frozenset({"idn-hostname"}),
    "int32": frozenset({"int64"}),
    "float": frozenset({"double"}),
}


def is_within(one: str, other: str) -> bool:
    """Return whether each value of a format is one of another."""
    return one == other or other in _WITHIN.get(one, ())


def are_read(sent: Collection[str], read: Collection[str]) -> bool:
    """Return whether values of some formats are what a reader waits for; without a format, any value will do."""
    return not read or (bool(sent) and all(any(is_within(one, other) for other in read) for one in sent))
