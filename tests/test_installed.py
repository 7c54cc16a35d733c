"""Which version is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata, version

import pytest

from bothends.installed import project_url, version_of


@pytest.mark.parametrize("name", ["bothends", "Hypothesis", "jsonschema_rs", "schemathesis"])
def test_a_version_is_what_the_library_says(name: str) -> None:
    """However the name is spelt."""
    assert version(name) == version_of(name)


def test_what_is_not_there_has_none() -> None:
    """It is told as the library tells it."""
    with pytest.raises(PackageNotFoundError):
        version_of("not-a-distribution")


def test_an_address_is_what_the_library_says() -> None:
    """By its label; where there is none of that, it is empty."""
    told = dict(field.split(", ", 1) for field in metadata("hypothesis").get_all("Project-URL") or [])
    assert told
    assert told == {label: project_url("hypothesis", label) for label in told}
    assert "" == project_url("hypothesis", "no such label")
