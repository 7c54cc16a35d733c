"""Rules of sign-in and of answers: what nothing plays, and what nothing triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.settings_file import lines_for
from bothends.lint.rule import Level, rule

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.lint.rule import Found, Subject

_TRIGGERED = frozenset({"default", "404", "405", "4XX", "5XX"})


@rule(
    "scheme-not-played",
    Level.WARNING,
    asks="The settings play each security scheme that an operation asks for.",
    why="Nobody can sign in by a scheme that nothing plays: what needs a caller is not judged.",
)
def scheme_not_played(subject: Subject) -> Found:
    """Yield each scheme without a session."""
    told: set[str] = set()
    for operation in subject.contract.operations:
        for requirement in operation.security.alternatives:
            for member in requirement.members:
                scheme = member.scheme
                if member.session is None and scheme.name not in told:
                    told.add(scheme.name)
                    where = subject.contract.document.location(scheme.pointer)
                    yield where, f"Nothing plays the security scheme '{scheme.name}'.", lines_for(scheme)


@rule(
    "answer-without-case",
    Level.WARNING,
    asks="A case triggers each declared answer.",
    why="An answer that nothing triggers is not proven.",
)
def answer_without_case(subject: Subject) -> Found:
    """Yield each failure without an `x-given`, where others of its operation have one."""
    for operation in subject.contract.operations:
        if not any(answer.family_rule is not None for answer in operation.answers):
            continue
        for answer in operation.answers:
            failure = answer.status[0] in "345" and answer.status not in _TRIGGERED
            others = operation.absent_statuses | _of_key(operation)
            if failure and answer.family_rule is None and not operation.statuses_for(answer) <= others:
                where = subject.contract.document.location(answer.pointer)
                yield where, f"No case triggers the answer {answer.status} of {operation.id}.", "Add x-given."


def _of_key(operation: Operation) -> frozenset[int]:
    """Return the statuses that an idempotency key leads to."""
    keyed = operation.idempotency
    if keyed is None:
        return frozenset()
    return frozenset(status for status in (keyed.conflict, keyed.in_flight) if status is not None)


@rule(
    "one-caller",
    Level.WARNING,
    asks="A scheme has two callers.",
    why="With one caller, an answer or an event for another one can't be told.",
)
def one_caller(subject: Subject) -> Found:
    """Yield each session with a single caller."""
    for name, session in subject.contract.settings.world.sessions.items():
        if session.callers == 1 and session.location is not None:
            yield session.location, f"The scheme '{name}' has one caller.", "Add a second entry to `callers`."
