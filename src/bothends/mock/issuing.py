"""Callers for a mock that stands for itself: where no world has made keys and secrets, the mock makes them."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any

from bothends.mock.answers import dumps
from bothends.world import Callers, Received, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract
    from bothends.contract.terms import Requirement
    from bothends.mock.learning import Surroundings

SIGN_IN = "/_bothends/sign-in/"
"""The path of what a sign-in serves, such as its key set."""
CALLERS = "/_bothends/callers"
"""The path at which the mock tells what callers may show."""
_EACH = 2


class Issuer:
    """Makes what callers show, as the settings say.

    Args:
        contract: The contract.
        seed: Users follow from it; keys and secrets are new.

    Attributes:
        made: The names of what it has made; empty: nothing, as something is known of a world.
    """

    def __init__(self, contract: Contract, seed: str) -> None:
        self._contract = contract
        self.made: tuple[str, ...] = ()
        self._callers = Callers(contract.settings.world, Random(seed).getrandbits(32))  # noqa: S311 -- names of users

    def begin(self, base_url: str, surroundings: Surroundings) -> bool:
        """Take over where nothing is known of a world; return whether that is so.

        Args:
            base_url: Where the mock listens.
            surroundings: Knows what the mock was told, and is told what is made.
        """
        for name, session in self._callers.services.items():
            session.addresses.home = f"{base_url}{SIGN_IN}{name}"
        made = self._callers.variables()
        if not made or any(surroundings.get(name) for name in made):
            return False
        surroundings.tell(made)
        self.made = tuple(made)
        return True

    def take(self, contract: Contract) -> bool:
        """Issue for another contract what was issued before; return whether its callers are the same."""
        before, after = self._contract.settings.world, contract.settings.world
        if (before.session, before.sessions) != (after.session, after.sessions):
            return False
        self._contract = contract
        return True

    def answer(self, message: Received) -> Reply | None:
        """Return the answer of a sign-in's own service, or what callers may show; None: it is neither."""
        if message.path == CALLERS:
            headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
            return Reply(200, headers, dumps(list(self._shown())))
        name, _, rest = message.path.removeprefix(SIGN_IN).partition("/")
        session = self._callers.services.get(name) if message.path.startswith(SIGN_IN) else None
        if session is None:
            return None
        return session.answer(Received(message.method, f"/{rest}", message.headers, b"", time.time()))

    def _shown(self) -> Iterator[dict[str, Any]]:
        """Yield two callers for each alternative that an operation asks for, each alternative once."""
        done: set[tuple[str, ...]] = set()
        for operation in self._contract.operations:
            for requirement in operation.security.played:
                if requirement.schemes not in done:
                    done.add(requirement.schemes)
                    yield from (self._one(operation.security, requirement, number) for number in range(1, _EACH + 1))

    def _one(self, security: Any, requirement: Requirement, number: int) -> dict[str, Any]:
        only = type(security)((requirement,), security.pointer)
        credential = self._callers.sign_in(number, time.time(), None, user=None, security=only)
        cookies = "; ".join(f"{name}={value}" for name, value in credential.cookies)
        return {
            "schemes": list(requirement.schemes),
            "headers": dict(credential.headers) | ({"Cookie": cookies} if cookies else {}),
            "query": dict(credential.query),
            "identity": credential.session,
        }
