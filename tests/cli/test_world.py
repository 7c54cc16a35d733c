"""`bothends world`: what a person needs to point a target at it, and what arrives."""

from __future__ import annotations

import re
import shlex
import signal
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.waiting import LONGEST

if TYPE_CHECKING:
    import subprocess

    from tests.cli.conftest import Project, Snapshots

LAST_LINE = "Events and upstream calls appear here. Press Ctrl-C to stop.\n"


def introduction(process: subprocess.Popen[str]) -> str:
    """Read what the command says before it waits."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], "".join(lines)
    assert LAST_LINE == lines[-1]
    return "".join(lines)


def variable(text: str, name: str) -> str:
    """Return the value of a variable that a shell would take from the text."""
    found = re.search(rf"^ *{name}=(.*)$", text, re.MULTILINE)
    assert found is not None
    return shlex.split(found[1])[0]


def send(url: str, body: bytes | None = None) -> bytes:
    """Send a request, GET without a body, and return the answer's body."""
    with urlopen(Request(url, body, {"Content-Type": "application/json"})) as answer:  # noqa: S310 -- loopback
        told: bytes = answer.read()
    return told


@pytest.mark.measured
def test_the_world_is_introduced_and_shows_what_arrives(project: Project) -> None:
    """Addresses, environment, cookie and curl are printed; then each call and each event, with what is lost."""
    with project.start("world", "--seed", "3", "--url", "http://127.0.0.1:8080") as process:
        text = introduction(process)
        assert "   PORT=8080\n" in text
        assert "\ncurl -i -X POST http://127.0.0.1:8080/api/route " in text
        assert variable(text, "COOKIE").startswith("next-auth.session-token=ey")
        ingest, key = variable(text, "INNGEST_BASE_URL"), variable(text, "INNGEST_EVENT_KEY")
        send(variable(text, "SETTINGS_URL"))
        send(f"{ingest}/e/{key}", b'{"name": "a", "appSettings": {}}')
        assert process.stdout is not None
        arrived = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=LONGEST)
    assert ("", "\n") == rest
    assert 0 == process.returncode
    assert "upstream  settings: GET /settings -> 200 {" in arrived[0]
    assert "event     POST /e/[hidden] -> 200, stored and acknowledged\n" in arrived[1]
    assert ["sent", "consumed", "lost"] == [line.split()[0] for line in arrived[2:]]
    assert "/appSettings" in arrived[4]


@pytest.mark.measured
def test_a_given_state_is_played(project: Project) -> None:
    """The world is in the states that were asked for: signed out, there is no cookie; unreachable, it refuses."""
    with project.start("world", "--given", "signed out", "--given", "the settings is unreachable") as process:
        text = introduction(process)
        assert "given\n   signed out\n   the settings is unreachable\n" in text
        assert "COOKIE" not in text
        with pytest.raises(OSError, match="refused"):
            send(variable(text, "SETTINGS_URL"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)
    assert 0 == process.returncode


@pytest.mark.measured
def test_a_secret_of_the_users_own_is_not_printed(project: Project) -> None:
    """Where the secret and the key come from the settings file, that is said instead."""
    project.replace("bothends.toml", 'kind = "next-auth-v4"\n', 'kind = "next-auth-v4"\nsecret = "my-own-secret"\n')
    project.replace("bothends.toml", 'kind = "inngest"\n', 'kind = "inngest"\nevent_key = "my-own-key"\n')
    with project.start("world") as process:
        text = introduction(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONGEST)
    assert "my-own" not in text
    assert "# NEXTAUTH_SECRET: your secret under [world.session]\n" in text
    assert "# INNGEST_EVENT_KEY: your event_key under [world.ingest]\n" in text


@pytest.mark.measured
def test_the_world_ends_when_nobody_reads(project: Project) -> None:
    """`bothends world | head -1` does not wait for ever: it ends at the next thing it would say."""
    with project.start("world") as process:
        text = introduction(process)
        assert process.stdout is not None
        process.stdout.close()
        send(variable(text, "SETTINGS_URL"))
        assert 0 == process.wait(timeout=LONGEST)


@pytest.mark.measured
def test_an_unknown_state_is_a_wrong_call(project: Project, snapshots: Snapshots) -> None:
    """The nearest sentence is named."""
    snapshots.check("world-unknown-state", project.run("world", "--given", "the ingest is unreachabel").told)
