"""The record of a history: what is known of a write, and histories as JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.errors import ContractError
from bothends.histories import (
    History,
    HistoryObject,
    Kill,
    Outcome,
    Page,
    Walk,
    history_from_json,
    history_to_json,
    outcome_of,
    records_of,
    value_key,
)
from tests.histories.short import create, event, history, read, write
from tests.histories.simulated import SHAPES, chance, right


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        (Outcome.ACKNOWLEDGED, (200, 201, 203, 204, 206, 226, 299)),
        (Outcome.REFUSED, (400, 401, 404, 409, 412, 422, 428, 431)),
        (Outcome.IN_DOUBT, (None, 100, 202, 207, 301, 303, 408, 425, 429, 499, 500, 502, 503, 504)),
    ],
)
def test_a_status_says_whether_a_write_took_effect(outcome: Outcome, statuses: tuple[int | None, ...]) -> None:
    """What a proxy may have answered, and what is accepted for later, is in doubt."""
    assert {outcome} == {outcome_of(status) for status in statuses}


def test_a_write_whose_answer_was_not_read_is_in_doubt() -> None:
    """Its status is nothing without an end."""
    assert (Outcome.IN_DOUBT, float("inf")) == (write("w", 0, None, 200).outcome, write("w", 0, None, 200).done)
    assert (Outcome.IN_DOUBT, float("inf")) == (write("w", 0, 1, 504).outcome, write("w", 0, 1, 504).done)


def test_equal_values_have_one_key() -> None:
    """As JSON values are equal: 1 is 1.0 and not true, and the order of keys is nothing."""
    assert value_key({"a": [1.0], "b": None}) == value_key({"b": None, "a": [1]})
    assert 4 == len({value_key(value) for value in (1, True, "1", [1])})


def test_a_history_is_json_and_back() -> None:
    """Everything of it is there again."""
    parts = history(create("c", 0, 1, a=1, b=[{}]), read("r", 1.5, 2, a=1, b=[{}]), event("e", 1, None, 3, a=1))
    walks = (Walk("l", "ann", (Page(1, 2, ("it",)), Page(2, 3, ())), ("it",)),)
    whole = replace(parts, walks=walks, kills=(Kill(4, 5.5, mercy=True),), quiet=9)
    assert whole == history_from_json(history_to_json(whole))
    for shape in SHAPES.values():
        drawn = right(chance(3), shape)
        assert drawn == history_from_json(history_to_json(drawn))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (history(write("w", 2, 1)), "'w' ends before it begins"),
        (history(write("w", 0, 1), read("w", 0, 1)), "two are the operation 'w'"),
        (History(("ann",), (), (write("w", 0, 1),)), "'w' is about 'it', which is not among the objects"),
        (History((), (HistoryObject("it"),), (write("w", 0, 1),)), "'ann', which is not among the callers"),
        (history(replace(event("e", 0, 1), write="w")), "'e' is tied to 'w', which is not among the writes"),
        (history(replace(event("e", 0, 1), attempts=())), "'e' has no attempt"),
        (history(event("e", 0, 1), event("e", 2, 3)), "two are the event 'e'"),
        (replace(history(), walks=(Walk("l", "ann", (), ()),)), "'l' has no page"),
    ],
)
def test_a_history_that_contradicts_itself_is_refused(wrong: History, said: str) -> None:
    """The error says in what."""
    with pytest.raises(ContractError, match=said):
        history_from_json(history_to_json(wrong))


def test_what_is_no_history_is_refused() -> None:
    """The error says where it differs."""
    value = history_to_json(history(write("w", 0, 1)))
    value["writes"][0]["kind"] = "post"
    with pytest.raises(ContractError, match="/writes/0/kind"):
        history_from_json(value)
    with pytest.raises(ContractError, match="its root"):
        history_from_json([])


def test_members_that_change_without_a_write_are_not_judged() -> None:
    """They are named, with the reason; so is each member whose values do not say which write they are of."""
    seen = history(write("w1", 0, 1, a=1, b=1), write("w2", 0, 1, b=1), read("r", 2, 3, a=2, b=1), read("s", 2, 3, c=5))
    (record,) = records_of(seen)
    assert () == record.members
    assert {"a": "it shows a value that no write gave", "b": "two writes gave it one value"} == record.unjudged
    (record,) = records_of(history(create("c", 0, 1, a=1), write("w", 2, 3, b=1), there=False))
    assert {"b": "a write that replaces the object says nothing of it"} == record.unjudged
    assert ("a",) == record.members


def test_nothing_is_judged_of_an_object_that_others_may_change() -> None:
    """It has no members to judge."""
    (record,) = records_of(history(write("w", 0, 1, a=1), thing=HistoryObject("it", {}, shared=True)))
    assert () == record.members
