"""What others say of the mock: Schemathesis, Pact, another validator of JSON Schema, the vendors' libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
import standardwebhooks
import yaml

from bothends.mock import serving
from tests.in_process import bothends
from tests.mock.receiver import receiver
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from bothends.mock import Served

pytestmark = pytest.mark.measured  # what the mock does, it does in a process of its own

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
MANY, FEW = 5000, 100


def shop_settings(folder: Path) -> Path:
    """Return the settings of the shop, with a caller."""
    file = folder / "bothends.toml"
    key = '[world.sessions.key]\nkind = "api-key"\ncallers = [{key = "key-of-ada"}]\n'
    file.write_text(f'spec = "{HERE / "shop.yaml"}"\n{key}', "utf-8")
    return file


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """All of its phases, with a caller who is known, and a receiver that is here: what is drawn may name anybody."""
    with receiver() as kept:
        spec = (HERE / "shop.yaml").read_text("utf-8")
        here = "callbackUrl: {type: string, format: uri, enum: ['" + kept.url + "/events']}"
        (tmp_path / "shop.yaml").write_text(spec.replace("callbackUrl: {type: string, format: uri}", here), "utf-8")
        settings = shop_settings(tmp_path)
        settings.write_text(settings.read_text("utf-8").replace(str(HERE), str(tmp_path)), "utf-8")
        done = _schemathesis(settings, tmp_path)
    assert (0, True) == (done.returncode, "No issues found" in done.stdout), done.stdout
    assert {"/events"} == {path for path, _, _ in kept.came}


def _schemathesis(settings: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    with serving(settings) as served:
        words = [sys.executable, "-m", "schemathesis.cli", "run", str(folder / "shop.yaml"), "--url", served.url]
        more = ["--header", "X-Key: key-of-ada", "-n", "10", "--no-color", "--seed", "1"]
        return subprocess.run([*words, *more], cwd=folder, capture_output=True, text=True, check=False)


def test_pacts_of_the_repository_hold(tmp_path: Path) -> None:
    """By Pact's own library, interaction by interaction, with the world in the state that each names."""
    report = tmp_path / "report.json"
    words = ["verify", "--config", str(ROOT / "bothends.toml"), "--command", "bothends mock", "--only", "pact"]
    done = bothends(tmp_path, *words, "--json", str(report), measured=False)
    found = json.loads(report.read_text("utf-8"))
    assert [] == [each["law"] for each in found["findings"]], done.stdout
    assert sum(law["judged"] for law in found["laws"]) > 0


def test_pacts_hold_by_the_verifier_of_pact_alone() -> None:
    """Each call of a page and each event of a worker, without anything of bothends but the mock."""
    words = [sys.executable, "-m", "tests.mock.plain_pact"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert {"calls": 3, "events": 2} == json.loads(done.stdout.strip().splitlines()[-1])


def validated(served: Served, count: int) -> int:
    """Order so often; hold each answer and each event to the document; return how many different ones."""
    document = yaml.safe_load((HERE / "shop.yaml").read_text("utf-8"))
    operation = document["paths"]["/orders"]["post"]
    callback = operation["callbacks"]["orderPlaced"]["{$request.body#/callbackUrl}"]["post"]

    def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
        whole = {**schema, "components": document["components"]}
        return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

    answers = validator(operation["responses"]["201"]["content"]["application/json"]["schema"])
    events = validator(callback["requestBody"]["content"]["application/json"]["schema"])
    with receiver() as kept, httpx.Client() as client:
        for number in range(count):
            order = {"sku": f"sku {number}", "quantity": number + 1, "callbackUrl": kept.url}
            answer = client.post(f"{served.url}/orders", json=order).json()
            answers.validate(answer)
            assert (order["sku"], order["quantity"]) == (answer["sku"], answer["quantity"])
        assert served.wait(LONGEST)
        for _, _, body in kept.came:
            events.validate(json.loads(body))
        # One whose taking was too late to be seen is sent once more.
        events_of_orders = {json.loads(body)["id"] for _, _, body in kept.came}
        assert count == len(events_of_orders)
        return count + len(events_of_orders)


def test_another_validator_takes_answers_and_events(tmp_path: Path) -> None:
    """A few of them; each event is of its own order."""
    with serving(tmp_path / "bothends.toml", spec=str(HERE / "shop.yaml")) as served:
        assert 2 * FEW == validated(served, FEW)


@pytest.mark.long
def test_another_validator_takes_ten_thousand(tmp_path: Path) -> None:
    """Answers and events together."""
    with serving(tmp_path / "bothends.toml", spec=str(HERE / "shop.yaml")) as served:
        assert 2 * MANY == validated(served, MANY)


def parcels(folder: Path) -> Path:
    """Return settings of a contract with a root webhook that is signed."""
    file = folder / "bothends.toml"
    file.write_text(
        f"""spec = "{HERE / "webhooks.yaml"}"
[target]
command = ["bothends", "mock", "--port", "{{port}}"]
[target.env]
HOOKS = "{{world.ingest}}"
[world.sessions.token]
kind = "static"
callers = [
  {{headers = {{Authorization = "Bearer ada"}}, identity = {{id = 7}}}},
  {{headers = {{Authorization = "Bearer bob"}}, identity = {{id = 8}}}},
]
[world.ingest]
kind = "webhook"
signature = {{kind = "standard-webhooks", secret = "{SECRET}"}}
""",
        "utf-8",
    )
    return file


def test_a_webhook_of_standard_webhooks(tmp_path: Path) -> None:
    """A receiver with the library of Standard Webhooks takes it, on each attempt, with the caller's own values."""
    with receiver(503) as kept, serving(parcels(tmp_path), events=kept.url) as served:
        refused = httpx.post(f"{served.url}/parcels", json={"to": "x"})
        answer = httpx.post(f"{served.url}/parcels", json={"to": "Bern"}, headers={"Authorization": "bearer bob"})
        assert (401, 202, True) == (refused.status_code, answer.status_code, served.wait(LONGEST))
    assert ["Bearer"] == [refused.headers["www-authenticate"].partition(" ")[0]]
    values = [standardwebhooks.Webhook(SECRET).verify(body, headers) for _, headers, body in kept.came]
    assert [{"id": answer.json()["id"], "to": "Bern", "by": 8}] * 2 == [value["data"] for value in values]


def test_a_webhook_is_proven(tmp_path: Path) -> None:
    """The mock of a contract with a signed root webhook, as the target of a few cases."""
    parcels(tmp_path)
    report = tmp_path / "report.json"
    done = bothends(tmp_path, "verify", "--only", "success", "--json", str(report), measured=False)
    found = json.loads(report.read_text("utf-8"))
    assert [] == [each for each in found["findings"] if each["severity"] == "error"], done.stdout
    judged = {law["law"]: law["judged"] for law in found["laws"]}
    assert judged["authentic"] > 0
    assert judged["provenance"] > 0
