"""The users that exchanges sign in as."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bothends.records import Token, find_tokens
from bothends.world import test_user as user_of
from bothends.world.answers import is_ordinary

SEEDS = st.integers(min_value=0, max_value=2**64)
NUMBERS = st.integers(min_value=1, max_value=2**32 - 1)


@given(seed=SEEDS, number=NUMBERS)
def test_a_person_is_ordinary_and_has_an_identity(seed: int, number: int) -> None:
    """Strings or nulls in I-JSON, each string that is not empty with the token, and never both name and email null."""
    made = user_of(seed, number)
    assert {"name", "email", "image"} == set(made)
    assert is_ordinary(made)
    assert made["name"] is not None or made["email"] is not None
    for text in filter(None, made.values()):
        assert [Token("u", number)] == find_tokens(seed, text)
    assert made == user_of(seed, number)


def test_people_differ() -> None:
    """Among a hundred there are nulls in each place, many names, and no two alike."""
    users = [user_of(7, number) for number in range(1, 101)]
    assert 100 == len({str(one) for one in users})
    for key in ("name", "email", "image"):
        assert 0 < sum(one[key] is None for one in users) < 60
    assert any(not str(one["name"]).isascii() for one in users)


def test_people_are_told_as_they_are() -> None:
    """Among a hundred there are white space at an end, upper case in an address, and an image that is empty."""
    users = [user_of(7, number) for number in range(1, 101)]
    names = [one["name"] for one in users if one["name"] is not None]
    addresses = [one["email"] for one in users if one["email"] is not None]
    assert any(name != name.strip() for name in names)
    assert any(address != address.lower() for address in addresses)
    assert any(one["image"] == "" for one in users)
