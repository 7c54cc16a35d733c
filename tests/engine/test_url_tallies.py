"""What is said of URLs in requests that lead nowhere."""

from __future__ import annotations

from dataclasses import replace

from bothends.engine.evidence.urls import not_proven
from tests.engine.evidence_of import seen
from tests.laws import kept


def test_a_url_that_leads_nowhere_may_be_why_requests_fail() -> None:
    """It is told with its place and the callback that would read it; where all succeed, there is nothing to tell."""
    body = b'{"data": {"hook": "https://client.invalid/x"}}'
    made = kept.exchange()
    case = replace(made.case, request=replace(made.case.request, body=body))
    good = replace(made, case=case)
    bad = replace(good, number=2, answer=kept.answer(502))
    contract = kept.contract()
    assert [] == list(not_proven(seen(contract, good), contract))
    (told,) = not_proven(seen(contract, good, bad), contract)
    assert told.why.startswith("1 of 2 requests with a URL there failed, and none without one succeeded: whether")
    assert "{$request.body#/data/hook}" in told.add
    (told,) = not_proven(seen(contract, good, bad, made), contract)
    assert "failed, and 1 without one succeeded: it leads nowhere" in told.why


def test_what_fails_for_another_reason_is_not_counted() -> None:
    """A request that the contract refuses, or that it is not certain of, says nothing of its URL."""
    body = b'{"data": {"hook": "https://client.invalid/x"}, "other": 1}'
    made = kept.exchange(answer=kept.answer(422))
    case = replace(made.case, request=replace(made.case.request, body=body))
    assert [] == list(not_proven(seen(kept.contract(), replace(made, case=case)), kept.contract()))
