"""Validators of what the mock serves, and what a request asks of them (RFC 9110, sections 8.8 and 13).

Theory of operation. A resource is a path. It has a version, which a success of each unsafe method at it changes; where
it is in a collection, that of the collection changes too. An entity tag is a digest of the version, and what an answer
to GET makes up follows from the tag: so the same tag stands for the same representation, and the tag is strong.
"""

from __future__ import annotations

import re
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.schemas import Schema
    from bothends.world import Received

PRECONDITION_FAILED, NOT_MODIFIED = 412, 304
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""
_READS = frozenset({"GET", "HEAD"})
CONDITIONS = ("if-match", "if-none-match", "if-unmodified-since", "if-modified-since")
_FIELDS = frozenset({"etag", "last-modified"})
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_MOST = 10_000
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Validator:
    """What tells one state of a resource from others.

    Attributes:
        resource: The resource.
        version: Its version.
        modified: When it last changed, whole seconds since the epoch.
        digest: What stands for the representation.
    """

    resource: str
    version: int
    modified: int
    digest: str

    @property
    def last_modified(self) -> str:
        """When it last changed, as HTTP has dates."""
        return formatdate(self.modified, usegmt=True)

    def is_listed(self, conditions: str, *, weakly: bool) -> bool:
        """Return whether `If-Match` or `If-None-Match` lists it; `weakly`: weak tags may agree (section 8.8.3.2)."""
        mine = {self.digest, self.digest[:_SHORT]}
        if any(opaque in mine and (weakly or not weak) for weak, opaque in _TAG.findall(conditions)):
            return True
        # Of a contract whose tags are no entity tags, the text is compared.
        return conditions.strip() in set(_unquoted(self.digest))


def entity_tag(digest: str, schema: Schema | None) -> str | None:
    """Return a digest as the value of `ETag`: a strong tag, unless the contract wants another; None: it takes none."""
    quoted = (f'"{digest}"', f'W/"{digest}"', f'"{digest[:_SHORT]}"')
    return next((text for text in (*quoted, *_unquoted(digest)) if fits_schema(schema, text, formats=True)), None)


def _unquoted(digest: str) -> Iterator[str]:
    yield digest
    yield digest[:_SHORT]
    yield str(uuid.UUID(hex=digest))


@dataclass(slots=True)
class Validators:
    """The versions of all resources.

    Attributes:
        seed: Tags follow from it.
    """

    seed: str
    _began: int = field(default_factory=lambda: int(time.time()))
    _contracts: int = 0
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _known: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)

    def current(self, resource: str, variant: str = "") -> Validator:
        """Return what a resource is like now; the variant is what else that depends on: the query, the caller."""
        return self._made(resource, variant, *self._known.get(resource, (0, self._began)))

    def following(self, resource: str, variant: str = "") -> Validator:
        """Return what a resource is going to be like."""
        return self._made(resource, variant, next(self._numbers), int(time.time()))

    def _made(self, resource: str, variant: str, version: int, modified: int) -> Validator:
        words = "\0".join((self.seed, str(self._contracts), resource, variant, str(version)))
        return Validator(resource, version, modified, sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32])

    def change(self, to: Validator, *above: str) -> None:
        """Take note of what a resource is like now, and that those above, which show it, have changed."""
        for resource, version in ((to.resource, to.version), *((each, next(self._numbers)) for each in above)):
            self._known.pop(resource, None)
            self._known[resource] = (version, to.modified)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget all changes."""
        self._known.clear()

    def another_contract(self) -> None:
        """Take note that all representations are made by another contract."""
        self._contracts += 1


def is_conditional(operation: Operation) -> bool:
    """Return whether an operation says anything of validators."""
    if any(each.location == "header" and each.name.lower() in CONDITIONS for each in operation.parameters):
        return True
    statuses = {answer.status for answer in operation.answers}
    named = {name for answer in operation.answers if answer.status.startswith("2") for name in answer.headers}
    return bool(_FIELDS & named) or not statuses.isdisjoint({str(PRECONDITION_FAILED), str(NOT_MODIFIED)})


def declares(operation: Operation, status: int) -> bool:
    """Return whether an operation declares an answer to a condition; a range counts where the condition is declared."""
    statuses = {answer.status for answer in operation.answers}
    if str(status) in statuses:
        return True
    asked = any(each.location == "header" and each.name.lower() in CONDITIONS for each in operation.parameters)
    ranges = {f"{status // 100}XX"} | ({"default"} if status == PRECONDITION_FAILED else set())
    return asked and not statuses.isdisjoint(ranges)


def failed(message: Received, validator: Validator, *, exists: bool) -> tuple[int, str] | None:
    """Return the status of a condition that does not hold, and its header; None: all do (RFC 9110, section 13.2.2).

    Args:
        message: The request.
        validator: What its resource is like.
        exists: Whether the resource has a representation.
    """
    reads = message.method in _READS
    match, none_match = (", ".join(message.all(name)) for name in CONDITIONS[:2])
    unmodified, modified = (_seconds(message, name) for name in CONDITIONS[2:])
    if match:
        if not exists or not (match.strip() == "*" or validator.is_listed(match, weakly=False)):
            return PRECONDITION_FAILED, "If-Match"
    elif unmodified is not None and (not exists or validator.modified > unmodified):
        return PRECONDITION_FAILED, "If-Unmodified-Since"
    if none_match:
        if exists and (none_match.strip() == "*" or validator.is_listed(none_match, weakly=True)):
            return NOT_MODIFIED if reads else PRECONDITION_FAILED, "If-None-Match"
    elif reads and modified is not None and validator.modified <= modified:
        return NOT_MODIFIED, "If-Modified-Since"
    return None


def _seconds(message: Received, name: str) -> float | None:
    """Return the date of a condition; None: there is none, or it is none, and is ignored (section 13.1.3)."""
    text = message.header(name)
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
