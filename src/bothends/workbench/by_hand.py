"""What a person asks for by hand: of which operation, by which request, as which user."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, did_you_mean
from bothends.records import Request

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation

NOTHING: Any = object()
"""No JSON value: null is one."""

_KEYS = ("name", "email", "image")
_EXPECTED = 'a mapping, such as {"name": "Ada", "email": "ada@example.com", "image": None}'


def chosen_operation(contract: Contract, name: str | None) -> Operation:
    """Return the operation of a name; None: the contract's first. An unknown one is a `ContractError`."""
    known = contract.operations
    if name is None:
        return known[0]
    names = [each.id for each in known]
    if name not in names:
        raise ContractError(f"The contract has no operation {name!r}", expected=f"one of {', '.join(names)}")
    return contract.operation(name)


def request_of(
    operation: Operation, *, json: Any, body: bytes | None, headers: Mapping[str, str] | None, path: str | None
) -> Request:
    """Return a request of an operation, of the arguments of `Workbench.post`; no JSON value is `NOTHING`."""
    fields = dict(headers or {})
    if json is not NOTHING:
        body = json_text.dumps(json).encode()
        fields = {"Content-Type": "application/json", **fields}
    if operation.accept and not any(name.lower() == "accept" for name in fields):
        fields["Accept"] = operation.accept
    return Request(operation.method, path or operation.path, tuple(fields.items()), body)


def checked_user(user: object) -> Mapping[str, Any] | None:
    """Return the user that `as_user` names.

    Raises:
        ContractError: It is no mapping, or a key of it is misspelt.
    """
    if user is None:
        return None
    if not isinstance(user, Mapping):
        raise ContractError(f"as_user is no user: {user!r}.", expected=_EXPECTED)
    for key in user:
        if key not in _KEYS and (advice := did_you_mean(str(key), _KEYS)):
            raise ContractError(f"as_user has the key {key!r}.", expected=_EXPECTED, advice=advice)
    return user
