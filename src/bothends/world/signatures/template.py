"""Signatures that the settings describe: which headers there are, what is signed, and how it is written."""

from __future__ import annotations

import re
import secrets as randomness
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.tables import MALFORMED, SIGNATURES, TOLERANCE_SCHEMA, WRONG, Signature, SignatureError, Signed
from bothends.world.signatures.codings import decoded, encoded, signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.tables import SignedRequest, Table

_FIELD = re.compile(r"\{([a-z]*)\}")
_OF_HEADERS = frozenset({"id", "timestamp", "signature", "secret"})
_OF_BYTES = frozenset({"id", "timestamp", "body"})
_MILLISECONDS = "milliseconds"
_TEXT = "text"


@SIGNATURES.add
class Template(Signature):
    """Reads what `headers` describes: each value is a text with `{id}`, `{timestamp}`, `{signature}` or `{secret}`."""

    kind = "template"
    about = "signatures that the table describes"
    source = "the settings: signature of the ingest"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["headers"],
        "properties": {
            "headers": {
                "description": "Each header's value, a text with `{id}`, `{timestamp}`, `{signature}` or `{secret}`.",
                "type": "object",
                "additionalProperties": {"type": "string", "minLength": 1},
                "minProperties": 1,
                "x-expected": 'headers and their values, such as {X-Signature = "sha256={signature}"}',
            },
            "signs": {
                "description": "What is signed, a text with `{body}`, `{id}`, `{timestamp}`. Without it: {body}.",
                "type": "string",
            },
            "hash": {
                "description": "The hash of the HMAC. Without it: sha256.",
                "type": "string",
                "enum": ["sha1", "sha256", "sha384", "sha512"],
            },
            "coding": {
                "description": "How the signature is written. Without it: hex.",
                "type": "string",
                "enum": ["hex", "base64"],
            },
            "secret_coding": {
                "description": "How the secret is written: `text` is used as it is. Without it: text.",
                "type": "string",
                "enum": [_TEXT, "hex", "base64"],
            },
            "secret_prefix": {
                "description": "What a secret begins with; with a coding, no part of the key. Without it: none.",
                "type": "string",
            },
            "separator": {
                "description": "What stands between signatures, if the header is a list of them. Without it: no list.",
                "type": "string",
                "minLength": 1,
            },
            "timestamp_unit": {
                "description": "The unit of the timestamp. Without it: seconds.",
                "type": "string",
                "enum": ["seconds", _MILLISECONDS],
            },
            "tolerance_s": TOLERANCE_SCHEMA,
        },
    }

    def __init__(self, table: Table) -> None:
        values = table.values
        self._coding: str = values.get("coding", "hex")
        self._hash: str = values.get("hash", "sha256")
        self._coding_of_secret: str = values.get("secret_coding", _TEXT)
        self._prefix: str = values.get("secret_prefix", "")
        self._unit: str = values.get("timestamp_unit", "seconds")
        self._signs: str = values.get("signs", "{body}")
        self._separator: str = values.get("separator", "")
        self._headers: dict[str, str] = values.get("headers", {})
        super().__init__(table)
        self._check()
        self._keys = [self._key(secret) for secret in self.secrets]

    def make_secret(self) -> str:
        """Return a new secret, in the coding of the settings."""
        octets = randomness.token_bytes(32)
        coded = encoded(octets, "hex" if self._coding_of_secret == _TEXT else self._coding_of_secret)
        return self._prefix + coded

    @property
    def hidden(self) -> tuple[str, ...]:
        """The secrets, and where the prefix is no part of the key, what is behind it."""
        whole = self.secrets if self._coding_of_secret == _TEXT or not self._prefix else ()
        parts = ((one, one.removeprefix(self._prefix)) for one in self.secrets if not whole)
        return (*whole, *(text for pair in parts for text in pair))

    @property
    def secret_headers(self) -> frozenset[str]:
        """The headers with `{secret}` in them."""
        return frozenset(name.lower() for name, value in self._headers.items() if "{secret}" in value)

    def verify(self, request: SignedRequest) -> Signed:
        """Read each header by its text, then hold the signature against the secrets."""
        found: dict[str, tuple[str, str]] = {}
        for name, pattern in self._headers.items():
            value = self.header(request, name)
            if "{secret}" in pattern:
                self._is_secret(name, pattern, value)
            elif not (self._separator and "{signature}" in pattern):
                found |= {field: (text, name) for field, text in _read(name, pattern, value).items()}
        (written, timestamp_header), (identity, id_header) = found.get("timestamp", ("", "")), found.get("id", ("", ""))
        timestamp = self.number(written, timestamp_header, self._unit) if timestamp_header else None
        parts = {"id": identity.encode("latin-1"), "timestamp": written.encode("latin-1"), "body": request.body}
        octets = b"".join(parts[text] if field else text.encode() for field, text in _parts(self._signs))
        for name, pattern in self._headers.items():
            if "{signature}" in pattern:
                self._signed(name, pattern, self.header(request, name), octets)
        if timestamp is not None and self._unit == _MILLISECONDS:
            return Signed(timestamp / 1000, timestamp_header, identity, id_header)
        return Signed(timestamp, timestamp_header, identity, id_header)

    def _signed(self, name: str, pattern: str, value: str, octets: bytes) -> None:
        entries = value.split(self._separator) if self._separator else [value]
        read = [_matched(pattern, entry.strip(" ")) for entry in entries]
        coded = [one["signature"] for one in read if one is not None]
        if not coded:
            raise SignatureError(MALFORMED, name, f"no value of the form {pattern}")
        found = [decoded(one, self._coding) for one in coded]
        size = len(signature(b"", b"", self._hash))
        if any(one is None or len(one) != size for one in found):
            raise SignatureError(MALFORMED, name, f"a signature that is not {size} bytes in {self._coding}")
        right = [signature(key, octets, self._hash) in found for key in self._keys]
        # Where there is room for one signature, it is of one of the secrets.
        self.all_signed(name, right if self._separator else [any(right)])

    def _is_secret(self, name: str, pattern: str, value: str) -> None:
        if value not in [pattern.replace("{secret}", secret) for secret in self.secrets]:
            raise SignatureError(WRONG, name, "a value without the secret")

    def _key(self, secret: str) -> bytes:
        """Return the key of a secret.

        Raises:
            ContractError: It is not in the coding of the settings.
        """
        if self._coding_of_secret == _TEXT:
            return secret.encode()
        octets = decoded(secret.removeprefix(self._prefix), self._coding_of_secret)
        if not octets or not secret.startswith(self._prefix):
            key = "secret" if "secret" in self.table.values else "secrets"
            begins = f"{self._prefix} and " if self._prefix else ""
            problem = f"A secret is not in the coding '{self._coding_of_secret}'."
            raise self.table.error(key, problem, expected=f"{begins}bytes in {self._coding_of_secret}")
        return octets

    def _check(self) -> None:
        """Check that the texts name what there is.

        Raises:
            ContractError: One does not.
        """
        values = self._headers.values()
        in_headers = [field for value in values for field in _FIELD.findall(value)]
        signed = set(_FIELD.findall(self._signs))
        for key, fields, known in (("headers", set(in_headers), _OF_HEADERS), ("signs", signed, _OF_BYTES)):
            for field in sorted(fields - known):
                expected = ", ".join(f"{{{name}}}" for name in sorted(known))
                raise self.table.error(key, f"'{key}' names {{{field}}}.", expected=expected)
        for field in ("id", "timestamp"):
            if field in signed and field not in in_headers:
                problem = f"'signs' names {{{field}}}, but no header has it."
                raise self.table.error("signs", problem, expected=f"{{{field}}} in 'headers'")
            if in_headers.count(field) > 1:
                raise self.table.error("headers", f"'headers' has {{{field}}} twice.", expected="one header with it")
        if "signature" not in in_headers and "signs" in self.table.values:
            problem = "'signs' says what is signed, but no header has {signature}."
            raise self.table.error("signs", problem, expected="{signature} in 'headers'")
        for name, value in self._headers.items():
            fields_of_one = _FIELD.findall(value)
            alone = bool(self._separator) or "secret" in fields_of_one
            if fields_of_one.count("signature") > 1 or (len(fields_of_one) > 1 and alone):
                problem = f"The header {name} has several values: a signature in a list and a secret stand alone."
                raise self.table.error("headers", problem, expected="a header of its own for each")


def _read(name: str, pattern: str, value: str) -> dict[str, str]:
    found = _matched(pattern, value)
    if found is None:
        raise SignatureError(MALFORMED, name, f"a value that is not {pattern}")
    return found


def _matched(pattern: str, value: str) -> dict[str, str] | None:
    """Return the fields of a value; None where it is not of the form of its text."""
    form = "".join(f"(?P<{text}>.+?)" if field else re.escape(text) for field, text in _parts(pattern))
    match = re.fullmatch(form, value)
    return None if match is None else match.groupdict()


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text in order: whether each is a field, and its name or its words."""
    at = 0
    for match in _FIELD.finditer(text):
        if match.start() > at:
            yield False, text[at : match.start()]
        yield True, match[1]
        at = match.end()
    if at < len(text):
        yield False, text[at:]
