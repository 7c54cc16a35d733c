"""Tokens put together by hand, opened by a library."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import OctKey

from bothends.world.sessions.jose import CONTENT_KEYS, encrypted, json_text, signed


@pytest.mark.parametrize("enc", CONTENT_KEYS)
@given(payload=st.binary(max_size=100))
def test_a_library_opens_what_is_encrypted(enc: str, payload: bytes) -> None:
    """Each way to encrypt is the one that RFC 7518 describes."""
    key = os.urandom(CONTENT_KEYS[enc])
    token = encrypted({"alg": "dir", "enc": enc}, payload, key)
    opened = jwe.decrypt_compact(token, OctKey.import_key(key), algorithms=["dir", enc])
    assert payload == opened.plaintext
    assert {"alg": "dir", "enc": enc} == opened.headers()


def test_a_library_checks_what_is_signed() -> None:
    """The signature is HMAC-SHA256 over header and payload (RFC 7515 appendix A.1)."""
    key = os.urandom(32)
    token = signed({"alg": "HS256"}, b'{"sub":"1"}', key)
    assert b'{"sub":"1"}' == jws.deserialize_compact(token, OctKey.import_key(key), algorithms=["HS256"]).payload
    text, _, signature = token.rpartition(".")
    assert hmac.new(key, text.encode(), hashlib.sha256).digest() == urlsafe_b64decode(signature + "=")


def test_what_is_not_signed_has_an_empty_signature() -> None:
    """An unsecured token ends in a dot (RFC 7519 section 6.1)."""
    assert signed({"alg": "none"}, b"{}", None).endswith(".e30.")


def test_json_is_compact_utf_8() -> None:
    """As the libraries write it."""
    assert '{"a":"é","b":[1,null]}'.encode() == json_text({"a": "é", "b": [1, None]})
    assert {"a": "é"} == json.loads(json_text({"a": "é"}))
