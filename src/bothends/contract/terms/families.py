"""`x-given`: the family of conditions that leads to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.errors import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bothends.documents import Place

SIGNED_OUT = "signed-out"
FORBIDDEN = "forbidden"
MALFORMED_BODY = "malformed-body"
UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
BODY_TOO_LARGE = "body-too-large"
INVALID_BODY = "invalid-body"
NOT_FOUND = "not-found"
CONFLICT = "conflict"
WRONG_STATE = "wrong-state"
PRECONDITION_FAILED = "precondition-failed"
QUOTA = "quota"
UPSTREAM_WRONG = "upstream-wrong"
UPSTREAM_UNREACHABLE = "upstream-unreachable"
UPSTREAM_TIMEOUT = "upstream-timeout"

UPSTREAM_FAMILIES = (UPSTREAM_WRONG, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT)
OBJECT_FAMILIES = (NOT_FOUND, CONFLICT, WRONG_STATE, PRECONDITION_FAILED)
"""Of what there is: a target has to look at it before it refuses."""
FAMILIES = (
    SIGNED_OUT,
    FORBIDDEN,
    MALFORMED_BODY,
    UNSUPPORTED_MEDIA_TYPE,
    BODY_TOO_LARGE,
    INVALID_BODY,
    *OBJECT_FAMILIES,
    QUOTA,
    *UPSTREAM_FAMILIES,
)

HEADERS_OF_STATUSES: Mapping[int, tuple[str, ...]] = {
    HTTPStatus.NOT_MODIFIED: ("If-None-Match", "If-Modified-Since"),
    HTTPStatus.NOT_ACCEPTABLE: ("Accept",),
    HTTPStatus.PRECONDITION_FAILED: ("If-Match", "If-Unmodified-Since", "If-None-Match"),
}
"""Statuses to which headers of a request lead, and no family does (RFC 9110, sections 12.5.1 and 13.1)."""

_LIKELY: Mapping[int, tuple[str, ...]] = {
    400: (MALFORMED_BODY, INVALID_BODY),
    401: (SIGNED_OUT,),
    402: (QUOTA,),
    403: (FORBIDDEN,),
    404: (NOT_FOUND,),
    409: (CONFLICT, WRONG_STATE),
    410: (NOT_FOUND, WRONG_STATE),
    412: (PRECONDITION_FAILED,),
    413: (BODY_TOO_LARGE,),
    415: (UNSUPPORTED_MEDIA_TYPE,),
    422: (INVALID_BODY, NOT_FOUND, WRONG_STATE),
    428: (PRECONDITION_FAILED,),
    429: (QUOTA,),
    502: (UPSTREAM_WRONG, UPSTREAM_UNREACHABLE),
    503: (UPSTREAM_UNREACHABLE,),
    504: (UPSTREAM_TIMEOUT,),
}
"""What mostly leads to a status, by what RFC 9110 says of it (section 15), and RFC 6585 (sections 3 and 4)."""


def likely_families(status: str) -> tuple[str, ...]:
    """Return the families that may lead to an answer by its declared status alone; all where that tells nothing."""
    return _LIKELY.get(int(status), FAMILIES) if status.isdigit() else FAMILIES


_OF_PLACES = (NOT_FOUND, FORBIDDEN)
"""Families that may be about the object of one place in requests."""
NO_CREDENTIAL, WRONG_CREDENTIAL = "none", "wrong"
"""What a caller shows who is signed out: no credential at all, or one that is not right."""

_KEYS = ("family", "upstream", "bytes", "for", "after", "credential")


@dataclass(frozen=True, slots=True)
class FamilyRule:
    """What an `x-given` says.

    Attributes:
        family: One of `FAMILIES`.
        upstream: The upstream that it is about, or `ingest`; None: any of them.
        bytes: The largest body that is accepted, bytes; None when it is not said.
        pointer: Where it stands: JSON pointer in its file.
        place: The parameter, or the JSON pointer into the body, whose object it is about; empty: that of the path.
        after: The operation that leads the object to where the request is refused; empty: that is not said.
        credential: What a caller shows who is signed out, `none` or `wrong`; empty: either.
    """

    family: str
    upstream: str | None
    bytes: int | None
    pointer: str
    place: str = ""
    after: str = ""
    credential: str = ""


def read_family_rules(place: Place, upstreams: Collection[str]) -> tuple[FamilyRule, ...]:
    """Return what the `x-given` at a place says: a family, or a list of families that lead to one answer.

    Args:
        place: Where its value stands.
        upstreams: The names that `upstream` may be, `ingest` among them when there is one.

    Raises:
        ContractError: A family is neither a name nor a mapping that has one, a part of it is wrong, it comes twice, or
            there is none.
    """
    if not isinstance(place.value, list):
        return (_read(place, upstreams),)
    if not place.value:
        raise place.error("x-given is an empty list.", expected=one_of(FAMILIES))
    found: dict[tuple[str, str | None, str, str, str], FamilyRule] = {}
    for number in range(len(place.value)):
        rule = _read(place.child(number), upstreams)
        key = rule.family, rule.upstream, rule.place, rule.after, rule.credential
        if key in found:
            raise place.child(number).error(f"x-given names {rule.family} twice.", expected="each family once")
        found[key] = rule
    return tuple(found.values())


def _read(place: Place, upstreams: Collection[str]) -> FamilyRule:
    if isinstance(place.value, str):
        return FamilyRule(_family(place, place.value), None, None, place.pointer)
    if not isinstance(place.value, dict):
        keys = "{family, upstream?, bytes?, for?, after?, credential?}"
        expected = f"a family, {keys}, or a list of these; the families: {', '.join(FAMILIES)}"
        raise place.error("x-given is neither a string nor a mapping.", expected=expected)
    for key in place.value:
        if key not in _KEYS:
            problem = f"'{key}' is not a key of x-given."
            raise place.child(key).error(problem, expected=one_of(_KEYS), advice=did_you_mean(key, _KEYS))
    if "family" not in place.value:
        raise place.error("x-given names no family.", expected=f"family: {one_of(FAMILIES)}")
    family = _family(place.child("family"), place.value["family"])
    upstream, size = _upstream(place, family, upstreams), _bytes(place, family)
    about, after, credential = _place(place, family), _after(place, family), _credential(place, family)
    return FamilyRule(family, upstream, size, place.pointer, about, after, credential)


def _family(place: Place, value: object) -> str:
    if value not in FAMILIES:
        advice = did_you_mean(str(value), FAMILIES)
        raise place.error(f"x-given names an unknown family: {value!r}.", expected=one_of(FAMILIES), advice=advice)
    return str(value)


def _upstream(place: Place, family: str, upstreams: Collection[str]) -> str | None:
    if "upstream" not in place.value:
        return None
    at = place.child("upstream")
    if family not in UPSTREAM_FAMILIES:
        expected = f"one of {', '.join(UPSTREAM_FAMILIES)} with it"
        raise at.error(f"'upstream' has no meaning for {family}.", expected=expected)
    if at.value not in upstreams:
        raise at.error(
            f"x-given names an unknown upstream: {at.value!r}.",
            expected=one_of(upstreams),
            advice=did_you_mean(str(at.value), upstreams)
            or "Add it to bothends.toml, as [world.upstreams.<name>] or [world.ingest].",
        )
    return str(at.value)


def _bytes(place: Place, family: str) -> int | None:
    if "bytes" not in place.value:
        return None
    at = place.child("bytes")
    if family != BODY_TOO_LARGE:
        raise at.error(f"'bytes' has no meaning for {family}.", expected=f"family: {BODY_TOO_LARGE} with it")
    if not isinstance(at.value, int) or isinstance(at.value, bool) or at.value < 0:
        raise at.error(f"'bytes' is {at.value!r}.", expected="an integer, 0 or more")
    return at.value


def _credential(place: Place, family: str) -> str:
    if "credential" not in place.value:
        return ""
    at = place.child("credential")
    if family != SIGNED_OUT:
        raise at.error(f"'credential' has no meaning for {family}.", expected=f"family: {SIGNED_OUT} with it")
    if at.value not in {NO_CREDENTIAL, WRONG_CREDENTIAL}:
        expected = one_of((NO_CREDENTIAL, WRONG_CREDENTIAL))
        raise at.error(f"'credential' is {at.value!r}.", expected=expected)
    return str(at.value)


def _after(place: Place, family: str) -> str:
    if "after" not in place.value:
        return ""
    at = place.child("after")
    if family != WRONG_STATE:
        raise at.error(f"'after' has no meaning for {family}.", expected=f"family: {WRONG_STATE} with it")
    if not isinstance(at.value, str) or not at.value:
        raise at.error(f"'after' is {at.value!r}.", expected="the operationId of an operation about the same object")
    return at.value


def _place(place: Place, family: str) -> str:
    if "for" not in place.value:
        return ""
    at = place.child("for")
    if family not in _OF_PLACES:
        raise at.error(f"'for' has no meaning for {family}.", expected=f"family: {one_of(_OF_PLACES)} with it")
    if not isinstance(at.value, str) or not at.value:
        raise at.error(f"'for' is {at.value!r}.", expected="a parameter, or a JSON pointer into the body")
    return at.value
