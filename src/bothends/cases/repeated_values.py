"""Generated cases, in which a text that an earlier one had gives way to the usual one, where it is sent by the way.

A name may have to be unique, which no schema says. A generator has one shortest name, and gives it to all that it
makes. The first request with it shows what becomes of that name; in each further one it would be refused, and hide what
that one is about. The usual text is replaced by one of the request's own when it is sent.

So it is done with members that are required, and free: what tells one object from another mostly is.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from bothends.cases.families.registry import plain_cases
from bothends.cases.families.requests import admitted_request
from bothends.cases.unique_values import UniqueValues, json_body, members
from bothends.contract import admission
from bothends.contract.messages import json_bytes
from bothends.records import MISSING, join, resolve, split, with_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Case, Request

_MOST = 1 << 16
"""Texts that are remembered."""


class _Members:
    """The members of one operation's requests whose texts may give way, with those that were sent."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        usual = admitted_request(operation)
        self._usual = {} if usual is None or not operation.events else dict(_free(operation, usual))
        self._sent: set[tuple[str, bytes]] = set()
        if self._usual:
            for case in plain_cases(contract, "success"):
                if case.operation == operation.id:
                    self.applied(case.request)

    def applied(self, request: Request) -> Request:
        """Return a request with the usual texts in place of those that were sent before."""
        body = json_body(request) if self._usual else MISSING
        if body is MISSING or request.raw is not None or request.body != json_bytes(body):
            return request
        value = body
        for pointer, usual in self._usual.items():
            text = resolve(value, pointer)
            if not isinstance(text, str) or text == usual:
                continue
            key = (pointer, blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
            if key in self._sent:
                value = with_value(value, split(pointer), usual)
            elif len(self._sent) < _MOST:
                self._sent.add(key)
        changed = request if value is body else replace(request, body=json_bytes(value))
        same = changed is request or admission(self._operation, changed) == admission(self._operation, request)
        return changed if same else request


def _free(operation: Operation, usual: Request) -> Iterator[tuple[str, str]]:
    """Yield the texts of the usual request that each request may have another of, and that are required."""
    body = json_body(usual)
    if body is MISSING:
        return
    own = dict(members(UniqueValues(operation, (), seed=0).applied(usual, 1)))
    for pointer, text in members(usual):
        if isinstance(text, str) and own.get(pointer) != text and _is_required(operation, usual, split(pointer)):
            yield pointer, text


def _is_required(operation: Operation, usual: Request, keys: list[str]) -> bool:
    """Whether a request without a member is refused."""
    body = copy.deepcopy(json_body(usual))
    parent: Any = resolve(body, join(*keys[:-1]))
    if not isinstance(parent, dict):
        return False
    del parent[keys[-1]]
    return bool(admission(operation, replace(usual, body=json_bytes(body))).refusals)


def once_each(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield generated cases; of those that must succeed, each text of a required member is sent by one alone."""
    known: dict[str, _Members] = {}
    operations = {operation.id: operation for operation in contract.operations}
    for case in cases:
        operation, statuses = operations[case.operation], case.expect.statuses
        if not statuses or not statuses <= operation.success_statuses or case.request.method != operation.method:
            yield case
            continue
        if operation.id not in known:
            known[operation.id] = _Members(contract, operation)
        request = known[operation.id].applied(case.request)
        yield case if request is case.request else replace(case, request=request)
