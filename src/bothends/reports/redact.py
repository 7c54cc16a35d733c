"""Secrets, keys and cookies never reach a report, whatever the path by which they got into a finding."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bothends.reports.hostile import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.records import Exchange

HIDDEN = "[hidden]"
_SENSITIVE_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_WHOLE_WORD_BELOW = 8
"""A secret shorter than this is hidden only as a word: the key `dev` must not turn `development` into a riddle."""
_LEAST = 3
"""A secret shorter than this hides nothing: `a` is in every sentence."""
_LEAST_COOKIE = 16
"""A cookie's value shorter than this holds no session."""
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}")
"""A compact JWS or JWE (RFC 7515 section 7.1, RFC 7516 section 7.1): its header begins with `{"`."""


class Redactor:
    """Takes secrets out of text and JSON values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets to hide; those that are no longer than chance text are passed over."""
        self._secrets = frozenset(secret for secret in secrets if len(secret) >= _LEAST)
        # The longest first, so that no part of a longer secret is left over by a shorter one.
        forms = sorted({form for secret in self._secrets for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_sought, forms))) if forms else None
        self._first: tuple[str, ...] = ()

    def also(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor that hides these too. To make one costs little: each exchange has its own."""
        added = frozenset(secret for secret in secrets if len(secret) >= _LEAST)
        # Cookies are long, and written in few ways: they need no pattern, and to compile one takes longer than to
        # write an exchange. What is a part of another secret, or short, is left to the pattern.
        if any(len(one) < _WHOLE_WORD_BELOW or any(one in other for other in self._secrets) for one in added):
            return Redactor(self._secrets.union(added))
        made = object.__new__(Redactor)
        made._secrets = self._secrets | added
        made._pattern = self._pattern
        forms = {form for one in added for form in _forms(one)}.union(self._first)
        made._first = tuple(sorted(forms, key=len, reverse=True))
        return made

    def text(self, text: str) -> str:
        """Return the text with each secret, and each signed or encrypted token, replaced by `[hidden]`."""
        shown = text
        for form in self._first:
            if form in shown:
                shown = shown.replace(form, HIDDEN)
        shown = shown if self._pattern is None else self._pattern.sub(HIDDEN, shown)
        return _TOKEN.sub(HIDDEN, shown)

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


def _forms(secret: str) -> set[str]:
    """Return the secret as it is written in text, in a URL and in JSON."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}


def _sought(form: str) -> str:
    """Return the pattern that finds one form of a secret."""
    pattern = re.escape(form)
    return rf"(?<![\w-]){pattern}(?![\w-])" if len(form) < _WHOLE_WORD_BELOW else pattern
