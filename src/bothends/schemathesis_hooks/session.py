"""One run of Schemathesis: the world, the target, and who looks on. It begins when a spec is loaded."""

from __future__ import annotations

import atexit
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bothends.engine.by_hand import asked
from bothends.failure_text import Failures
from bothends.launch import LaunchedTarget
from bothends.schemathesis_hooks import translation
from bothends.schemathesis_hooks.bystander import Bystander
from bothends.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests
    import schemathesis

    from bothends.contract import Operation
    from bothends.records import Answer, Breach, Credential, NoAnswer

CONFIG = "BOTHENDS_CONFIG"
"""Environment variable that names the settings file."""
_REMEMBERED = 1024
"""Calls whose judgement is remembered until the checks have run."""


class Session:
    """What the hooks, the checks and the provider of sessions share."""

    def __init__(self) -> None:
        """Start with nothing: `st --help` loads the hooks as well."""
        self._bench: Workbench | None = None
        self._bystander: Bystander | None = None
        self._operations: dict[str, Operation] = {}
        self._breaches: OrderedDict[str, list[Breach]] = OrderedDict()

    def begin(self, url: str | None, seed: int) -> str:
        """Let the world stand, and the target; return the target's base URL.

        Args:
            url: Where the target runs already; None: as the settings file says.
            seed: What the world's users and answers are made from.

        Raises:
            BothendsError: The contract is wrong, a port is in use, or the target could not be started or reached.
        """
        if self._bench is None:
            bench = Workbench(os.environ.get(CONFIG, "bothends.toml"), url=url, seed=seed)
            bench.open()
            atexit.register(bench.close)
            self._bench, self._bystander = bench, Bystander(bench)
            self._operations = {f"{o.method} {o.path}": o for o in bench.contract.operations}
        return self._bench.stage.target.base_url

    @property
    def launched(self) -> str | None:
        """The base URL of a target that was launched; None where it ran already."""
        if self._bench is None or not isinstance(self._bench.stage.target, LaunchedTarget):
            return None
        return self._bench.stage.target.base_url

    def sign_in(self, label: str) -> Credential | None:
        """Return what a new user shows; None when there is nothing to show.

        Args:
            label: The operation, as Schemathesis names it.
        """
        if self._bystander is None:
            return None
        credential = self._bystander.sign_in(self._operations.get(label))
        return credential if credential.cookies or credential.headers or credential.query else None

    def before(self, case: schemathesis.Case[Any]) -> None:
        """Take note that a case is about to be sent."""
        if self._bystander is not None and case.operation.label in self._operations:
            parts = (case.cookies, case.headers, case.query)
            self._bystander.begin(case.id, [str(value) for part in parts for value in dict(part or {}).values()])

    def after(self, case: schemathesis.Case[Any], request: requests.PreparedRequest, answer: Answer | NoAnswer) -> None:
        """Take note of what came of a case, and judge it."""
        operation = self._operations.get(case.operation.label)
        if self._bystander is None or operation is None:
            return
        sent = translation.sent(request)
        breaches = self._bystander.end(case.id, operation, asked(sent, session="cookie"), sent, answer)
        self._breaches[case.id] = breaches
        while len(self._breaches) > _REMEMBERED:
            self._breaches.popitem(last=False)

    def breaches(self, case_id: str) -> list[Breach] | None:
        """Return the laws that a case has broken; None when it is of no operation of the contract."""
        return self._breaches.get(case_id)

    def settle(self) -> list[Breach]:
        """Wait for what may still come, and return the laws that it has broken."""
        return [] if self._bystander is None else self._bystander.settle()

    def text(self, breaches: Sequence[Breach]) -> str:
        """Return broken laws in words."""
        if self._bench is None:
            return ""
        stage = self._bench.stage
        failures = Failures(self._bench.options.config, stage.world.secrets(), stage.target.base_url)
        return failures.breaches(breaches)
