"""Tokens: the marks by which a value that comes out is known to be one that went in.

Each user and each upstream answer carries a token of its own. A token proves itself (it holds a
digest of the run's seed), so that chance text in an event is never taken for one, and no table of
tokens has to be kept however long the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from typing import Any

_DIGEST_LENGTH = 8
# A lookahead, so that chance text before a token that looks like the start of one does not hide it.
_PATTERN = re.compile(r"(?=(([usbc])x([0-9a-f]{1,8})x[0-9a-f]{8}))")


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
    """Return the token's text, letters and digits only: `ux1fx9c0a77e2`.

    Args:
        seed: The run's seed.
        kind: `u`, `s`, `b` or `c`.
        number: At most 32 bits.
    """
    digest = blake2s(f"{seed}/{kind}/{number}".encode(), digest_size=_DIGEST_LENGTH // 2).hexdigest()
    return f"{kind}x{number:x}x{digest}"


def find_tokens(seed: int, value: Any) -> list[Token]:
    """Return the tokens in the strings of a JSON value (keys too), each once, in order.

    A token whose digest is not this run's is left out.
    """
    found: dict[Token, None] = {}
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            for text, kind, number in _PATTERN.findall(item):
                token = Token(kind, int(number, 16))
                if text == mint(seed, kind, token.number):
                    found.setdefault(token)
        elif isinstance(item, dict):
            pending.extend(reversed([part for pair in item.items() for part in pair]))
        elif isinstance(item, list):
            pending.extend(reversed(item))
    return list(found)
