"""The bugs that are planted in the mock: each was found, and a few are tried here."""

from __future__ import annotations

import pytest

from bothends.laws import all_laws
from tests.mock.bugs import BUGS
from tests.mock.measure import outcome, read

pytestmark = pytest.mark.measured  # what the mock does, it does in a process of its own

LEAST = 30


def test_each_was_found() -> None:
    """As the outcomes in the repository say: by a law that its row names."""
    known = read()
    assert set(BUGS) == set(known)
    assert [] == [name for name, each in known.items() if not (each["by"] and each["named"])]
    assert len(BUGS) >= LEAST


def test_the_laws_that_are_named_are_there() -> None:
    """A law that was renamed is renamed here."""
    known = {law.name for law in all_laws()}
    assert {} == {name: {*bug.laws} - known for name, bug in BUGS.items() if not {*bug.laws} <= known}


@pytest.mark.parametrize("name", ["query-lost", "other-bytes-signed"])
def test_a_bug_is_found(name: str) -> None:
    """With the cases of its row."""
    assert outcome(BUGS[name])["named"]


@pytest.mark.long
@pytest.mark.parametrize("name", BUGS)
def test_every_bug_is_found(name: str) -> None:
    """All of them."""
    assert outcome(BUGS[name])["named"]
