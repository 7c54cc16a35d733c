"""What is said of a callback that never came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.openapi import SecurityScheme
from bothends.contract.terms import Requirement, SchemeUse, Security
from bothends.engine.evidence.callbacks import not_proven
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

[EVENT] = kept.operation().events
BEARER = SecurityScheme("bearer", "http", "header", "Authorization", "bearer")


def missing(*exchanges: Exchange, security: Security | None = None) -> list[str]:
    """Return why callbacks are not proven after some exchanges, each with what it is about."""
    operation = replace(kept.operation(), security=security or kept.operation().security)
    contract = replace(kept.contract(), operations=(operation,))
    return [f"{each.what}: {each.why}" for each in not_proven(seen(contract, *exchanges), contract, whole=True)]


def test_a_callback_that_never_came() -> None:
    """It is missed where no request succeeded."""
    assert [f"callback {EVENT.name}: It never came: no request succeeded."] == missing(kept.refused())


def test_a_callback_that_nothing_demands_and_that_never_came() -> None:
    """Though requests succeeded it may be right: it is told with its place, and the line that would settle it."""
    operation = replace(kept.operation(), events=(replace(EVENT, when=None),))
    contract = replace(kept.contract(), operations=(operation,))
    counts = seen(contract, kept.exchange(deliveries=()))
    assert [] == list(not_proven(counts, contract, whole=False))
    (told,) = not_proven(counts, contract, whole=True)
    assert (f"callback {EVENT.name}", str(EVENT.location or "")) == (told.what, told.where)
    assert "x-when" in told.add


def test_where_nobody_can_be_signed_in_the_scheme_says_it_all() -> None:
    """No request can succeed, so that no callback comes is no news."""
    nobody = Security((Requirement((SchemeUse(BEARER),), "/security/0"),))
    assert [] == missing(kept.refused(), security=nobody)
    optional = Security((Requirement((SchemeUse(BEARER),)), Requirement()))
    assert [f"callback {EVENT.name}: It never came: no request succeeded."] == missing(
        kept.refused(), security=optional
    )
