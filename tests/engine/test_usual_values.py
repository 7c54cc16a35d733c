"""Which refused request lets a run look for the values that stay as they are usual."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.engine.run.usual_values import UsualValues
from bothends.records import Answer, Case, Exchange, Expectation, NoAnswer, Request
from tests.in_words import condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.play import Batch, OwnKeys

REQUEST = Request("POST", "/labels")
RIGHT = Expectation(frozenset({201}))
CONTROL = Case("label", "success", "least", REQUEST, expect=RIGHT)
AFTER_A_FAULT = Case("label", "recovered", "after the hooks hangs", REQUEST, expect=RIGHT)


class Keys:
    """Gives requests a kind and a text of their own, unless these are left."""

    def __init__(self) -> None:
        """Leave none."""
        self.left: tuple[str, ...] = ()

    def places(self, _: str) -> tuple[str, ...]:
        """Return where the values stand."""
        return ("kind", "text")

    def leave(self, _: str, places: Iterable[str]) -> None:
        """Let some values stay as they are usual."""
        self.left = tuple(places)


def made(case: Case, status: int) -> Exchange:
    """Return what became of a case; 0: it got no answer."""
    answer = Answer(status, (), b"", 0) if status else NoAnswer("timeout", "after 10 s")
    return Exchange(1, case, None, REQUEST, answer, 0.0, 0.1)


def left_after(case: Case, status: int) -> tuple[bool, tuple[str, ...]]:
    """Return whether a case is to be sent once more, and what is left then; the target takes one kind alone."""
    keys = Keys()

    async def play(batch: Batch) -> tuple[Exchange, ...]:
        return tuple(made(each, 201 if "kind" in keys.left else 400) for each in batch.cases)

    usual: Any = UsualValues(cast("OwnKeys", keys), play)
    return asyncio.run(usual.found([made(case, status)], {"label": CONTROL})), keys.left


@pytest.mark.parametrize("case", [CONTROL, AFTER_A_FAULT], ids=["the good request", "another one, in a replay"])
def test_who_must_succeed_and_is_refused_is_sent_once_more(case: Case) -> None:
    """The kind stays as it is, for which it was refused, and the text is its own again."""
    assert (True, ("kind",)) == left_after(case, 400)


@pytest.mark.parametrize(
    ("case", "status"),
    [
        pytest.param(CONTROL, 201, id="it succeeds"),
        pytest.param(AFTER_A_FAULT, 0, id="no answer"),
        pytest.param(AFTER_A_FAULT, 500, id="no refusal"),
        pytest.param(
            Case("label", "invalid-body", "one", REQUEST, expect=Expectation(refused=True)), 400, id="refused"
        ),
        pytest.param(
            Case("label", "routing", "one", REQUEST, expect=Expectation(any_answer=True)), 404, id="any answer"
        ),
        pytest.param(Case("label", "taken", "one", REQUEST, expect=Expectation(frozenset({409}))), 409, id="right"),
        pytest.param(Case("other", "success", "one", REQUEST, expect=RIGHT), 400, id="of another operation"),
        pytest.param(
            Case("label", "crowd", "one", REQUEST, (condition("the ingest hangs"),), RIGHT), 400, id="under a fault"
        ),
    ],
)
def test_what_says_nothing_of_its_values_changes_none(case: Case, status: int) -> None:
    """A refusal that is right, or may be, was not for a value that was made up."""
    assert (False, ()) == left_after(case, status)
