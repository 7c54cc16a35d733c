"""Pacts in the making: each test makes one interaction, uses it as its consumer does, and it is written to a folder."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Pact counts its users unless it is told not to, before its library is loaded.
os.environ["PACT_DO_NOT_TRACK"] = "true"

from pact import Pact

from tests.consumers.folder import FOLDER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pacts are written: a folder of the test's own, unless the drift test names one for all."""
    return Path(os.environ.get(FOLDER_VARIABLE, tmp_path))


@contextmanager
def written(pact: Pact, folder: Path) -> Iterator[Pact]:
    """Hand out a pact, and add its interaction to the file of its two parties afterwards."""
    yield pact
    pact.write_file(folder)


@pytest.fixture
def worker_route(folder: Path) -> Iterator[Pact]:
    """What the worker relies on of the route's event."""
    with written(Pact("worker", "route"), folder) as pact:
        yield pact


@pytest.fixture
def route_ingest(folder: Path) -> Iterator[Pact]:
    """What the route relies on of the ingest."""
    with written(Pact("route", "ingest"), folder) as pact:
        yield pact


@pytest.fixture
def route_settings(folder: Path) -> Iterator[Pact]:
    """What the route relies on of the settings upstream."""
    with written(Pact("route", "settings"), folder) as pact:
        yield pact


@pytest.fixture
def web_route(folder: Path) -> Iterator[Pact]:
    """What the page relies on of the route."""
    with written(Pact("web", "route"), folder) as pact:
        yield pact
