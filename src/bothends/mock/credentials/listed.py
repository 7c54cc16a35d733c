"""Readers of what a few callers show who are listed: keys, passwords, and whatever the settings give."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any

from bothends.contract.setup import fill_text
from bothends.mock.credentials.readers import Asking, Known, Sources, listed, reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TWO: tuple[Mapping[str, Any], ...] = ({}, {})


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


@reader("api-key")
class KeyReader:
    """Looks for the key where the scheme has it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def known(self, asking: Asking) -> Known | None:
        """Compare the key with all that were given out."""
        scheme = self._sources.scheme
        shown = asking.at(scheme.location, scheme.parameter)
        if not shown:
            return None
        return next((known for key, known in self._keys() if key and _same(key, shown)), None)

    def _keys(self) -> Iterator[tuple[str, Known]]:
        together = self._sources.value("keys").split(",")  # those of callers with permission
        for number, entry, known in listed(self._sources, _TWO):
            written = entry.get("key", "")
            key = "" if "{" in written else written
            if not key:
                key = self._sources.value(f"key_{number}")
            if not key and known.forbidden is None and together:
                key = together[0]
            if known.forbidden is None:
                together = together[1:]
            yield key, known


@reader("basic")
class PasswordReader:
    """Reads user and password (RFC 7617)."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def known(self, asking: Asking) -> Known | None:
        """Compare them with all accounts."""
        coded = asking.after("basic")
        try:
            user, colon, password = base64.b64decode(coded or "", validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        if not colon:
            return None
        for number, entry, known in listed(self._sources, _TWO):
            own = [entry.get(name) or self._sources.value(f"{name}_{number}") for name in ("user", "password")]
            if all(own) and _same(own[0], user) and _same(own[1], password):
                return known
        return None


@reader("static")
class ShownReader:
    """Holds headers, cookies and parameters against what the settings give."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def known(self, asking: Asking) -> Known | None:
        """Return the caller all of whose credentials are there."""
        return next((known for _, entry, known in listed(self._sources) if self._shows(entry, asking)), None)

    def _shows(self, entry: Mapping[str, Any], asking: Asking) -> bool:
        return all(
            _is_shown(part, name, self._filled(text), asking)
            for part in ("headers", "cookies", "query")
            for name, text in entry.get(part, {}).items()
        )

    def _filled(self, text: str) -> str:
        return fill_text(text, _Told(self._sources))


class _Told(dict[str, str]):
    """The values that setup has yielded, by name."""

    def __init__(self, sources: Sources) -> None:
        super().__init__()
        self._sources = sources

    def __contains__(self, name: object) -> bool:
        return bool(self._sources.value(str(name)))

    def __getitem__(self, name: str) -> str:
        return self._sources.value(name)


def _is_shown(part: str, name: str, text: str, asking: Asking) -> bool:
    match part:
        case "cookies":
            shown = asking.cookies.get(name)
        case "query":
            shown = asking.query.get(name)
        case _ if name.lower() == "cookie":
            own = dict(pair.strip().partition("=")[::2] for pair in text.split(";"))
            return all(asking.cookies.get(key) == value for key, value in own.items())
        case _:
            values = asking.message.all(name.lower())
            shown = values[0] if len(values) == 1 else None
    if shown is None:
        return False
    if name.lower() == "authorization":  # the word before it has no case (RFC 9110, section 11.1)
        shown, text = _lowered(shown), _lowered(text)
    return _same(shown, text)


def _lowered(text: str) -> str:
    word, space, rest = text.partition(" ")
    return f"{word.lower()}{space}{rest.strip(' ')}" if space else text
