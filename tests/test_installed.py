"""Which version is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from bothends.installed import version_of


@pytest.mark.parametrize("name", ["bothends", "Hypothesis", "jsonschema_rs", "schemathesis"])
def test_a_version_is_what_the_library_says(name: str) -> None:
    """However the name is spelt."""
    assert version(name) == version_of(name)


def test_what_is_not_there_has_none() -> None:
    """It is told as the library tells it."""
    with pytest.raises(PackageNotFoundError):
        version_of("not-a-distribution")
