"""What the ingest may answer, as a callback declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.contract import Contract
    from tests.contract.folder import Folder


def test_the_answers_of_a_callback_are_read(contract: Contract) -> None:
    """They are looked up as an operation's are: the status, then its class, then `default`."""
    event = contract.operations[0].events[0]
    found = [event.answer_for(status) for status in (200, 400, 503, 202)]
    assert ["200", "400", "5XX", None] == [None if each is None else each.status for each in found]
    assert ["text/plain", "application/json"] == list(event.answers[0].content)


def test_a_callback_may_leave_its_answers_open(folder: Folder) -> None:
    """OpenAPI 3.1 does not ask for them."""
    del folder.callback["responses"]
    event = folder.load().operations[0].events[0]
    assert () == event.answers
    assert None is event.answer_for(200)
