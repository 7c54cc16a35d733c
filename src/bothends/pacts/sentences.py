"""Provider states as sentences of the world: a pact and `world.given(…)` speak the same language."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bothends.conditions import Pattern, all_kinds
from bothends.errors import ContractError
from bothends.world import INGEST, made_together, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.pacts.model import Interaction, Pact, ProviderState
    from bothends.records import Condition

_GAP = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATTERNS = tuple(
    Pattern(text) for kind in all_kinds() for text in {kind.pattern, kind.pattern.replace("{ingest}", INGEST)}
)


def sentence(state: ProviderState) -> str:
    """Return a provider state as a sentence of the world, its parameters filled in.

    `the {upstream} answers {status}` with `{"upstream": "ingest", "status": 500}` is
    `the ingest answers 500`. A value that is not a text is written as JSON, as `signed in as {user}`
    reads it. The gaps may be left out of the name: `signed in as` with `{"user": …}`. Whether the world
    knows the sentence is not asked here.

    Raises:
        ContractError: A gap has no parameter, or a parameter has no place in the sentence.
    """
    missing = [name for name in _GAP.findall(state.name) if name not in state.parameters]
    if missing:
        raise ContractError(
            f"The state `{state.name}` has no parameter '{missing[0]}'",
            expected=f'"params": {{"{missing[0]}": …}}, or the sentence with the value in it',
        )
    texts = {name: _text(value) for name, value in state.parameters.items()}
    filled = _GAP.sub(lambda gap: texts[gap[1]], state.name)
    left = {name: text for name, text in texts.items() if name not in _GAP.findall(state.name)}
    if not left or _says_it_already(filled, left):
        return filled
    for pattern in _PATTERNS:
        if set(pattern.parameters) == left.keys() and _words(pattern.text) == _words(filled):
            return pattern.write(**left)
    raise ContractError(
        f"The state `{state.name}` has no placeholder for its parameter '{next(iter(left))}'",
        expected="a sentence that has each parameter in braces",
        advice=_with_parameters(left),
    )


def conditions(pact: Pact, interaction: Interaction, contract: Contract) -> tuple[Condition, ...]:
    """Return the provider states of an interaction as conditions that the world can be put into, all at once.

    Raises:
        ContractError: The world can't be put into one of them, or not into all of them at once.
    """
    world = contract.settings.world
    known = world.parts
    found: list[Condition] = []
    for state in interaction.states:
        with _placed(pact, state.pointer or interaction.pointer):
            found.extend(read([sentence(state)], known, world.ingests))
    with _placed(pact, interaction.pointer):
        session, _ = made_together(found, known)
        if session is not None:
            if not world.sessions and world.session is None:
                raise ContractError(
                    "An interaction needs a session, but the settings have none",
                    advice=f"Add [world.session] to {contract.settings.file}.",
                )
            session.user({})  # its user is read now, and not when the world is to be set
    return tuple(found)


@contextmanager
def _placed(pact: Pact, pointer: str) -> Iterator[None]:
    """Give an error the place of what it is about."""
    try:
        yield
    except ContractError as error:
        raise ContractError(
            error.problem, where=pact.location(pointer), expected=error.expected, advice=error.advice
        ) from error


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a number is a number (RFC 8259, section 6): some tools write 500.0
    return json.dumps(value, ensure_ascii=False)


def _words(text: str) -> list[str]:
    return _GAP.sub(" ", text).split()


def _says_it_already(filled: str, left: Mapping[str, str]) -> bool:
    """Whether a sentence has the values in it, and the parameters only repeat them."""
    readings = (pattern.read(filled) for pattern in _PATTERNS)
    return any(reading is not None and left.items() <= reading.items() for reading in readings)


def _with_parameters(left: Mapping[str, str]) -> str:
    """Return advice: the shortest sentence that has these parameters."""
    near = [pattern.text for pattern in _PATTERNS if left.keys() <= set(pattern.parameters)]
    return f"Write it as `{min(near, key=len)}`." if near else "Leave it out."
