"""Text that an ordinary service may say: every script, nothing that I-JSON (RFC 7493) leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


# Each is there for what it breaks: escaping, byte against character counts, normalisation, direction, markup.
_PHRASES = (
    "plain",
    "two words",
    'quo"ted',
    "it's",
    "back\\slash",
    "a/b?c=d&e=f#g",
    "<b>bold</b>",
    "50% of {all}",
    "line\nbreak",
    "tab\there",
    "Zürich",
    "naïve café",
    "Αθήνα",
    "Київ",
    "東京都",
    "한국어",
    "مرحبا",
    "שלום",
    "हिन्दी",
    "e\u0301 as two",
    "\U0001f680 launch",
    "\U0001f469\u200d\U0001f4bb",
    "\u2028 separator",
    "  padded  ",
    "null",
    "true",
    "0",
    "1e3",
    "2024-02-29T23:59:60Z",
)
_KEYS = (
    "theme",
    "beta",
    "maxItems",
    "new-checkout",
    "feature_flag",
    "a.b",
    "a/b",
    "til~de",
    "with space",
    "größe",
    "設定",
    "UPPER",
    "x",
    "0",
    "\U0001f512",
)


def phrase(rng: Random) -> str:
    """Return a short text."""
    return rng.choice(_PHRASES)


def text(rng: Random, least: int, most: int | None) -> str:
    """Return a text of so many characters, code points as JSON Schema counts; with None, without a bound."""
    words = [phrase(rng) for _ in range(1 if rng.random() < 0.7 else rng.randint(2, 40))]  # noqa: PLR2004 -- mostly short
    result = " ".join(words)
    while len(result) < least:
        result += f" {phrase(rng)}"
    return result if most is None else result[:most]


def odd_name(rng: Random) -> str:
    """Return a name for a setting."""
    return rng.choice(_KEYS) if rng.random() < 0.8 else f"{rng.choice(_KEYS)}-{rng.randrange(100)}"  # noqa: PLR2004 -- mostly as they are
