"""Tokens: they survive any text around them, and prove whose run they are of."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bothends.records import Token, find_tokens, mint

SEEDS = st.integers(0, 2**32 - 1)
TOKENS = st.builds(Token, st.sampled_from("usb"), st.integers(0, 2**32 - 1))
# Letters of tokens themselves, so that chance text comes close to one.
TEXTS = st.text(st.sampled_from("usbx0123456789abcdef -")) | st.text()
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(SEEDS, TOKENS, TEXTS, TEXTS)
def test_a_token_is_found_inside_any_text(seed: int, token: Token, before: str, after: str) -> None:
    """Whatever text stands around a token, it is found, and nothing else is."""
    assert [token] == find_tokens(seed, before + mint(seed, token.kind, token.number) + after)


@given(SEEDS, st.lists(TOKENS, unique=True, max_size=5))
def test_tokens_side_by_side_are_all_found_in_order(seed: int, tokens: list[Token]) -> None:
    """Several tokens in one text are found in their order, with nothing between them."""
    assert tokens == find_tokens(seed, "".join(mint(seed, t.kind, t.number) for t in tokens))


@given(SEEDS, TOKENS, JSON, st.lists(st.sampled_from(["list", "value", "key"]), max_size=20))
def test_a_token_is_found_at_any_depth(seed: int, token: Token, beside: Any, wrappers: list[str]) -> None:
    """A token is found in values and in keys, however deep, and whatever stands beside it."""
    value: Any = f"<{mint(seed, token.kind, token.number)}>"
    for wrapper in wrappers:
        if wrapper == "list":
            value = [beside, value]
        elif wrapper == "value":
            value = {"a": beside, "b": value}
        else:
            value = {value: beside} if isinstance(value, str) else {"c": value}
    assert [token] == find_tokens(seed, value)


@given(SEEDS, SEEDS, TOKENS, TEXTS)
def test_a_token_of_another_seed_is_never_found(seed: int, other: int, token: Token, around: str) -> None:
    """A token proves itself to its own run only."""
    assume(seed != other)
    assert [] == find_tokens(other, around + mint(seed, token.kind, token.number) + around)


@given(SEEDS, JSON)
def test_chance_text_is_no_token(seed: int, value: Any) -> None:
    """Text that nobody minted holds no token."""
    assert [] == find_tokens(seed, value)


def test_the_same_token_counts_once_and_order_is_that_of_the_text() -> None:
    """Tokens come in the order in which they stand in the value, each once."""
    one, two, three = (mint(7, kind, number) for kind, number in (("u", 1), ("s", 2), ("b", 3)))
    value = {"first": [one, two], three: {"again": one}}
    assert [Token("u", 1), Token("s", 2), Token("b", 3)] == find_tokens(7, value)


def test_a_number_with_other_digits_is_no_token() -> None:
    """Leading zeros and a changed digest are not what was minted."""
    text = mint(7, "u", 1)
    assert [] == find_tokens(7, text.replace("ux1x", "ux01x"))
    assert [] == find_tokens(7, text[:-1] + ("0" if text[-1] != "0" else "1"))


def test_the_start_of_a_false_token_does_not_hide_a_true_one() -> None:
    """A false token may share its last letter with a true one's first."""
    assert [Token("b", 31)] == find_tokens(7, "ux1x1234567" + mint(7, "b", 31))


@pytest.mark.parametrize("kind", ["u", "s", "b"])
def test_a_token_is_letters_and_digits(kind: str) -> None:
    """A token is fit for a name, an address, a URL and a key."""
    assert re.fullmatch(r"[a-z0-9]+", mint(7, kind, 0xFFFFFFFF))


def test_a_value_as_deep_as_any_parser_reads_is_searched() -> None:
    """Depth is no limit: what the target sends must not stop the run."""
    value: Any = mint(7, "u", 5)
    for _ in range(50_000):
        value = [value]
    assert [Token("u", 5)] == find_tokens(7, value)
    while isinstance(value, list):  # takes it apart by hand: freeing it at once may exhaust the stack
        value = value.pop()


def test_what_is_remembered_of_one_value_is_not_said_of_another() -> None:
    """Many values are asked about in turn, large ones too, and each has its own tokens."""
    values = [{"at": mint(7, "u", number), "text": "x" * 500_000 * (number < 20)} for number in range(2500)]
    for _ in range(2):
        assert [[Token("u", number)] for number in range(2500)] == [find_tokens(7, value) for value in values]
