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
    assert "failed, and 1 without one succeeded. It leads nowhere" in told.why
    assert told.why.endswith("whether they failed for that was not tried.")


def test_an_item_of_a_list_stands_for_each() -> None:
    """A URL in the third item is at the place of one in the first."""
    made, contract = kept.exchange(answer=kept.answer(502)), kept.contract()
    bodies: tuple[bytes, ...] = (b'{"data": {"list": [{"hook": "https://client.invalid/x"}]}}',)
    bodies += (b'{"data": {"list": [1, 2, {"hook": "https://client.invalid/x"}]}}',)
    failed = [replace(made, case=replace(made.case, request=replace(made.case.request, body=body))) for body in bodies]
    (told,) = not_proven(seen(contract, *failed), contract)
    assert told.why.startswith("2 of 2 requests with a URL there failed")
    assert "{$request.body#/data/list/0/hook}" in told.add


def test_a_url_that_nobody_has_looked_at_is_not_told() -> None:
    """Where a router has answered 404 to all valid requests, none was read."""
    body = b'{"data": {"hook": "https://client.invalid/x"}}'
    made, contract = kept.exchange(answer=kept.answer(404)), kept.contract()
    failed = replace(made, case=replace(made.case, request=replace(made.case.request, body=body)))
    assert [] == list(not_proven(seen(contract, failed), contract))


def test_what_fails_for_another_reason_is_not_counted() -> None:
    """A request that the contract refuses, or that it is not certain of, says nothing of its URL."""
    body = b'{"data": {"hook": "https://client.invalid/x"}, "other": 1}'
    made = kept.exchange(answer=kept.answer(422))
    case = replace(made.case, request=replace(made.case.request, body=body))
    assert [] == list(not_proven(seen(kept.contract(), replace(made, case=case)), kept.contract()))
