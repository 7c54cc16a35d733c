"""The site, made once for all tests of this folder, and a browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.made_once import made_once
from tests.reports.browser import chromium
from tests.site.build import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reports.browser import Page


@pytest.fixture(scope="session")
def made(shared: Path) -> Path:
    """The folder in which the site was made; `seconds` has how long that took."""

    def make(folder: Path) -> None:
        began = time.monotonic()
        build(folder / "site")
        (folder / "seconds").write_text(str(time.monotonic() - began))

    return made_once(shared, "documentation", make)


@pytest.fixture(scope="session")
def site(made: Path) -> Path:
    """The folder of the site's pages."""
    return made / "site" / "html"


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A tab of one browser for all tests of a file."""
    with chromium() as page:
        yield page
