"""Documents of others, with their events: FastAPI's callbacks under the overlay of `lint`, and a subscription."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import httpx
import pytest

from bothends.mock import serving
from tests.in_process import bothends
from tests.mock.receiver import receiver
from tests.waiting import LONGEST

pytestmark = pytest.mark.measured  # what the mock does, it does in a process of its own

ROOT = Path(__file__).resolve().parents[2]
SUBSCRIPTION = """
openapi: 3.0.0
info: {title: Monitoring, version: '1'}
servers: [{url: '{apiRoot}/monitoring/v1', variables: {apiRoot: {default: 'https://example.com'}}}]
paths:
  /{scsAsId}/subscriptions:
    parameters: [{name: scsAsId, in: path, required: true, schema: {type: string}}]
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Subscription'}}}
      callbacks:
        notificationDestination:
          '{$request.body#/notificationDestination}':
            post:
              requestBody:
                required: true
                content: {application/json: {schema: {$ref: '#/components/schemas/Notification'}}}
              responses: {'204': {description: Taken.}}
      responses:
        '201':
          description: Created.
          headers: {Location: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Subscription'}}}
        '400': {description: Wrong.}
  /{scsAsId}/subscriptions/{subscriptionId}:
    parameters:
      - {name: scsAsId, in: path, required: true, schema: {type: string}}
      - {name: subscriptionId, in: path, required: true, schema: {type: string}}
    get:
      responses:
        '200':
          description: It.
          content: {application/json: {schema: {$ref: '#/components/schemas/Subscription'}}}
        default: {description: Other.}
    delete:
      responses: {'204': {description: Gone.}}
components:
  schemas:
    Subscription:
      type: object
      required: [notificationDestination, monitoringType]
      properties:
        self: {type: string, readOnly: true}
        notificationDestination: {type: string}
        monitoringType: {anyOf: [{type: string, enum: [LOSS_OF_CONNECTIVITY, LOCATION_REPORTING]}, {type: string}]}
    Notification:
      type: object
      required: [subscription]
      properties: {subscription: {type: string}, monitoringType: {type: string}}
"""


def test_a_callback_of_fastapi(tmp_path: Path) -> None:
    """The overlay that `lint` proposes puts its key right; then the event goes where the query says."""
    app = runpy.run_path(str(ROOT / "examples" / "fastapi" / "tutorial.py"))["app"]
    (tmp_path / "openapi.json").write_text(json.dumps(app.openapi()), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    assert bothends(tmp_path, "lint", "--overlay", "right.yaml").returncode in {0, 1}
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\noverlays = ["right.yaml"]\n', "utf-8")
    with receiver(200) as kept, serving(tmp_path / "bothends.toml") as served:
        invoice = {"id": "inv-1", "customer": "Ada", "total": 12.5}
        answer = httpx.post(f"{served.url}/invoices/", params={"callback_url": kept.url}, json=invoice)
        assert (True, True) == (answer.is_success, served.wait(LONGEST))
    [(path, headers, body)] = kept.came
    assert ("/invoices/inv-1", "application/json") == (path, headers["content-type"])
    assert {"customer", "total"} == set(json.loads(body))


def test_a_subscription(tmp_path: Path) -> None:
    """It is created, notified, read and removed, under a path with two parameters, below that of `servers`."""
    (tmp_path / "openapi.yaml").write_text(SUBSCRIPTION, "utf-8")
    with receiver() as kept, serving(tmp_path / "bothends.toml") as served:
        asked = {"notificationDestination": f"{kept.url}/notify", "monitoringType": "LOCATION_REPORTING"}
        made = httpx.post(f"{served.url}/monitoring/v1/af1/subscriptions", json=asked)
        assert (201, True) == (made.status_code, served.wait(LONGEST))
        assert asked.items() <= made.json().items()
        where = served.url + made.headers["location"]
        assert asked.items() <= httpx.get(where).json().items()
        assert [204, 404] == [httpx.delete(where).status_code, httpx.get(where).status_code]
        assert 404 == httpx.get(where.replace("af1", "af2")).status_code
    assert ["/notify"] == [path for path, _, _ in kept.came]


CREDENTIAL = """\
openapi: 3.1.0
info: {title: Workers, version: '1'}
paths:
  /workers:
    get:
      parameters: [{name: authorization, in: header, required: true, schema: {type: string}}]
      responses: {'204': {description: There are none.}, STATUS: {description: Refused.}}
"""


@pytest.mark.parametrize(("declared", "expected"), [("401", 401), ("403", 403), ("422", 422), ("4XX", 401)])
def test_a_credential_that_is_a_parameter(declared: str, expected: int, tmp_path: Path) -> None:
    """Where it is missing, the answer is one that the contract declares."""
    (tmp_path / "openapi.yaml").write_text(CREDENTIAL.replace("STATUS", f"'{declared}'"), "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        found = [httpx.get(f"{served.url}/workers", headers=headers) for headers in ({}, {"Authorization": "Bearer x"})]
    assert [expected, 204] == [answer.status_code for answer in found]
