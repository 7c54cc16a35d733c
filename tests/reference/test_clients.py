"""The clients of the upstreams, by themselves: as a consumer test drives them."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reference.ingest import IngestClient
from reference.settings import SettingsClient
from reference.spec import read
from reference.upstream import BrokenError, TimedOutError, UnreachableError, UpstreamError, WrongAnswerError
from tests.reference.endpoint import EVENT_KEY, ROOT, SETTINGS
from tests.reference.stub import Behaviour, Stub, answers, hangs, resets, says

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONTRACT = read(ROOT / "openapi.yaml")
SCHEMA = CONTRACT.document.validator({"$ref": "#/components/schemas/AppSettings"})
EVENT = {"id": "1", "name": "ä"}


def send(url: str, timeout: float = 5, event: Mapping[str, Any] = EVENT) -> str:
    """Send one event, by a client of its own."""

    async def run() -> str:
        async with IngestClient(CONTRACT.event, url, EVENT_KEY, timeout) as client:
            return await client.send(event)

    return asyncio.run(run())


def get(url: str, timeout: float = 5) -> Any:
    """Get the settings, by a client of its own."""

    async def run() -> Any:
        async with SettingsClient(url, timeout, SCHEMA) as client:
            return await client.get()

    return asyncio.run(run())


def test_send_returns_the_id(ingest: Stub) -> None:
    """The id by which the ingest acknowledged the event is returned."""
    assert "01J" == send(ingest.url)
    assert EVENT == ingest.received[0].json


def test_get_returns_the_settings(settings: Stub) -> None:
    """The settings are returned as they are."""
    assert SETTINGS == get(f"{settings.url}/settings")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (resets, BrokenError),
        (says(b""), BrokenError),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), BrokenError),
        (answers(500), WrongAnswerError),
        (answers(200, b"{}"), WrongAnswerError),
        (says(b"garbage\r\n\r\n"), WrongAnswerError),
        (hangs(), TimedOutError),
    ],
)
def test_fault_is_told_by_its_class(settings: Stub, ingest: Stub, fault: Behaviour, error: type[UpstreamError]) -> None:
    """Each fault raises its own error, whose text holds no address."""
    settings.always = ingest.always = fault
    with pytest.raises(error) as caught:
        send(ingest.url, 0.4)
    assert "127.0.0.1" not in str(caught.value)
    with pytest.raises(error):
        get(settings.url, 0.4)


def test_unreachable() -> None:
    """An address where nobody listens, and a name that nobody has, are unreachable."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for url in (f"http://127.0.0.1:{closed.getsockname()[1]}", "http://nowhere.invalid"):
            with pytest.raises(UnreachableError):
                send(url)


def test_untrusted_upstream_is_wrong(tmp_path: Path) -> None:
    """An upstream that nobody vouches for is not sent the event."""
    with Stub(answers(200), tls=self_signed(tmp_path)) as stub:
        with pytest.raises(WrongAnswerError):
            send(stub.url.replace("http:", "https:"))
        assert [] == stub.received


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    (folder / "both.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_client_must_be_entered() -> None:
    """A client that was not entered says so."""

    async def run() -> None:
        await SettingsClient("http://127.0.0.1:1", 1, SCHEMA).get()

    with pytest.raises(RuntimeError, match="enter the client first"):
        asyncio.run(run())
