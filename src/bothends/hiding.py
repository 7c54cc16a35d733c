"""Takes secrets out of text: of reports, of what a target writes, of errors, of what the mock has sent."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HIDDEN = "[hidden]"
"""What stands in place of a secret."""
WHOLE_WORD_BELOW = 8
"""A secret shorter than this is hidden only as a word: the key `dev` must not turn `development` into a riddle."""
_LEAST = 3
"""A secret shorter than this hides nothing: `a` is in every sentence."""
_LONGEST_WORD = 40
_WORDS_KNOWN = 256
"""Texts no longer than that, of which it is known what is hidden in them."""
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}")
"""A compact JWS or JWE (RFC 7515 section 7.1, RFC 7516 section 7.1): its header begins with `{"`."""


def long_enough(secrets: Iterable[str]) -> frozenset[str]:
    """Return the secrets that are longer than chance text."""
    return frozenset(secret for secret in secrets if len(secret) >= _LEAST)


@lru_cache(maxsize=16)
def hiding(secrets: frozenset[str]) -> Callable[[str], str]:
    """Return what puts `[hidden]` in place of secrets, and of signed or encrypted tokens.

    A run has the same secrets for each of its events, so what was made for them is remembered.

    Args:
        secrets: As they are, of any length; each is looked for as it is written in text, in a URL and in JSON.
    """
    # The longest first, so that no part of a longer secret is left over by a shorter one.
    every = sorted({form for secret in long_enough(secrets) for form in forms(secret)}, key=len, reverse=True)
    pattern = re.compile("|".join(map(_sought, every))) if every else None

    def hidden(text: str) -> str:
        return _TOKEN.sub(HIDDEN, text if pattern is None else pattern.sub(HIDDEN, text))

    again = lru_cache(maxsize=_WORDS_KNOWN)(hidden)  # names, keys and media types come in each event
    return lambda text: again(text) if len(text) <= _LONGEST_WORD else hidden(text)


def forms(secret: str) -> set[str]:
    """Return the secret as it is written in text, in a URL and in JSON."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}


def _sought(form: str) -> str:
    """Return the pattern that finds one form of a secret."""
    pattern = re.escape(form)
    return rf"(?<![\w-]){pattern}(?![\w-])" if len(form) < WHOLE_WORD_BELOW else pattern
