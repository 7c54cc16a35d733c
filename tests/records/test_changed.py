"""A record with some fields changed is what `dataclasses.replace` makes of it."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.records import changed
from tests.laws import kept

EXCHANGE = kept.exchange()
NAMES = st.lists(st.sampled_from([field.name for field in fields(EXCHANGE)]), unique=True)


@given(NAMES)
def test_it_is_as_replaced(names: list[str]) -> None:
    """The changed fields are new, and the others are those of the record, which stays as it was."""
    before = replace(EXCHANGE)
    changes = {name: object() for name in names}
    assert replace(EXCHANGE, **changes) == changed(EXCHANGE, **changes)  # type: ignore[arg-type]
    assert before == EXCHANGE


def test_an_unknown_field_is_refused() -> None:
    """A name that no field has is an error, as it is for `replace`."""
    with pytest.raises(TypeError, match="Exchange has no kind"):
        changed(EXCHANGE, number=1, kind="x")
