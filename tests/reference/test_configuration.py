"""The configuration: what must be set, and what is said when it is not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reference.__main__ import main
from reference.configuration import ConfigurationError, read
from reference.settings import SettingsFile
from reference.spec import read as read_spec
from tests.reference.endpoint import ROOT, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.stub import Stub

LEAST = {"INNGEST_BASE_URL": "http://127.0.0.1:8288", "INNGEST_EVENT_KEY": "k", "NEXTAUTH_SECRET": "s"}


def test_defaults() -> None:
    """Three variables are enough."""
    configuration = read(LEAST | {"SETTINGS_URL": "", "PORT": ""})
    assert ("127.0.0.1", 8000, None, 5.0) == (
        configuration.host,
        configuration.port,
        configuration.settings_url,
        configuration.upstream_timeout,
    )
    assert ROOT / "openapi.yaml" == configuration.spec_file


def test_all_can_be_set() -> None:
    """Each variable has its effect."""
    given = {
        "HOST": "::1",
        "PORT": "0",
        "SETTINGS_URL": "https://s/x",
        "UPSTREAM_TIMEOUT_MS": "250",
        "OPENAPI_FILE": "a",
    }
    configuration = read(LEAST | given)
    assert ("::1", 0, "https://s/x", 0.25, Path("a")) == (
        configuration.host,
        configuration.port,
        configuration.settings_url,
        configuration.upstream_timeout,
        configuration.spec_file,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INNGEST_BASE_URL", ""),
        ("INNGEST_BASE_URL", "127.0.0.1:8288"),
        ("INNGEST_BASE_URL", "http://[::1"),
        ("INNGEST_EVENT_KEY", ""),
        ("NEXTAUTH_SECRET", ""),
        ("SETTINGS_URL", "ftp://x/"),
        ("SETTINGS_URL", "http://x:99999/"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("PORT", "9" * 5000),
        ("UPSTREAM_TIMEOUT_MS", "0"),
        ("UPSTREAM_TIMEOUT_MS", "1.5"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    """A variable that is missing or wrong is named in the message."""
    with pytest.raises(ConfigurationError, match=name):
        read(LEAST | {name: value})


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "can't be read"), ("{", "can't be read"), ('{"appName":1}', "not what the schema asks for")],
)
def test_settings_file_is_checked(tmp_path: Path, text: str | None, words: str) -> None:
    """Settings from a file are held to the same schema."""
    file = tmp_path / "settings.json"
    if text is not None:
        file.write_text(text)
    schema = read_spec(ROOT / "openapi.yaml").document.validator({"$ref": "#/components/schemas/AppSettings"})
    with pytest.raises(ConfigurationError, match=words):
        SettingsFile(file, schema)


def test_refuses_to_start_without_secret() -> None:
    """Without its secret the endpoint says so in one line and ends with 2."""
    done = subprocess.run(
        [sys.executable, "-m", "reference"],
        cwd=ROOT,
        env={**os.environ, **LEAST, "NEXTAUTH_SECRET": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (2, "", "reference: NEXTAUTH_SECRET is not set\n") == (done.returncode, done.stdout, done.stderr)


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Starts the endpoint, which must refuse, and returns the one line that it says."""

    def start(**environment: str) -> str:
        for name, value in {**LEAST, **environment}.items():
            monkeypatch.setenv(name, value)
        assert 2 == main()
        line = capsys.readouterr().err
        assert 1 == len(line.splitlines())
        return line

    return start


def test_refuses_to_start_without_spec(refusal: Callable[..., str], tmp_path: Path) -> None:
    """A contract that can't be read is named."""
    assert "none.yaml: No such file" in refusal(OPENAPI_FILE=str(tmp_path / "none.yaml"))


def test_port_in_use(refusal: Callable[..., str]) -> None:
    """A port that is taken is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"can't listen on 127.0.0.1:{port}: Address already in use" in refusal(PORT=port)


def test_settings_from_the_shipped_file(environment: dict[str, str], ingest: Stub) -> None:
    """With no address of the settings, those that ship with the endpoint are sent; it starts without its ingest."""
    with Endpoint({**environment, "SETTINGS_URL": "", "HOST": "localhost"}) as endpoint:
        ingest.close()
        assert 503 == endpoint.ask().status
        ingest.open()
        assert 200 == endpoint.ask().status
    assert "reference" == ingest.received[0].json["data"]["appSettings"]["appName"]
