"""Lists and counts in a sentence."""

from __future__ import annotations

import pytest

from bothends.records import choice_of, count_of, some_of, were


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
        (list("abcdefg"), "a, b, c and 4 more"),
    ],
)
def test_a_list_has_its_first_few_names_and_says_how_many_there_are_beside(names: list[str], said: str) -> None:
    """A list of any length fits on a line, and hides no number."""
    assert said == some_of(names)


def test_a_count_has_its_noun_in_the_right_number() -> None:
    """One thing has no `s`, and none has; what ends with an `s`, or with a `y`, has its own."""
    assert [count_of(number, "case") for number in (0, 1, 2, 1_000)] == ["0 cases", "1 case", "2 cases", "1,000 cases"]
    assert [count_of(number, "success") for number in (1, 2)] == ["1 success", "2 successes"]
    assert [count_of(number, "try") for number in (1, 2)] == ["1 try", "2 tries"]


def test_what_was_counted_was_or_were() -> None:
    """One was, none and several were."""
    assert ["were", "was", "were"] == [were(number) for number in range(3)]


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_choices_are_parted_by_commas_and_one_or(names: list[str], said: str) -> None:
    """Of one name, it is that; of none, nothing is said."""
    assert said == choice_of(names)
