"""Text from a target made harmless: for a terminal, for a log, and in size.

What a target answers or sends may hold escape sequences that repaint the terminal, right-to-left
overrides that turn a command round before a person copies it, or a megabyte of it.
"""

from __future__ import annotations

import json
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from unicodedata import category, combining

from bothends.hiding import HIDDEN, WHOLE_WORD_BELOW, forms, hiding, long_enough
from bothends.records import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bothends.records import Exchange


LONGEST_TEXT = 600
"""Characters of one text that are shown."""
MOST_ITEMS = 64
"""Items of one array or object that are shown."""
DEEPEST = 24
"""Levels of one JSON value that are shown."""
LONGEST_INTEGER_BITS = 1024
"""Integers over this are told by their size: Python refuses to write those of 4,300 digits."""

# What is printable for Python, and takes no room all the same (Unicode, Default_Ignorable_Code_Point): a text could
# hold another one that nobody sees. The two selectors that most emoji have (U+FE0E, U+FE0F) stay.
_UNSEEN = r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef"
_UNSEEN_CHARACTER = re.compile(f"[{_UNSEEN}]")
# What JSON lets stand in a string as it is, but DEL, C1 controls and what turns text round act on a terminal all the
# same, others show nothing; and lone surrogates, which UTF-8 can't hold.
_ACTED_ON = re.compile(
    r"[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    f"{_UNSEEN}]"
)
MOST_MARKS = 4
"""Marks over one letter that are shown, as many as a language has: very many cover the lines around them."""
# Commands of GitHub's runner (actions/runner, ActionCommand.cs): `::` at the beginning of a line, `##[` anywhere. Those
# of Azure Pipelines and TeamCity are like the second one: `##vso[`, `##teamcity[`.
_COMMAND = re.compile(r"^( *):(?=:)|##(?=\w*\[)")


def escape(text: str, limit: int = LONGEST_TEXT) -> str:
    r"""Return the text, or so many characters of it, on one line, with nothing in it that a terminal interprets.

    Characters of the Unicode classes Other and Separator, but the space, are written as Python escapes: `\x1b`,
    `\u202e`, `\n`. So are lone surrogates, what nobody sees, what piles up over a letter, and what begins a command of
    a CI server's runner. How many characters were left out is said.
    """
    kept = text[:limit]
    shown = kept if kept.isprintable() else "".join(map(_escaped, kept))
    if not shown.isascii():
        shown = _flat(_UNSEEN_CHARACTER.sub(lambda found: _code(found[0]), shown))
    if "##" in shown or "::" in shown:
        shown = _COMMAND.sub(lambda found: r"#\x23" if found[1] is None else rf"{found[1]}\x3a", shown)
    left_out = len(text) - len(kept)
    return f"{shown}... (+{count_of(left_out, 'character')})" if left_out else shown


def escape_lines(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Return the text's lines, each made harmless. Only line feeds part lines."""
    return [escape(line.removesuffix("\r"), limit) for line in text.rstrip("\n").split("\n")]


def escape_json(text: str) -> str:
    """Return a JSON text with control characters as JSON escapes; it means the same."""
    return _ACTED_ON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def bounded(value: Any, hide: Callable[[str], str] = str, depth: int = DEEPEST, times: int = 1) -> Any:
    """Return a JSON value that can be written as JSON and read by a person, however hostile it was.

    Args:
        value: What `json.loads` may return, NaN and huge integers included.
        hide: Takes secrets out of a string; called before the string is cut, or a part would be left over.
        depth: Levels kept below this one.
        times: How many times as much is kept as a report shows: what is to become a report later.
    """
    if not isinstance(value, dict | list | tuple):
        return _bounded_scalar(value, hide, times)
    if depth == 0:
        return "(deeper)"
    most = MOST_ITEMS * times
    left_out = len(value) - most
    if not isinstance(value, dict):
        items = [bounded(item, hide, depth - 1, times) for item in value[:most]]
        return [*items, f"(+{count_of(left_out, 'item')})"] if left_out > 0 else items
    pairs = {
        _bounded_scalar(key, hide, times): bounded(item, hide, depth - 1, times)
        for key, item in islice(value.items(), most)
    }
    return {**pairs, "...": f"(+{count_of(left_out, 'member')})"} if left_out > 0 else pairs


def _bounded_scalar(value: Any, hide: Callable[[str], str], times: int) -> Any:
    """Return a string cut, and a number as text when JSON can't hold it."""
    if isinstance(value, str):
        text = hide(value)
        longest = LONGEST_TEXT * times
        left_out = len(text) - longest
        return f"{text[:longest]}... (+{count_of(left_out, 'character')})" if left_out > 0 else text
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_INTEGER_BITS:
        return f"(an integer of {value.bit_length():,} bits)"
    return value


def _escaped(character: str) -> str:
    """Return the character, or its escape when a terminal might interpret it."""
    return character if character.isprintable() else _code(character)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _flat(text: str) -> str:
    """Return the text with no more marks over a letter than a language has; the others are escapes."""
    shown, marks = [], 0
    for character in text:
        marks = marks + 1 if combining(character) or category(character) == "Me" else 0
        shown.append(character if marks <= MOST_MARKS else _code(character))
    return "".join(shown)


# Secrets, keys and cookies never reach a report, whatever the path by which they got into a finding.

_SENSITIVE_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_LEAST_COOKIE = 16
"""A cookie's value shorter than this holds no session."""


class Redactor:
    """Takes secrets out of text and JSON values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets to hide; those that are no longer than chance text are passed over."""
        self._secrets = long_enough(secrets)
        self._hidden = hiding(self._secrets)
        self._first: tuple[str, ...] = ()

    def also(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor that hides these too. To make one costs little: each exchange has its own."""
        added = long_enough(secrets)
        # Cookies are long, and written in few ways: they need no pattern, and to compile one takes longer than to
        # write an exchange. What is a part of another secret, or short, is left to the pattern.
        if any(len(one) < WHOLE_WORD_BELOW or any(one in other for other in self._secrets) for one in added):
            return Redactor(self._secrets.union(added))
        made = object.__new__(Redactor)
        made._secrets = self._secrets | added
        made._hidden = self._hidden
        every = {form for one in added for form in forms(one)}.union(self._first)
        made._first = tuple(sorted(every, key=len, reverse=True))
        return made

    def text(self, text: str) -> str:
        """Return the text with each secret, and each signed or encrypted token, replaced by `[hidden]`."""
        shown = text
        for form in self._first:
            if form in shown:
                shown = shown.replace(form, HIDDEN)
        return self._hidden(shown)

    def value(self, value: Any) -> Any:
        """Return a JSON value bounded, and with the secrets in its strings and keys hidden."""
        return bounded(value, self.text)

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers with the values of cookies and credentials hidden."""
        return [(name, HIDDEN if name.lower() in _SENSITIVE_HEADERS else self.text(value)) for name, value in headers]


def cookies_of(exchange: Exchange | None) -> list[str]:
    """Return what an exchange was signed in with: the values of its cookies, and all else that its caller showed."""
    if exchange is None:
        return []
    shown = () if exchange.credential is None else exchange.credential.secrets
    lines = [value for name, value in exchange.sent.headers if name.lower() == "cookie"]
    values = [pair.partition("=")[2].strip() for line in lines for pair in line.split(";")]
    return [*(value for value in values if len(value) >= _LEAST_COOKIE), *shown]
