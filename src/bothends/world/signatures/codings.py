"""The codings of signatures and secrets, read by the letter: a right receiver need take no other spelling."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
CODINGS = ("base64", "hex")


def decoded(text: str, coding: str) -> bytes | None:
    """Return the bytes of a text; None where it is not in the coding.

    Base64 is that of RFC 4648 section 4: the standard alphabet, with padding, and nothing else. Hexadecimal is in
    lower case, as the vendors' libraries compare texts.
    """
    if coding == "hex":
        return bytes.fromhex(text) if _HEX.fullmatch(text) else None
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Python takes bits in the last character that belong to no byte.
    return found if base64.b64encode(found).decode() == text else None


def encoded(octets: bytes, coding: str) -> str:
    """Return bytes in a coding."""
    return octets.hex() if coding == "hex" else base64.b64encode(octets).decode()


def signature(key: bytes, octets: bytes, hash_name: str = "sha256") -> bytes:
    """Return the HMAC of bytes."""
    return hmac.new(key, octets, getattr(hashlib, hash_name)).digest()
