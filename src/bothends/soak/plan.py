"""What a soak sends: cases that need nothing of the world but that it is well, and callers of their own.

All processes of a soak make the same plan of the same contract, so that an exchange's number says which case it is of.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.cases import plain_cases
from bothends.engine.play import Batch, ExchangeRunner
from bothends.errors import ContractError, one_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from bothends.contract import Contract, Operation
    from bothends.engine.play import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange

SUCCESS = "success"
EVERY_FAMILY = "*"
_UNTIED = "no value in its events identifies the request, so its requests can't run at once"
_IDS = "its path has ids, and a soak creates no objects"
_NOTHING = "no case of it can be sent by another client while the world is well"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent.

    Attributes:
        cases: Each exchange is of the one that its number falls on.
        left_out: The operations without one, each with the reason.
    """

    cases: tuple[Case, ...]
    left_out: tuple[tuple[str, str], ...]

    def case(self, number: int) -> Case:
        """Return the case of an exchange."""
        return self.cases[number % len(self.cases)]


def plan_of(contract: Contract, families: Collection[str], singly: Collection[str]) -> Plan:
    """Return what is sent of a contract.

    Args:
        contract: The contract.
        families: Names of families; `*`: all of them.
        singly: The operations whose requests have to run one at a time.

    Raises:
        ContractError: There is no such family, or nothing to send.
    """
    from bothends.cases import plain_families as known_families  # noqa: PLC0415 -- loads all of them

    known = tuple(known_families())
    if unknown := [name for name in families if name not in known and name != EVERY_FAMILY]:
        raise ContractError(f"There is no family `{unknown[0]}`", expected=one_of((*known, EVERY_FAMILY)))
    chosen = known if EVERY_FAMILY in families else [name for name in known if name in families]
    cases = [case for family in chosen for case in plain_cases(contract, family) if _plain(case)]
    left_out: dict[str, str] = {}
    for operation in contract.operations:
        reason = _reason(operation, singly)
        if not reason and not any(case.operation == operation.id for case in cases):
            reason = _NOTHING
        if reason:
            left_out[operation.id] = reason
    kept = tuple(case for case in cases if case.operation not in left_out)
    if not kept:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise ContractError(f"There is nothing that a soak can send ({told})")
    return Plan(kept, tuple(left_out.items()))


def _reason(operation: Operation, singly: Collection[str]) -> str:
    if operation.id in singly:
        return _UNTIED
    return _IDS if operation.id_places else ""


def _plain(case: Case) -> bool:
    """Whether another client can send a case beside all others: once, as a good client does, in a healthy world."""
    odd = case.behaviour or case.again or case.of_the_world or case.repeat > 1 or case.group
    names = [name.lower() for name, _ in case.request.headers]
    framed = case.request.raw is not None or case.request.framing != "length"
    return not (odd or framed or len(set(names)) < len(names) or any(name in _CLIENTS_OWN for name in names))


_CLIENTS_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})


async def learn_keys(contract: Contract, testbed: TestBed, own_keys: OwnKeys) -> int:
    """Send requests one at a time, and see which of their values come back in events; return how many were sent.

    Only of operations whose events name no caller.
    """
    runner = ExchangeRunner(testbed, 1, contract.operations, own_keys=own_keys)
    seen: list[Exchange] = []
    for case in own_keys.probes({operation.id for operation in contract.operations}):
        played = await runner.play(Batch((), (case,), concurrency=1))
        seen += played.attributed.exchanges
    own_keys.learn(exchange for exchange in seen if not exchange.guessed)
    return runner.sender.exchanges


def new_run() -> str:
    """Return what the idempotency keys of a soak have in them."""
    return secrets.token_hex(8)


class OperationsOf(dict[int, str]):
    """The operation of each exchange of a plan, by its number: it follows from the plan, so none is stored."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan."""
        super().__init__()
        self._plan = plan

    def get(self, number: int, default: Any = "") -> Any:
        """Return the operation of an exchange."""
        return self._plan.case(number).operation if number > 0 else default
