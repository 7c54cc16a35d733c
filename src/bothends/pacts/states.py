"""Reads the provider states of an interaction, by whichever name a tool gives them.

| written by | as |
|---|---|
| V1, pact-ruby | `provider_state: "…"` |
| V1 and V2 | `providerState: "…"` |
| V3 and V4 | `providerStates: [{name, params}]` |
| some early writers | `provider_states`, and texts in the list |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.pointers import join
from bothends.errors import ContractError
from bothends.pacts.checks import is_text
from bothends.pacts.model import ProviderState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.documents import Document

_NAMES = ("providerStates", "provider_states", "providerState", "provider_state")


def read_states(document: Document, pointer: str, interaction: Mapping[str, Any]) -> tuple[ProviderState, ...]:
    """Return the provider states of an interaction, in order.

    Args:
        document: The pact's file.
        pointer: Where the interaction stands.
        interaction: The interaction.

    Raises:
        ContractError: They are neither a text nor a list of states.
    """
    for name in _NAMES:
        if interaction.get(name):
            return tuple(_states(document, pointer + join(name), interaction[name]))
    return ()


def _states(document: Document, pointer: str, value: Any) -> Iterator[ProviderState]:
    if isinstance(value, str):
        yield ProviderState(value, {}, pointer)
        return
    if not isinstance(value, list):
        raise _error(document, pointer, "The provider states are neither a text nor a list.")
    for index, item in enumerate(value):
        yield _state(document, pointer + join(index), item)


def _state(document: Document, pointer: str, value: Any) -> ProviderState:
    if isinstance(value, str) and value:
        return ProviderState(value, {}, pointer)
    if not isinstance(value, dict) or not is_text(value.get("name")):
        raise _error(document, pointer, "This provider state has no name.")
    parameters = value.get("params")
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise _error(document, pointer + join("params"), "The parameters of this provider state are no object.")
    return ProviderState(value["name"], parameters, pointer)


def _error(document: Document, pointer: str, problem: str) -> ContractError:
    expected = '[{"name": "the ingest answers {status}", "params": {"status": 500}}]'
    return ContractError(problem, where=document.location(pointer), expected=expected)
