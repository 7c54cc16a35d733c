"""The command: what it prints, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.in_process import bothends
from tests.mock.receiver import receiver
from tests.warm import start as warm

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOP = str(Path(__file__).parent / "shop.yaml")
START_SECONDS = 60


@contextmanager
def mock(folder: Path, *words: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command for the length of a `with` block; its process, and its base URL."""
    command = [*warm.command(), "mock", *words]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **variables}
    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, text=True, env=env)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (found := re.search(r"at (http://\S+:\d+)", said(folder))):
            assert process.poll() is None, said(folder)
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process, found[1]
    finally:
        process.kill()
        process.wait()


def said(folder: Path) -> str:
    """Return what the command has printed."""
    return (folder / "out.txt").read_text("utf-8")


@pytest.mark.measured
def test_what_is_owed_is_delivered_before_the_end(tmp_path: Path) -> None:
    """SIGTERM comes while each receiver has refused once; a second one changes nothing; the exit code is 0."""
    count = 20
    with receiver(*[503] * count) as kept, mock(tmp_path, "--spec", SHOP, "--port", "0") as (process, url):
        with httpx.Client() as client:
            for number in range(count):
                order = {"sku": f"\u001b[31msku {number}", "callbackUrl": f"{kept.url}/{number}"}
                assert 201 == client.post(f"{url}/orders", json=order).status_code
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(START_SECONDS)
    assert {f"/{number}" for number in range(count)} == {path for path, _, _ in kept.came[count:]}
    lines = said(tmp_path)
    assert count == len(re.findall(r"orderPlaced  POST \S+  204 \(taken", lines))
    assert "\u001b" not in lines


@pytest.mark.measured
def test_what_is_not_delivered_is_told(tmp_path: Path) -> None:
    """Nobody listens at the URL: the end does not wait for ever, and says how many events were not delivered."""
    with mock(tmp_path, "--spec", SHOP, "--port", "0") as (process, url):
        httpx.post(f"{url}/orders", json={"sku": "x", "callbackUrl": "http://127.0.0.1:9/"})
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(START_SECONDS)
    assert "not delivered: no receiver has taken" in said(tmp_path)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With exit code 2: it is the user's to mend."""
    with receiver() as kept:
        port = kept.url.rpartition(":")[2]
        done = bothends(tmp_path, "mock", "--spec", SHOP, "--port", port)
    assert (2, True) == (done.returncode, "Stop the program that uses the port" in done.stderr)


@pytest.mark.parametrize(
    "words", [("--profile", "quick", "--only", "success"), pytest.param((), marks=pytest.mark.long)], ids=str
)
def test_from_an_empty_folder(tmp_path: Path, words: tuple[str, ...]) -> None:
    """`bothends init`, `bothends mock`, `bothends verify`: the contract of the example is proven, by all cases too."""
    assert 0 == bothends(tmp_path, "init").returncode
    with mock(tmp_path, "--port", "0") as (_, url):
        settings = tmp_path / "bothends.toml"
        # The usual port may be in use where tests run.
        settings.write_text(settings.read_text("utf-8").replace("http://127.0.0.1:8080", url), "utf-8")
        done = bothends(tmp_path, "verify", *words, measured=False)
    assert (0, True) == (done.returncode, "PROVEN" in done.stdout), done.stdout
