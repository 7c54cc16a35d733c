"""What comes behind an answer, and who asks: tests by hand of a target with notes of callers of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(__file__).parent / "targets" / "notes.py"
SPEC = """\
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    post:
      operationId: addNote
      security: [{key: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}
      responses:
        '201': {description: Added., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '401': {description: Nobody., x-given: signed-out}
        '422': {description: Refused., x-given: invalid-body}
      callbacks:
        noteAdded:
          '{ingest}/notes':
            post:
              x-when: true
              x-delivery: {attempts: {tries: 3, within_ms: 8000}, identity: /event}
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      required: [event, id, text]
                      properties:
                        event: {type: string}
                        id: {type: string, x-from: 'answer.body#/id'}
                        text: {type: string, x-from: 'request.body#/text'}
              responses: {'200': {description: Taken.}}
  /notes/{id}:
    get:
      operationId: getNote
      security: [{key: []}]
      parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 40}}]
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '401': {description: Nobody., x-given: signed-out}
        '404': {description: None of the caller's.}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    NewNote:
      type: object
      required: [text]
      additionalProperties: false
      properties: {text: {type: string, maxLength: 40}}
    Note:
      type: object
      required: [id, text]
      properties: {id: {type: string}, text: {type: string}}
"""
SETTINGS = f"""\
spec = "openapi.yaml"
[target]
command = ["python", "{TARGET}"]
[target.env]
PORT = "{{port}}"
INGEST = "{{world.ingest}}"
PYTHONPATH = "{ROOT}"
[world.sessions.key]
kind = "static"
callers = [{{headers = {{X-Key = "one-one-one-one"}}}}, {{headers = {{X-Key = "two-two-two-two"}}}}]
[world.ingest]
kind = "webhook"
"""


@pytest.fixture
def notes(tmp_path: Path) -> Project:
    """Return a folder with the contract of the notes."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:randomly\n", "utf-8")
    return Project(tmp_path)


def played(notes: Project, test: str, **environment: str) -> tuple[int, str]:
    """Run the tests of a text; return the exit code and what was printed."""
    lines = "".join(f'{name} = "{value}"\n' for name, value in environment.items())
    notes.replace("bothends.toml", "[world.sessions", f"{lines}[world.sessions")
    (notes.folder / "test_hand.py").write_text(test, "utf-8")
    result = notes.pytest("-s", "test_hand.py")
    return result.code, result.out


CALLERS = """
from bothends.records import Request


def test_what_was_created_can_be_read(client, bothends_bench, target, contract):
    added = client.post("/notes", json={"text": "one"})
    place = "/notes/" + added.json()["id"]
    read = [client.get(place) for _ in range(3)]
    assert [200] * 3 == [each.status_code for each in read]
    with bothends_bench.client() as other:
        assert [404, 200, 404] == [one.get(place).status_code for one in (other, client, other)]
    with bothends_bench.client(own_users=True) as each:
        assert {200, 404} == {each.get(place).status_code for _ in range(2)}
    shown = str(target.exchange(added).timeline)
    assert ", as caller 1 of the settings\\n" in shown
    assert "signed out" not in shown
    for response in (added, *read):
        contract.check(target.exchange(response))


def test_one_user_is_one_caller(target):
    for name in ("Ada", "Bob", "Eve"):
        user = {"name": name, "email": None, "image": None}
        added = target.post(json={"text": "one"}, as_user=user).response.json()
        request = Request("GET", "/notes/" + added["id"])
        assert [200] * 3 == [target.send(request, as_user=user).response.status for _ in range(3)]


def test_who_is_nobody(target):
    assert str(target.post(json={"text": "one"}, signed_out=True).timeline).splitlines()[0].endswith(", signed out")
"""


def test_a_client_is_one_caller(notes: Project) -> None:
    """What a client has created it can read, and another client can't; the timeline says who asked."""
    code, out = played(notes, CALLERS)
    assert 0 == code, out


BEHIND = """
import pytest


def test_three_events(target, client, contract):
    for exchange in (target.post(json={"text": "one"}), target.exchange(client.post("/notes", json={"text": "two"}))):
        found = exchange.wait_for_events(2, within=20)
        assert found == exchange.events
        assert 2 == len({event["event"] for event in found})
        assert 2 == str(exchange.timeline).count("stored and acknowledged")


def test_too_few(target):
    exchange = target.post(json={"text": "three"})
    exchange.wait_for_events(2, within=20)
    with pytest.raises(AssertionError, match="2 events have come within 0.1 s, and not 3"):
        exchange.wait_for_events(3, within=0.1)


def test_it_fails(target):
    target.post(json={"text": "four"}).wait_for_events(9, within=0.1)
"""


def test_events_behind_the_answer_are_waited_for(notes: Project) -> None:
    """As many as a test asks for; if there are fewer, it fails with the timeline."""
    code, out = played(notes, BEHIND, EVENTS="2")
    assert 1 == code
    assert "2 failed" not in out
    assert "1 failed" in out, out
    assert "within 0.1 s, and not 9." in out
    assert "0 ms  caller    POST /notes {" in out


ATTEMPTS = """
def test_attempts(target, client, world, bothends_bench, contract):
    with world.given("the ingest answers 500"):
        exchanges = [target.post(json={"text": "one"}), target.exchange(client.post("/notes", json={"text": "two"}))]
    assert [] == bothends_bench.settle()
    for exchange in exchanges:
        assert [False, True] == [one.acknowledged for one in exchange.deliveries]
        assert [1, 2] == [one.attempt for one in exchange.deliveries]
        assert 1 == len(exchange.events)
"""


@pytest.mark.parametrize("promised", [True, False])
def test_settle_sees_later_attempts(notes: Project, *, promised: bool) -> None:
    """Where the contract promises them it waits for them, else as long as it is told to."""
    test = ATTEMPTS
    if not promised:
        terms = "              x-delivery: {attempts: {tries: 3, within_ms: 8000}, identity: /event}\n"
        notes.replace("openapi.yaml", terms, "              x-delivery: {identity: /event}\n")
        test = ATTEMPTS.replace("settle()", "settle(within=20)")
    code, out = played(notes, test, FAILS_FIRST="1")
    assert 0 == code, out


def test_a_user_that_is_none_fails_the_test(notes: Project) -> None:
    """The error says what a user is."""
    code, out = played(notes, 'def test_it(target):\n    target.post(json={"text": "one"}, as_user="ada")\n')
    assert 1 == code
    assert "as_user is no user: 'ada'." in out
    assert 'expected: a mapping, such as {"name": "Ada"' in out
