"""Whole runs: a target that signs as the settings ask is proven, and what each wrong one does is named by its law."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.signatures.project import FIXED, TEMPLATE, Shop

if TYPE_CHECKING:
    from pathlib import Path

STANDARD, STRIPE, GITHUB = (f'signature = "{name}"' for name in ("standard-webhooks", "stripe", "github"))
BOTH = 'signature = {{kind = "{}", secrets = 2}}'
SECOND = {"SECRET_2": "{world.hooks.secret_2}"}
ROTATION = 'signature = {kind = "standard-webhooks", secrets = 2, prefix = "svix-"}'
PUBLIC = 'signature = {kind = "standard-webhooks", version = "v1a"}'

RIGHT = {
    "standard-webhooks": (STANDARD, "standard-webhooks", {}),
    "svix, with two secrets": (ROTATION, "standard-webhooks", {"PREFIX": "svix-", **SECOND}),
    "standard-webhooks, v1a": (PUBLIC, "standard-webhooks", {}),
    "stripe": (STRIPE, "stripe", {}),
    "stripe, with two secrets": (BOTH.format("stripe"), "stripe", SECOND),
    "github": (GITHUB, "github", {}),
    "a template": (TEMPLATE, "template", {}),
    "a fixed header": (FIXED, "fixed", {}),
}
IN_CI = {"standard-webhooks", "stripe", "a template"}

# The lines, the scheme, more variables, the bug, the law, and its cause.
WRONG = [
    (STANDARD, "standard-webhooks", {}, "serialized-again", "authentic", "webhook-signature: not of these bytes"),
    (STANDARD, "standard-webhooks", {}, "changed-later", "authentic", "webhook-signature: not of these bytes"),
    (STANDARD, "standard-webhooks", {}, "secret-as-text", "authentic", "webhook-signature: not of these bytes"),
    (STANDARD, "standard-webhooks", {}, "body-alone", "authentic", "webhook-signature: not of these bytes"),
    (STANDARD, "standard-webhooks", {}, "body-not-signed", "authentic", "webhook-signature: not of these bytes"),
    (STANDARD, "standard-webhooks", {}, "hex", "authentic", "malformed webhook-signature"),
    (STANDARD, "standard-webhooks", {}, "no-id", "authentic", "no webhook-id"),
    (STANDARD, "standard-webhooks", {}, "no-timestamp", "authentic", "no webhook-timestamp"),
    (STANDARD, "standard-webhooks", {}, "no-signature", "authentic", "no webhook-signature"),
    (ROTATION, "standard-webhooks", {"PREFIX": "svix-", **SECOND}, "commas", "authentic", "malformed svix-signature"),
    (
        BOTH.format("standard-webhooks"),
        "standard-webhooks",
        SECOND,
        "one-secret",
        "authentic",
        "webhook-signature: not of all secrets",
    ),
    (STANDARD, "standard-webhooks", {}, "milliseconds", "signature-timestamp", "webhook-timestamp in milliseconds"),
    (STANDARD, "standard-webhooks", {}, "old", "signature-timestamp", "old webhook-timestamp"),
    (STANDARD, "standard-webhooks", {}, "future", "signature-timestamp", "webhook-timestamp in the future"),
    (STANDARD, "standard-webhooks", {}, "new-id", "signature-identity", "webhook-id: another on an attempt"),
    (STANDARD, "standard-webhooks", {}, "one-id", "signature-identity", "webhook-id used before"),
    (STANDARD, "standard-webhooks", {}, "secret-in-event", "no-secret-in-event", "a key or secret of the target"),
    (
        STANDARD,
        "standard-webhooks",
        {},
        "secret-in-header",
        "no-secret-upstream",
        "a key or secret of the target to hooks",
    ),
    (STRIPE, "stripe", {}, "secret-decoded", "authentic", "Stripe-Signature: not of these bytes"),
    (STRIPE, "stripe", {}, "serialized-again", "authentic", "Stripe-Signature: not of these bytes"),
    (STRIPE, "stripe", {}, "body-alone", "authentic", "Stripe-Signature: not of these bytes"),
    (STRIPE, "stripe", {}, "base64", "authentic", "malformed Stripe-Signature"),
    (STRIPE, "stripe", {}, "no-signature", "authentic", "no Stripe-Signature"),
    (BOTH.format("stripe"), "stripe", SECOND, "one-secret", "authentic", "Stripe-Signature: not of all secrets"),
    (STRIPE, "stripe", {}, "milliseconds", "signature-timestamp", "Stripe-Signature in milliseconds"),
    (STRIPE, "stripe", {}, "old", "signature-timestamp", "old Stripe-Signature"),
    (STRIPE, "stripe", {}, "secret-in-event", "no-secret-in-event", "a key or secret of the target"),
    (GITHUB, "github", {}, "serialized-again", "authentic", "X-Hub-Signature-256: not of these bytes"),
    (GITHUB, "github", {}, "no-prefix", "authentic", "malformed X-Hub-Signature-256"),
    (GITHUB, "github", {}, "no-signature", "authentic", "no X-Hub-Signature-256"),
    (TEMPLATE, "template", {}, "secret-decoded", "authentic", "X-Hook-Signature: not of these bytes"),
    (TEMPLATE, "template", {}, "milliseconds", "signature-timestamp", "X-Hook-Timestamp in milliseconds"),
    (TEMPLATE, "template", {}, "new-id", "signature-identity", "X-Hook-Id: another on an attempt"),
    (TEMPLATE, "template", {}, "no-signature", "authentic", "no X-Hook-Id"),
    (FIXED, "fixed", {}, "no-signature", "authentic", "no X-Hook-Token"),
    (FIXED, "fixed", {}, "other-token", "authentic", "X-Hook-Token: not of these bytes"),
    (FIXED, "fixed", {}, "secret-in-event", "no-secret-in-event", "a key or secret of the target"),
    (FIXED, "fixed", {}, "secret-in-header", "no-secret-upstream", "a key or secret of the target to hooks"),
]
WRONG_IN_CI = {("standard-webhooks", "serialized-again"), ("standard-webhooks", "new-id"), ("stripe", "secret-decoded")}


@pytest.mark.parametrize("how", [pytest.param(how, marks=[] if how in IN_CI else [pytest.mark.long]) for how in RIGHT])
def test_what_is_signed_as_the_settings_ask_is_proven(how: str, tmp_path: Path) -> None:
    """With each signature, while the ingest fails."""
    is_proven(how, 1, "upstream-wrong*", tmp_path)


@pytest.mark.each_seed
@pytest.mark.parametrize("how", RIGHT)
def test_what_is_signed_is_proven_with_each_seed(how: str, seed: int, tmp_path: Path) -> None:
    """In whole runs too."""
    is_proven(how, seed, "", tmp_path)


def is_proven(how: str, seed: int, only: str, tmp_path: Path) -> None:
    """Assert that a run is proven, and that the laws about signatures were judged in it."""
    lines, scheme, env = RIGHT[how]
    told = Shop(tmp_path, lines, {"SCHEME": scheme, **env}).verified(seed=seed, only=only)
    assert ("proven", {}, {}) == (told.verdict, told.broken, told.not_proven)
    judged = {law["law"] for law in told.report["laws"] if law["judged"]}
    assert "authentic" in judged
    assert ("signature-identity" in judged) == (scheme in {"standard-webhooks", "template"})
    assert ("signature-timestamp" in judged) == (scheme not in {"github", "fixed"})


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=[] if (row[1], row[3]) in WRONG_IN_CI else [pytest.mark.long]) for row in WRONG],
    ids=[f"{row[1]}, {row[3]}" for row in WRONG],
)
def test_what_is_signed_otherwise_is_named(row: tuple[str, str, dict[str, str], str, str, str], tmp_path: Path) -> None:
    """By one law with one cause, and by no other: the event itself is right, and the ingest acknowledges it."""
    lines, scheme, env, bug, law, cause = row
    told = Shop(tmp_path, lines, {"SCHEME": scheme, **env}).verified(bug, only="upstream-wrong*")
    assert ("broken", {law: [cause]}) == (told.verdict, told.broken)


def test_no_secret_is_in_a_report(tmp_path: Path) -> None:
    """A secret that an event holds is told as a secret, and does not stand in the report; nor does a fixed one."""
    secret = "whsec_" + "c2VjcmV0LW9mLXRoZS1zZXR0aW5ncy0wMTIzNDU2Nzg5"
    shop = Shop(tmp_path, f'signature = {{kind = "standard-webhooks", secret = "{secret}"}}')
    shop.env = {"SCHEME": "standard-webhooks"}
    told = shop.verified("secret-in-event", only="success")
    assert "no-secret-in-event" in told.broken
    assert secret.removeprefix("whsec_") not in (tmp_path / "report.json").read_text("utf-8")


ID_RULE = {"webhook-id": {"combine": "AND", "matchers": [{"match": "regex", "regex": "^msg_[0-9a-z]+$"}]}}


@pytest.mark.parametrize(
    ("metadata", "rules", "verdict"),
    [
        ({"webhook-id": "msg_1"}, ID_RULE, "proven"),
        ({"webhook-id": "msg_1"}, {}, "broken"),
        ({"webhook-topic": "orders"}, {}, "broken"),
    ],
)
def test_metadata_of_a_pact_are_headers_of_the_event(
    tmp_path: Path, metadata: dict[str, str], rules: dict[str, object], verdict: str
) -> None:
    """A consumer may rely on a header of a webhook: it is there, and as its pact has it."""
    interaction = {
        "type": "Asynchronous/Messages",
        "description": "an order",
        "contents": {"contentType": "application/json", "encoded": False, "content": {}},
        "metadata": {"contentType": "application/json", **metadata},
        "matchingRules": {"metadata": rules},
    }
    pact = {
        "consumer": {"name": "stock"},
        "provider": {"name": "shop"},
        "interactions": [interaction],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "stock-shop.json").write_text(json.dumps(pact))
    told = Shop(tmp_path, STANDARD, {"SCHEME": "standard-webhooks"}).verified(only="pact")
    assert verdict == told.verdict, told
