"""What the ingest tells events apart by is the target's to choose, not the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange

# What is shorter may stand in any identity by chance.
_LEAST = 12
_OF_THE_BODY = ("content-type", "content-encoding", "content-length")


def _values(exchange: Exchange, grounds: Grounds) -> Iterator[tuple[str, str]]:
    """Yield the headers of the case that neither the contract knows nor the body needs."""
    declared = {p.name.lower() for p in grounds.operation.parameters if p.location == "header"}
    for name, value in exchange.case.request.headers:
        if name.lower() not in {*declared, *_OF_THE_BODY} and len(value) >= _LEAST:
            yield name, value


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    identities = [d.identity for d in exchange.declared if d.event is not None]
    if not identities:
        return None
    return [
        Broken(
            cause=Cause("header", location=name),
            summary=f"The caller's header {name} decides what the ingest tells events apart by.",
            expected="an identity that no caller can choose: whoever sends one twice has the second event dropped",
            actual=shown(identities[0]),
        )
        for name, value in _values(exchange, grounds)
        if any(value in identity for identity in identities)
    ]


LAW = register(
    Law(
        name="own-identity",
        demands="No undeclared header of a request becomes the identity of its event.",
        source="OWASP API3:2023; an ingest drops an event whose identity it has seen",
        judge=_judge,
        scope=Scope.EVENT,
        words={"header": "header {location}"},
        needs_tie=True,
        as_check=True,
    )
)
