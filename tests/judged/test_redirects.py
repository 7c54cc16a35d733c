"""Redirects of a receiver, whether an answer waits for it or not: who follows them, and what is taken there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Project

STATUSES = ("301", "302", "303", "307", "308")
SHARED_SECRET = 'signature = {kind = "template", headers = {X-Shared-Secret = "{secret}"}}'


def redirected(status: str) -> tuple[str, str]:
    """Return the words that play a redirect."""
    return "--only", f"upstream-wrong/hooks-redirects-{status}"


@pytest.mark.parametrize("status", STATUSES)
def test_a_redirect_that_is_followed_is_a_warning(tmp_path: Path, status: str) -> None:
    """Each redirect of a receiver is tried; who follows it, to another port, is warned."""
    report = orders(tmp_path, FOLLOWS=status).verified(*redirected(status))
    assert (set(), {"ingest-redirect"}) == (report.errors, report.warnings), report.text


def test_no_redirect_is_followed(tmp_path: Path) -> None:
    """Who follows none is right, and each of the laws has judged it, in a quick run as well."""
    right = orders(tmp_path, SHARED_SECRET, SHARED="{world.hooks.secret}")
    report = right.verified("--profile", "quick", "--only", "upstream-wrong")
    assert (set(), set()) == (report.errors, report.warnings), report.text
    judged = {law["law"]: law["judged"] for law in report.value["laws"]}
    assert (5, 5) == (judged["ingest-redirect"], judged["no-credential-elsewhere"])


@pytest.mark.parametrize(
    ("signature", "env"),
    [
        pytest.param(SHARED_SECRET, {"SHARED": "{world.hooks.secret}"}, id="shared secret"),
        pytest.param("", {"BEARER": "a-token-of-the-receiver"}, id="token"),
    ],
)
def test_a_credential_that_goes_elsewhere_is_an_error(tmp_path: Path, signature: str, env: dict[str, Any]) -> None:
    """Who follows a redirect with a credential gives it away; who leaves it out is warned, and no more."""
    report = orders(tmp_path, signature, FOLLOWS="307", **env).verified(*redirected("307"))
    assert {"no-credential-elsewhere"} == report.errors, report.text
    careful = orders(tmp_path / "careful", signature, FOLLOWS="307", CARRIES="none", **env)
    report = careful.verified(*redirected("307"))
    assert (set(), {"ingest-redirect"}) == (report.errors, report.warnings), report.text


def test_a_signature_is_no_credential_and_its_scheme_forbids_to_follow(tmp_path: Path) -> None:
    """Standard Webhooks call a redirect a failure: who follows it breaks that, and gives no secret away."""
    signature = 'signature = "standard-webhooks"'
    report = orders(tmp_path, signature, FOLLOWS="302", SIGNS="{world.hooks.secret}").verified(*redirected("302"))
    assert ({"redirect-not-followed"}, set()) == (report.errors, report.warnings), report.text
    assert "Standard Webhooks" in report.value["findings"][0]["expected"]
    right = orders(tmp_path / "right", signature, SIGNS="{world.hooks.secret}").verified(*redirected("302"))
    assert (set(), set()) == (right.errors, right.warnings), right.text


def test_a_redirect_that_is_followed_long_after_its_batch(tmp_path: Path) -> None:
    """A call that comes late is of the request whose event was redirected."""
    report = orders(tmp_path, FOLLOWS="307", AFTER="1.5").verified(*redirected("307"))
    assert (set(), {"ingest-redirect"}) == (report.errors, report.warnings), report.text


def waiting(folder: Path, **env: Any) -> Project:
    """Return a service whose answer waits until its event is taken."""
    project = orders(folder, terms={"answer": "after"}, WAITS="1", **env)
    answers = project.spec["paths"]["/orders"]["post"]["responses"]
    answers["502"] = {"description": "Not sent.", "x-given": "upstream-wrong"}
    return project


@pytest.mark.parametrize(
    ("env", "errors"),
    [
        pytest.param({}, set(), id="follows none"),
        pytest.param({"FOLLOWS": "307"}, {"redirect-not-followed"}, id="follows"),
        pytest.param({"FOLLOWS": "307", "BEARER": "a-token"}, {"redirect-not-followed"}, id="with a token"),
    ],
)
def test_a_redirect_of_a_receiver_for_which_an_answer_waits(
    tmp_path: Path, env: dict[str, str], errors: set[str]
) -> None:
    """The contract says whose acknowledgement it waits for: that of another address is none."""
    report = waiting(tmp_path, **env).verified(*redirected("307"))
    assert (errors, set()) == (report.errors, report.warnings), report.text
    told = [one["actual"] for one in report.value["findings"]]
    assert ["BEARER" in env] * len(told) == ["reveals a credential" in each for each in told], report.text
