"""JSON values: when two are equal, and which tokens are in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2s
from typing import Any

_COMPOUND = (dict, list)


def json_equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, true is not 1, the order of keys is nothing.

    A number with an exponent is read as a double (RFC 8259, section 6). Another service may write the same double with
    an exponent, with all of its digits, or with zeros behind those that tell it from others: `6.394573847868469e+16`
    is equal to `63945738478684688` and to `63945738478684690`, which are not equal to each other.

    Source: JSON Schema 2020-12 core, section 4.2.2.
    """
    pending = [(one, other)]
    while pending:
        a, b = pending.pop()
        if type(a) is type(b) and type(a) not in _COMPOUND:  # mostly two texts: the cheapest comes first
            if a != b:
                return False
        elif isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
            return False
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pending.extend((a[key], b[key]) for key in a)
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            pending.extend(zip(a, b, strict=True))
        elif a != b and not _are_one_double(a, b):
            return False
    return True


def _are_one_double(one: Any, other: Any) -> bool:
    """Return whether one number was read as a double, and the other one has the digits that it is written by."""
    whole, double = (one, other) if isinstance(other, float) else (other, one)
    return isinstance(whole, int) and isinstance(double, float) and Decimal(repr(double)) == whole


# Tokens: the marks by which a value that comes out is known to be one that went in.
#
# Each user and each upstream answer carries a token of its own. A token proves itself (it holds a
# digest of the run's seed), so that chance text in an event is never taken for one, and no table of
# tokens has to be kept however long the run.

_DIGEST_LENGTH = 8
_SHORTEST = len("ux1x00000000")
# A lookahead, so that chance text before a token that looks like the start of one does not hide it; what stands before
# it is looked for fast.
_PATTERN = re.compile(r"([usbc])(?=x([0-9a-f]{1,8})x([0-9a-f]{8}))")


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says.

    Attributes:
        kind: `u` for a user, `s` for an upstream's answer, `b` for a request's body, `c` for a callback's own path.
        number: Whose it is: the exchange's number, or the upstream call's.
    """

    kind: str
    number: int


@lru_cache(maxsize=4096)
def mint(seed: int, kind: str, number: int) -> str:
    """Return the text of a token of a run, letters and digits only: `ux1fx9c0a77e2`; its number has 32 bits at most."""
    digest = blake2s(f"{seed}/{kind}/{number}".encode(), digest_size=_DIGEST_LENGTH // 2).hexdigest()
    return f"{kind}x{number:x}x{digest}"


_REMEMBERED = 1024
"""Values whose tokens are remembered: each event is asked about several times, while its batch is judged."""
_REMEMBERED_TEXT = 1 << 22
"""Characters of what is remembered, about: some events are large."""


class _Memory:
    """The tokens of what was asked about of late."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Any, tuple[Token, ...]]] = {}
        self._length = 0

    def tokens(self, seed: int, value: dict[str, Any]) -> tuple[Token, ...]:
        key = seed, id(value)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        text = _text_of(value)
        self._length += len(text)
        if len(self._known) >= _REMEMBERED or self._length > _REMEMBERED_TEXT:
            self._known.clear()
            self._length = len(text)
        found = _tokens_in(seed, text)
        # While the value is held here, no other one has its `id`.
        self._known[key] = value, found
        return found


_memory = _Memory()


def find_tokens(seed: int, value: Any) -> list[Token]:
    """Return this run's tokens in the strings of a JSON value (keys too), each once, in order.

    The value must not change: of what is known already, the answer is given again.
    """
    return list(_memory.tokens(seed, value) if isinstance(value, dict) else _tokens_in(seed, _text_of(value)))


def _text_of(value: Any) -> str:
    """Return the strings of a value that may hold a token, in order, each on a line of its own."""
    texts: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if len(item) >= _SHORTEST:
                texts.append(item)
        elif isinstance(item, dict):
            pending.extend(reversed([part for pair in item.items() for part in pair]))
        elif isinstance(item, list):
            pending.extend(reversed(item))
    return "\n".join(texts)


def _tokens_in(seed: int, text: str) -> tuple[Token, ...]:
    found: dict[Token, None] = {}
    for kind, number, digest in _PATTERN.findall(text):
        token = Token(kind, int(number, 16))
        if f"{kind}x{number}x{digest}" == mint(seed, kind, token.number):
            found.setdefault(token)
    return tuple(found)
