"""States of the world, read from their sentences."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bothends.errors import ContractError
from bothends.world.faults import FAULTS, INGEST, Fault
from bothends.world.sentence import Pattern
from bothends.world.sessions.states import SESSION_STATES, SessionState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_SESSION_PATTERNS = [(Pattern(state.pattern), state) for state in SESSION_STATES]
_FAULT_PATTERNS = [(Pattern(fault.pattern), fault) for fault in FAULTS]
_MOST_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class StateInfo:
    """A state that the world can be put into.

    Attributes:
        pattern: The sentence, parameters in braces.
        kind: What it is a state of.
        family: What it brings about; `upstream-*`: either of wrong and unreachable; empty: nothing is amiss.
        about: What it is on the wire.
        recovers: Whether the target may as well come through it.
        may_store: Whether the ingest may store the event all the same.
        doubtful: Whether the session library takes such a session, so that a success is right too.
    """

    pattern: str
    kind: Literal["session", "upstream"]
    family: str
    about: str
    recovers: bool = False
    may_store: bool = False
    doubtful: bool = False


def all_states() -> tuple[StateInfo, ...]:
    """Return every state that there is: those of the session first, then those of upstreams and the ingest."""
    sessions = [
        StateInfo(state.pattern, "session", state.family, state.about, doubtful=state.doubtful)
        for state in SESSION_STATES
    ]
    faults = [
        StateInfo(fault.pattern, "upstream", fault.family, fault.about, fault.recovers, fault.may_store)
        for fault in FAULTS
    ]
    return (*sessions, *faults)


def parse_state(sentence: str, upstreams: Collection[str]) -> SessionState | Fault:
    """Read a sentence.

    Args:
        sentence: Such as `the ingest hangs` or `signed out`.
        upstreams: Names of the upstreams that there are, `ingest` among them when there is one.

    Raises:
        ContractError: No state has this sentence, or it names an upstream that there is not.
    """
    for pattern, state in _SESSION_PATTERNS:
        if (parameters := pattern.read(sentence)) is not None:
            return state(parameters)
    for pattern, fault in _FAULT_PATTERNS:
        if (parameters := pattern.read(sentence)) is not None:
            upstream = parameters.pop("upstream", INGEST)
            if upstream not in upstreams:
                raise ContractError(
                    f"`{sentence}` names no upstream of this world",
                    expected=" or ".join(f"`{name}`" for name in upstreams) or "no upstream at all",
                )
            return fault(upstream, parameters)
    near = difflib.get_close_matches(sentence, list(_sentences(upstreams)), n=_MOST_SUGGESTIONS, cutoff=0.5)
    raise ContractError(
        f"no state of the world has the sentence `{sentence}`",
        expected="one that `bothends states` lists",
        advice=f"did you mean {' or '.join(f'`{text}`' for text in near)}?" if near else "",
    )


def parse_states(
    sentences: Sequence[str], upstreams: Collection[str]
) -> tuple[SessionState | None, dict[str, tuple[str, Fault]]]:
    """Read sentences that hold at once.

    Returns:
        The session's state, or None when no sentence is about it; and by upstream, the sentence and its fault.

    Raises:
        ContractError: A sentence is unknown, or two are about the same thing.
    """
    session: tuple[str, SessionState] | None = None
    choice: tuple[str, SessionState] | None = None
    faults: dict[str, tuple[str, Fault]] = {}
    for sentence in sentences:
        state = parse_state(sentence, upstreams)
        other: tuple[str, SessionState | Fault] | None
        if isinstance(state, Fault):
            other = faults.get(state.upstream)
            faults[state.upstream] = (sentence, state)
        elif state.chooses:
            other, choice = choice, (sentence, state)
        else:
            other, session = session, (sentence, state)
        if other is not None:
            raise ContractError(f"`{other[0]}` and `{sentence}` can't hold at once")
    if session is not None and choice is not None:
        session[1].schemes = choice[1].schemes
    found = session or choice
    return (None if found is None else found[1]), faults


def _sentences(upstreams: Collection[str]) -> Iterator[str]:
    for pattern, _ in _SESSION_PATTERNS:
        yield pattern.text
    for pattern, _ in _FAULT_PATTERNS:
        for upstream in upstreams or ("{upstream}",):
            yield pattern.write(upstream=upstream)
