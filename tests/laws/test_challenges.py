"""A 401 says how to sign in, where HTTP has a word for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bothends.contract.openapi import SecurityScheme
from bothends.contract.terms import Requirement, SchemeUse, Security
from bothends.laws import law_of
from tests.laws import kept


@pytest.mark.parametrize(
    ("scheme", "status", "headers", "broken"),
    [
        (SecurityScheme("a", "http", "header", "Authorization", "bearer"), 401, (), True),
        (SecurityScheme("a", "http", "header", "Authorization", "basic"), 401, (), True),
        (SecurityScheme("a", "http", "header", "Authorization", "basic"), 401, (("www-authenticate", " "),), True),
        (SecurityScheme("a", "http", "header", "Authorization", "basic"), 401, (("www-authenticate", "Basic"),), False),
        (SecurityScheme("a", "http", "header", "Authorization", "bearer"), 403, (), None),
        (SecurityScheme("a", "http", "header", "Authorization", "hoba"), 401, (), None),
        (SecurityScheme("a", "apiKey", "cookie", "session"), 401, (), None),
    ],
)
def test_a_challenge(
    scheme: SecurityScheme,
    status: int,
    headers: tuple[tuple[str, str], ...],
    broken: bool | None,  # noqa: FBT001 -- what is expected
) -> None:
    """It is demanded of a 401 alone, and where the scheme is one of those that challenges name."""
    context = kept.law_context()
    security = Security((Requirement((SchemeUse(scheme),)),))
    context = replace(context, operation=replace(context.operation, security=security))
    exchange = kept.exchange(answer=kept.answer(status, headers=headers), deliveries=())
    breaches = law_of("challenge-told").breaches(exchange, context)
    assert broken == (None if breaches is None else bool(breaches))
