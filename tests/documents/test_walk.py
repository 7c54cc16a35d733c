"""The walk from a plain run to PROVEN: each step of its page is taken, with the two services that it is about."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.documents.walk import EXPRESS, SERVICES, Reader, running, section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Run a service as the page says; return its name and its port."""
    if request.param == "Express":
        subprocess.run([EXPRESS / "build.sh"], check=True)
    with running(SERVICES[request.param][0]) as port:
        yield request.param, port


@pytest.mark.long
def test_each_step_leads_to_the_next(service: tuple[str, str], tmp_path: Path) -> None:
    """From the plain run on, each verdict, each proposal and each note is what the page shows."""
    name, port = service
    reader = Reader(tmp_path, SERVICES[name][1], port)
    for block in section(name):
        if block.name:
            reader.write(block)
        elif block.language == "console":
            reader.follow(block)


def test_the_first_step_and_the_last_contract(service: tuple[str, str], tmp_path: Path) -> None:
    """The plain run shows what the page shows; with all lines added, what must succeed does, at both ends."""
    name, port = service
    reader = Reader(tmp_path, SERVICES[name][1], port)
    steps = section(name)
    first = next(block for block in steps if block.language == "console")
    reader.follow(first)
    reader.prepare(steps)
    shown = reader.run("bothends verify --profile quick --only success")
    assert re.search(r"^PROVEN: ", shown, re.MULTILINE), shown
    assert "note:" not in shown


def test_what_is_shown_is_all_on_the_page() -> None:
    """Each section begins with a plain run and ends with PROVEN."""
    for name in SERVICES:
        consoles = [block for block in section(name) if block.language == "console"]
        assert "NOT PROVEN" in consoles[0].text
        assert "\nPROVEN: " in consoles[-1].text
        assert "note:" not in consoles[-1].text
