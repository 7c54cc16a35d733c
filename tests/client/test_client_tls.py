"""The client over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bothends.client import Client, Sent
from bothends.clock import Clock
from bothends.records import Answer, NoAnswer, Request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for 127.0.0.1, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def send_to_server(certificate: Path, *, end: bool = False) -> list[Sent]:
    """Send two requests to a server that speaks TLS; it may close in the middle of its answers."""
    serving: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.ensure_future(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh" + b"i" * (not end))
                if end:
                    writer.transport.abort()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def main() -> list[Sent]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Client(url, clock=Clock(), time_limit=20) as client:
            results = [await client.send(Request("GET", "/")) for _ in range(2)]
        server.close()
        await asyncio.gather(*serving)
        return results

    return asyncio.run(main())


def test_a_trusted_target(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that SSL_CERT_FILE trusts is enough, and the connection is kept."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    results = send_to_server(certificate)
    assert all(isinstance(sent.answer, Answer) and sent.answer.body == b"hi" for sent in results)


def test_a_target_that_goes_away(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end in the middle of the body is no answer over TLS either."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for sent in send_to_server(certificate, end=True):
        assert isinstance(sent.answer, NoAnswer)
        assert sent.answer.kind in {"closed", "reset"}


def test_closing_in_flight(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request in flight over TLS ends when the client is closed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def main() -> Sent:
        arrived, gone = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            arrived.set()
            await reader.read()
            writer.close()
            await writer.wait_closed()
            gone.set()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        client = Client(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", clock=Clock(), time_limit=20)
        waiting = asyncio.ensure_future(client.send(Request("GET", "/")))
        await arrived.wait()
        await client.close()
        server.close()
        await gone.wait()
        return await waiting

    answer = asyncio.run(main()).answer
    assert isinstance(answer, NoAnswer)
    assert answer.kind == "closed"


def test_an_unknown_certificate(certificate: Path) -> None:
    """There is no way around the certificate's check: the connection is refused, and says why."""
    for sent in send_to_server(certificate):
        assert isinstance(sent.answer, NoAnswer)
        assert sent.answer.kind == "refused"
        assert "certificate" in sent.answer.detail
