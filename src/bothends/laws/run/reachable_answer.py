"""A declared answer that nothing brings about."""

from __future__ import annotations

from bothends.laws.law import Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.records import Severity

LAW = register(
    Law(
        name="reachable-answer",
        demands="Each answer that the contract declares is brought about by something.",
        source="the contract: responses of the operation",
        severity=Severity.WARNING,
        scope=Scope.CONTRACT,
        words={"unreachable": "{location} {status}"},
        precedence=Precedence.LAST,
    )
)
