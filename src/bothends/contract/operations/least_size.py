"""How large the smallest value of a schema is, at least: what no request can carry is told, and never made.

It is an estimate from below, in bytes of JSON. What can't be told without a proof counts nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError
from bothends.records import join, resolve
from bothends.schemas import CHOICES, located, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents import Library
    from bothends.schemas import Bundle

MOST_BYTES = 4 << 20
"""Of a value that a request carries. Servers refuse bodies of far less, and each of hundreds of requests has one."""
_MAY_BE_LARGE = re.compile(r"min(?:Items|Length|Properties|Contains)\W+[0-9][0-9.eE+]")
_WHOLE = {"minItems": "items", "minLength": "characters", "minProperties": "members"}

Size = tuple[int, str]
"""How many bytes a value has at least, and the pointer of what makes it so large."""


class TooLargeError(ContractError):
    """No value of a schema is small enough to be made."""


class SizeCheck:
    """Checks that each schema has a value that can be made."""

    def __init__(self, library: Library) -> None:
        """Take the documents, of which further ones may be opened."""
        self._library = library
        self._looked = 0
        self._may_be_large = False

    def __call__(self, bundled: Bundle) -> None:
        """Check one schema; in documents that say nothing of large values, there is nothing to look at.

        Raises:
            TooLargeError: Each of its values is too large.
        """
        documents = self._library.documents
        fresh = documents[self._looked :]
        self._looked = len(documents)
        self._may_be_large = self._may_be_large or any(_MAY_BE_LARGE.search(each.text) for each in fresh)
        if self._may_be_large:
            _check(bundled)


def _check(bundled: Bundle) -> None:
    schema = bundled.schema
    size, pointer = least(schema)
    if size <= MOST_BYTES:
        return
    place = bundled.origin(pointer)
    word = pointer.rpartition("/")[2]
    count = resolve(schema, pointer)
    about = f"of {count:,} {_WHOLE[word]}" if word in _WHOLE else "so large"
    raise TooLargeError(
        f"No value {about} is made: it would have {size:,} bytes or more.",
        where=place.location,
        expected=f"a schema with values of at most {MOST_BYTES >> 20} MiB",
    )


def least(schema: Any) -> Size:
    """Return how large the smallest value of a self-contained JSON Schema is, at least."""
    return _Sizes(schema).of(schema, "", ())


class _Sizes:
    """Knows the size of each part that has been looked at."""

    def __init__(self, root: Any) -> None:
        self._target = targets_in(root)
        self._known: dict[str, Size] = {}

    def of(self, schema: Any, pointer: str, way: tuple[str, ...]) -> Size:
        if not isinstance(schema, dict):
            return 0, pointer
        if "const" in schema:
            return len(json.dumps(schema["const"])), pointer + join("const")
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return min(len(json.dumps(value)) for value in schema["enum"]), pointer + join("enum")
        every = [self._own(schema, pointer, way), *self._all_of(schema, pointer, way)]
        return max(every, key=_bytes)

    def _all_of(self, schema: dict[str, Any], pointer: str, way: tuple[str, ...]) -> Iterator[Size]:
        for at, each in located(schema, pointer, self._target):
            if at not in way:
                if at not in self._known:
                    self._known[at] = self.of(each, at, (*way, at))
                yield self._known[at]
        for word in CHOICES:
            branches = schema.get(word)
            if branches:
                sizes = (self.of(each, pointer + join(word, n), way) for n, each in enumerate(branches))
                yield min(sizes, key=_bytes)

    def _own(self, schema: dict[str, Any], pointer: str, way: tuple[str, ...]) -> Size:
        """Return the size that the keywords of one type ask for: the least of those that a value may have."""
        named = schema.get("type")
        types = named if isinstance(named, list) else [named]
        sizes = [self._of_type(each, schema, pointer, way) for each in types]
        return min(sizes, key=_bytes, default=(0, pointer))

    def _of_type(self, kind: Any, schema: dict[str, Any], pointer: str, way: tuple[str, ...]) -> Size:
        match kind:
            case "string":
                return _count(schema, "minLength"), pointer + join("minLength")
            case "array":
                return self._of_array(schema, pointer, way)
            case "object":
                return self._of_object(schema, pointer, way)
        return 0, pointer

    def _of_array(self, schema: dict[str, Any], pointer: str, way: tuple[str, ...]) -> Size:
        count = _count(schema, "minItems")
        each, where = self.of(schema.get("items"), pointer + join("items"), way)
        size = count * (max(each, 1) + 1)
        return size, where if each > MOST_BYTES else pointer + join("minItems")

    def _of_object(self, schema: dict[str, Any], pointer: str, way: tuple[str, ...]) -> Size:
        members, required = schema.get("properties"), schema.get("required")
        names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        known = members if isinstance(members, dict) else {}
        sizes = [self.of(known.get(name), pointer + join("properties", name), way) for name in names]
        size = sum(len(name) + 4 + one for name, (one, _) in zip(names, sizes, strict=True))
        fewest = _count(schema, "minProperties") * 5
        if fewest > size:
            return fewest, pointer + join("minProperties")
        largest = max(sizes, key=_bytes, default=(0, pointer))
        return size, largest[1] if largest[0] * 2 > size else pointer + join("required")


def _bytes(size: Size) -> int:
    return size[0]


def _count(schema: dict[str, Any], keyword: str) -> int:
    value = schema.get(keyword, 0)
    return int(value) if isinstance(value, int | float) and value > 0 else 0
