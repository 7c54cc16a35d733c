"""What the tests of verification share: the library, which takes a quarter of a second to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pacts.library import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def loaded() -> Iterator[Loaded]:
    """Return the library, loaded when it is first used."""
    found = Loaded()
    with found.runner:
        found.runner.run(found.verifying.__aenter__())
        yield found
        found.runner.run(found.verifying.__aexit__(None, None, None))
