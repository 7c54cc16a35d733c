"""The bugs of `examples/tickets`: each is a program of its own, and names laws that there are."""

from __future__ import annotations

from bothends.laws import all_laws
from tests.bank.bank import check_syntax, edited
from tests.tickets.bank import LANGUAGES, all_bugs

LEAST = 80


def test_there_are_enough_bugs_in_two_languages() -> None:
    """Each has a name of its own in its language."""
    names = [(bug.target, bug.name) for bug in all_bugs()]
    assert len(names) == len(set(names))
    assert all(sum(bug.target == language for bug in all_bugs()) >= LEAST for language in LANGUAGES)


def test_each_bug_is_a_program_that_differs_from_the_right_one() -> None:
    """What it replaces stands once in the example, and what comes of it can be parsed."""
    check_syntax({f"{bug.target}/{bug.name}/{file}": text for bug in all_bugs() for file, text in edited(bug).items()})


def test_each_bug_names_laws_that_there_are() -> None:
    """A law that is renamed is renamed here as well; a law that is still to come is named where the bug says why."""
    known = {law.name for law in all_laws()}
    named = [(bug.name, law) for bug in all_bugs() if not bug.why_not for law in bug.laws]
    assert {} == {name: law for name, law in named if law not in known}
    assert [] == [bug.name for bug in all_bugs() if not bug.laws and not bug.why_not]
