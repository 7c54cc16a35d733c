"""What the mock signs is taken by the vendors' own libraries, and by the harness."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import pytest
import standardwebhooks

from bothends.contract.tables import SIGNATURES
from bothends.mock.signing import SIGNERS, Signing, names, signed

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
BODY = '{"id":"evt_1","object":"event","text":"Grüße \u2028 <b>"}'.encode()


def attempt(at: float | None = None) -> Signing:
    """Return an attempt that is made now."""
    return Signing("msg_1", time.time() if at is None else at, BODY)


def test_each_scheme_of_the_harness_has_a_signer() -> None:
    """Whoever adds one adds the other."""
    assert set(SIGNATURES.names) == set(SIGNERS.names)


def test_standard_webhooks() -> None:
    """By the library of Standard Webhooks, and by Svix's, with its own prefix."""
    standardwebhooks.Webhook(SECRET).verify(BODY, dict(signed("standard-webhooks", {}, [SECRET], attempt())))
    from svix import Webhook  # noqa: PLC0415 -- it loads slowly, and each worker collects this

    Webhook(SECRET).verify(BODY, dict(signed("standard-webhooks", {"prefix": "svix-"}, [SECRET], attempt())))


def test_a_wrong_secret_is_refused() -> None:
    """So the libraries do look at it."""
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(other).verify(BODY, dict(signed("standard-webhooks", {}, [SECRET], attempt())))


def test_stripe() -> None:
    """By Stripe's library, with each of two secrets that are in force."""
    import stripe  # noqa: PLC0415 -- it loads slowly, and each worker collects this

    [(name, value)] = signed("stripe", {}, ["whsec_a", "whsec_b"], attempt())
    assert "Stripe-Signature" == name
    for secret in ("whsec_a", "whsec_b"):
        stripe.WebhookSignature.verify_header(BODY.decode(), value, secret, tolerance=300)


def test_github() -> None:
    """As its documentation computes it."""
    expected = "sha256=" + hmac.new(b"key", BODY, hashlib.sha256).hexdigest()
    assert [("X-Hub-Signature-256", expected)] == signed("github", {}, ["key"], attempt())


@pytest.mark.parametrize(
    "table",
    [
        {"headers": {"X-Signature": "sha256={signature}"}},
        {
            "headers": {"X-Sig": "{signature}", "X-Time": "{timestamp}"},
            "signs": "{timestamp}.{body}",
            "coding": "base64",
        },
        {"headers": {"X-Sig": "t={timestamp},s={signature}"}, "signs": "v0:{timestamp}:{body}", "hash": "sha512"},
        {"headers": {"X-Id": "{id}", "X-Sig": "{signature}"}, "signs": "{id}{body}", "secret_coding": "hex"},
        {"headers": {"X-Token": "{secret}"}},
        {"headers": {"X-Sig": "v1={signature}"}, "separator": ",", "secrets": ["00" * 32, "11" * 32]},
        {"headers": {"X-At": "{timestamp}", "X-Sig": "{signature}"}, "timestamp_unit": "milliseconds"},
    ],
)
def test_a_template(table: dict[str, Any]) -> None:
    """As the harness reads the same table: two pieces of code that share nothing else."""
    own = {"secret": "ab" * 32, **table} if "secrets" not in table else table
    kind = SIGNATURES.get("template")
    judge = kind.of(**own)  # type: ignore[attr-defined]  # of the base of signatures
    now = attempt()
    headers = tuple((name.lower(), value) for name, value in signed("template", own, judge.secrets, now))

    class Request:
        method, target, body, at = "POST", "/", BODY, now.timestamp

    Request.headers = headers  # type: ignore[attr-defined]  # as a record has it
    said = judge.verify(Request)
    assert ("{timestamp}" in str(table)) == (said.timestamp is not None)


def test_the_names_of_headers_are_known_before() -> None:
    """A callback may declare them as parameters: they are not sent twice."""
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} == names("standard-webhooks", {}, [SECRET])
