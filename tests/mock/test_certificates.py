"""Client certificates: the mock speaks plain HTTP, so nobody has one, and it says so at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bothends.mock import serving
from tests.mock.test_command import mock, said

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
openapi: 3.1.0
info: {title: Accounts, version: '1'}
security: [{mtls: []}, {key: []}]
paths:
  /either: {get: {operationId: either, responses: {'204': {description: Done.}, '401': {description: Nobody.}}}}
  /both:
    get: {operationId: both, security: [{mtls: [], key: []}], responses: {'204': {description: Done.}}}
  /only:
    get: {operationId: only, security: [{mtls: []}], responses: {'204': {description: Done.}, '403': {description: N}}}
  /optional: {get: {operationId: optional, security: [{mtls: []}, {}], responses: {'204': {description: Done.}}}}
  /open: {get: {operationId: open, security: [], responses: {'204': {description: Done.}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    mtls: {type: mutualTLS}
"""
TOLD = "mtls (mutualTLS) lets nobody in, as plain HTTP has no client certificates; "
WHERE = "(openapi.yaml:15 /components/securitySchemes/mtls)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A contract in which a certificate is one of two credentials, one of a set, all that there is, or not needed."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "without", "with_key"),
    [("either", 401, 204), ("both", 401, 401), ("only", 403, 403), ("optional", 204, 204), ("open", 204, 204)],
)
def test_an_alternative_with_a_certificate_lets_nobody_in(folder: Path, path: str, without: int, with_key: int) -> None:
    """All other alternatives of the same operation still do; a certificate in a header of a proxy is none."""
    forged = {"X-Forwarded-Client-Cert": "Subject=CN", "X-SSL-Client-Verify": "SUCCESS"}
    with serving(folder / "bothends.toml") as served:
        answers = [httpx.get(f"{served.url}/{path}", headers=each) for each in ({}, forged, {"X-Key": "a"})]
    assert [without, without, with_key] == [answer.status_code for answer in answers]
    assert [] == [answer.headers["www-authenticate"] for answer in answers if "www-authenticate" in answer.headers]


def test_it_is_said_at_the_start(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With the operations at which nothing else lets anybody in, or that others do."""
    with mock(folder, "--port", "0"):
        assert f"{TOLD}nothing else does at both, only {WHERE}\n" in said(folder)
    with serving(folder / "bothends.toml"):
        [told] = [record.getMessage() for record in caplog.records]
    assert (True, True) == (TOLD in told, "nothing else does at both, only" in told)
    spec = (folder / "openapi.yaml").read_text("utf-8")
    lines = [line for line in spec.splitlines() if "[{mtls: [], key" not in line and "[{mtls: []}]" not in line]
    (folder / "openapi.yaml").write_text(
        "\n".join(line for line in lines if line not in {"  /both:", "  /only:"}), "utf-8"
    )
    with mock(folder, "--port", "0"):
        assert f"{TOLD}other alternatives do (openapi.yaml:11 " in said(folder)


def test_nothing_is_said_where_no_certificate_is_asked_for(folder: Path) -> None:
    """Though a scheme is there."""
    spec = (
        (folder / "openapi.yaml").read_text("utf-8").replace("{mtls: [], key: []}", "{key: []}").replace("mtls: []", "")
    )
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    with mock(folder, "--port", "0"):
        assert "mutualTLS" not in said(folder)
