"""TLS at a listener: the certificates of one run, and one connection's records.

The records are made and read here, below them asyncio's transport is as it is without TLS: so each fault of a
connection, from a reset to an answer that goes on without end, is the same with TLS.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS = 8
"""How long certificates are valid, days: longer than any run."""
_READ = 1 << 16
_ALERT, _DATA = 21, 23
_ALERT_SIZE = 19
"""Bytes of an alert of TLS 1.3 in its record: level, description, type, and what authenticates them (RFC 8446)."""
_HEAD = 5
UNTRUSTED = 3
"""Peers in a row that end TLS before it is established, and none that did not: they do not trust the certificate."""


class Authority:
    """A certificate authority for one run, and a certificate of it.

    Args:
        host: Address that the services listen on.

    Attributes:
        file: The PEM file of the authority, in a folder that `close` removes.
        context: What a listener serves with.
    """

    def __init__(self, host: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bothends-ca-"))
        self.file = self._folder / "ca.pem"
        try:
            key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
            authority = _signed(_authority(key), key)
            self.file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
            served = _signed(_certificate(host, authority, own), key)
            self.context = self._context(served, own)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _context(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = self._folder / "own.pem"
        file.touch(mode=0o600)
        form = serialization.PrivateFormat.PKCS8
        secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
        file.unlink()
        return context


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bothends: the authority of one run")])
    return (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _certificate(host: str, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    public = authority.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)  # noqa: S101 -- it is made above
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bothends")])
    names = x509.SubjectAlternativeName([_named(one) for one in dict.fromkeys((host, "localhost", "127.0.0.1", "::1"))])
    return (
        _builder(name, authority.subject, key)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Records:
    """The TLS of one connection: between the bytes on the wire and those that are meant.

    Args:
        context: What the listener serves with.

    Attributes:
        begun: Whether the peer has said anything.
        ready: Whether it is established.
        ended: Whether the peer has said that nothing more comes.
        problem: Why the connection can't go on; empty: it can.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.begun = False
        self.ready = False
        self.ended = False
        self.problem = ""

    def received(self, octets: bytes) -> tuple[bytes, bytes]:
        """Take bytes from the wire.

        Returns:
            What is meant by them, and what must be written to the wire.
        """
        self.begun = True
        self._incoming.write(octets)
        meant: list[bytes] = []
        try:
            if not self.ready:
                self._object.do_handshake()
                self.ready = True
            while part := self._object.read(_READ):
                meant.append(part)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            self.problem = error.reason or str(error)
        return b"".join(meant), self._outgoing.read()

    def written(self, octets: bytes) -> bytes:
        """Return the records of bytes that are to be written."""
        self._object.write(octets)
        return self._outgoing.read()

    def closing(self) -> bytes:
        """Return the record that says that nothing more comes."""
        if self.ready and not self.problem:
            with contextlib.suppress(ssl.SSLError):  # the peer need not have said so as well
                self._object.unwrap()
        return self._outgoing.read()


def is_end(peeked: Sequence[int]) -> bool:
    """Return whether unread bytes begin with the record by which a peer says that nothing more comes."""
    if len(peeked) < _HEAD:
        return not peeked
    return peeked[0] == _ALERT or (peeked[0] == _DATA and peeked[3] << 8 | peeked[4] == _ALERT_SIZE)
