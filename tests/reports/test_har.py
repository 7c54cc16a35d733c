"""HTTP Archive: valid by its schema, read by a reader; each message once, in both directions, without secrets."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from haralyzer import HarParser
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

from bothends.engine.events import Aside, ExchangeJudged, FindingSettled, RunFinished
from bothends.errors import HarnessError
from bothends.records import Answer, Case, NoAnswer, Request, SignatureCheck
from bothends.reports.har import HarReport
from bothends.reports.har_entry import LONGEST_BODY
from bothends.reports.traffic import Traffic
from tests.reports.html_run import full_run

if TYPE_CHECKING:
    from bothends.engine.events import Event
    from bothends.records import Exchange
    from tests.reports.conftest import Samples

# `har-schema` of npm: what validators there go by. It is installed by tests/programs.sh.
_LIBRARY = Path(__file__).parent / "har" / "node_modules" / "har-schema" / "lib"


def read(text: str) -> dict[str, Any]:
    """Return the log of an archive, which is valid and can be read."""
    archive = json.loads(text)
    schemas = [(file.name, json.loads(file.read_text("utf-8"))) for file in _LIBRARY.glob("*.json")]
    assert schemas, "tests/programs.sh installs what is needed"
    resources = [(name, Resource.from_contents(one, default_specification=DRAFT6)) for name, one in schemas]
    registry: Registry[Any] = Registry().with_resources(resources)
    checker = jsonschema.Draft6Validator.FORMAT_CHECKER
    jsonschema.Draft6Validator({"$ref": "har.json#"}, registry=registry, format_checker=checker).validate(archive)
    pages = HarParser(archive).pages
    log: dict[str, Any] = archive["log"]
    assert [page["id"] for page in log["pages"]] == [page.page_id for page in pages]
    assert len(log["entries"]) == sum(len(page.entries) for page in pages)
    assert all(re.fullmatch(r"https?://[!-~]+", entry["request"]["url"]) for entry in log["entries"])
    return log


def written(samples: Samples, *events: Event) -> dict[str, Any]:
    """Return the log of a run of these events, between its beginning and its end."""
    stream = io.StringIO()
    report = HarReport(stream, samples.surroundings)
    for event in (samples.started(), *events, RunFinished(samples.summary())):
        report.handle(event)
    report.close()
    assert stream.getvalue().isascii()
    return read(stream.getvalue())


def of(samples: Samples, exchange: Exchange) -> dict[str, Any]:
    """Return the entry of the request of an exchange."""
    entry: dict[str, Any] = written(samples, ExchangeJudged(exchange, ()))["entries"][0]
    return entry


def test_each_message_is_an_entry_with_its_direction(samples: Samples) -> None:
    """The request to the target, its call to an upstream, its event; all on the page of their case."""
    log = written(samples, ExchangeJudged(samples.exchange(), ()))
    asked, called, delivered = log["entries"]
    assert ["to-target", "from-target", "from-target"] == [one["_direction"] for one in log["entries"]]
    assert [None, "settings", "ingest"] == [one.get("_service") for one in log["entries"]]
    assert ["http://127.0.0.1:4000/api/route", 200] == [asked["request"]["url"], asked["response"]["status"]]
    assert ('{"data": "data"}', '{"success":"true"}') == (
        asked["request"]["postData"]["text"],
        asked["response"]["content"]["text"],
    )
    assert ("1970-01-01T00:01:40.000Z", 40.0) == (asked["startedDateTime"], asked["time"])
    assert ("GET", 200, {"appName": "sx1x00000000"}) == (
        called["request"]["method"],
        called["response"]["status"],
        json.loads(called["response"]["content"]["text"]),
    )
    assert "nothing tells whose it is" in called["comment"]
    assert samples.delivery().payload == json.loads(delivered["request"]["postData"]["text"])
    assert (1, True) == (delivered["_delivery"]["attempt"], delivered["_delivery"]["acknowledged"])
    assert "An event that the target sent to ingest: acknowledged." == delivered["comment"]
    (page,) = log["pages"]
    assert {page["id"]} == {one["pageref"] for one in log["entries"]}
    assert "success/usual of postRoute, while the ingest fails once" == page["title"]
    assert log["comment"].startswith("1 request to the target")


def test_a_message_is_told_once(samples: Samples) -> None:
    """What comes late for an exchange is an entry of its own; what was told of it before is no second one."""
    first = samples.exchange()
    late = replace(samples.delivery(), number=2, post=2, received=100.9, settled=101.0)
    again = replace(first, deliveries=(*first.deliveries, late))
    shown = samples.finding()
    smaller = replace(shown, breach=replace(shown.breach, exchange=replace(first, number=9, calls=(), deliveries=())))
    events = (ExchangeJudged(first, ()), ExchangeJudged(again, (), late=True), FindingSettled(smaller))
    entries = written(samples, *events)["entries"]
    assert [7, None, 7, 7, 9] == [one.get("_exchange") for one in entries]
    assert [100.9] == [late.received for _ in entries[3:4]]
    assert entries[3]["startedDateTime"].endswith("40.900Z")


def test_what_is_no_part_of_the_run_is_told_too(samples: Samples) -> None:
    """What was sent to reproduce a finding is on the page of its case; what belongs to no request has its own."""
    again = replace(samples.exchange(), number=90, began=200.0, ended=200.1, calls=(), deliveries=())
    nobodys = replace(samples.delivery(), post=90, received=201.0, settled=201.0)
    log = written(samples, ExchangeJudged(samples.exchange(), ()), Aside((again,), (nobodys,)))
    first, *_, repeated, last = log["entries"]
    assert (90, first["pageref"]) == (repeated["_exchange"], repeated["pageref"])
    pages = {page["id"]: page["title"] for page in log["pages"]}
    assert ("belongs to no request", False) == (pages[last["pageref"]], "_exchange" in last)


def test_what_is_remembered_is_bounded(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that never ends does not fill the memory."""
    monkeypatch.setattr("bothends.reports.traffic._REMEMBERED", 3)
    traffic = Traffic()
    for number in range(100):
        exchange = replace(samples.exchange(), number=number, calls=(), deliveries=())
        assert 1 == len(list(traffic.of(ExchangeJudged(exchange, ()))))
    assert (3, 3) == (len(traffic._told), len(traffic._order))  # noqa: SLF001 -- nothing else shows it


def test_what_has_no_form_in_http_is_told_as_what_it_is(samples: Samples) -> None:
    """Raw bytes stand beside the request that they were made from; what was not answered has no status."""
    raw = b"POST @PREFIX@/api/route HTTP/1.1\r\nContent-Length: 5\r\n@COOKIE@\r\n\xff"
    case = Case("postRoute", "framing", "short", Request("POST", "/api/route", raw=raw))
    sent = replace(case.request, headers=(("Cookie", "a=b"),))
    exchange = replace(samples.exchange(), case=case, sent=sent, answer=NoAnswer("reset", "by the other side"))
    entry = of(samples, exchange)
    request, response = entry["request"], entry["response"]
    assert (raw, -1, []) == (base64.b64decode(request["_raw"]["base64"]), request["bodySize"], request["headers"])
    assert "no well-framed HTTP request" in request["comment"]
    assert (0, "reset") == (response["status"], response["_error"])
    assert "There is no answer: reset. by the other side" == response["comment"]
    slow = of(samples, replace(samples.exchange(), case=replace(case, behaviour="the body comes in drips")))
    assert "How the client sent it: the body comes in drips." == slow["comment"]


def test_bodies_are_bounded_and_what_is_no_text_is_base64(samples: Samples) -> None:
    """The size is told whole; a request's body has no encoding in the format, so ours is named."""
    body = b"\xff" * (LONGEST_BODY + 9)
    kept = samples.exchange()
    answer = Answer(200, (("content-type", "image/png"),), body, len(body))
    entry = of(samples, replace(kept, answer=answer, sent=replace(kept.sent, body=body)))
    content, posted = entry["response"]["content"], entry["request"]["postData"]
    assert (len(body), "base64", f"Cut: {len(body):,} bytes came.") == (
        content["size"],
        content["encoding"],
        content["comment"],
    )
    assert body[:LONGEST_BODY] == base64.b64decode(content["text"]) == base64.b64decode(posted["text"])
    assert ("base64", len(body)) == (posted["_encoding"], entry["request"]["bodySize"])


def test_no_secret_and_no_credential_is_in_it(samples: Samples) -> None:
    """Session, event key, secrets in headers of signatures; and all that may be another caller's in a shared call."""
    signature = SignatureCheck("shared", secret_headers=frozenset({"x-shared"}))
    headers = (("x-shared", "hunter22"), ("x-kind", "order"), ("cookie", "sid=hunter22"))
    delivery = replace(samples.delivery(), headers=headers, signature=signature)
    call = replace(samples.call(), headers=(("x-api-key", "hunter22"), ("accept", "*/*")))
    exchange = replace(samples.exchange(), deliveries=(delivery,), calls=(call,))
    log = written(samples, ExchangeJudged(exchange, ()))
    text = json.dumps(log)
    assert [False] * 3 == [secret in text for secret in (samples.cookie, samples.event_key, "hunter22")]
    asked, called, delivered = log["entries"]
    assert [{"name": "next-auth.session-token", "value": "[hidden]"}] == asked["request"]["cookies"]
    assert {"x-api-key": "[hidden]", "accept": "*/*"} == named(called)
    assert {"x-shared": "[hidden]", "x-kind": "order", "cookie": "[hidden]"} == named(delivered)
    known = replace(exchange, calls=(replace(call, exchange=7),))
    called = written(samples, ExchangeJudged(known, ()))["entries"][1]
    assert ({"x-api-key": "hunter22", "accept": "*/*"}, 7) == (named(called), called["_exchange"])


def named(entry: dict[str, Any]) -> dict[str, str]:
    """Return the headers of a request."""
    return {one["name"]: one["value"] for one in entry["request"]["headers"]}


def test_hostile_messages_are_read(samples: Samples) -> None:
    """Whatever stands in an answer, in an event, in an address or in a name, the archive is valid."""
    stream = io.StringIO()
    report = HarReport(stream, samples.surroundings)
    odd = replace(
        samples.delivery(), post=900, path="/\u202e[x]\x00%zz\ud800", headers=(("host", "x y@z/"),), payload=None
    )
    call = replace(
        samples.call(), number=900, request_line="\x1b[2J", headers=(("content-length", "9" * 40),), status=None
    )
    exchange = replace(samples.exchange(), number=400, deliveries=(odd,), calls=(call,))
    for event in (*list(full_run(samples))[:-1], ExchangeJudged(exchange, ()), RunFinished(samples.summary())):
        report.handle(event)
    log = read(stream.getvalue())
    assert 12 == sum(one["_direction"] == "to-target" for one in log["entries"])
    assert log["entries"][-1]["request"]["url"].startswith("http://world.invalid/%")
    assert "The body was no JSON, and is not kept." == log["entries"][-1]["request"]["comment"]


def test_it_is_whole_or_not_there(samples: Samples, tmp_path: Path) -> None:
    """It takes its place at the end, of an interrupted run, too; a run that breaks off leaves nothing behind."""
    path = tmp_path / "r.har"
    report = HarReport(path, samples.surroundings)
    report.handle(samples.started())
    report.handle(ExchangeJudged(samples.exchange(), ()))
    assert not path.exists()
    report.close()
    assert [] == list(tmp_path.iterdir())
    report = HarReport(path, samples.surroundings)
    report.handle(RunFinished(samples.summary(interrupted=True, target_failure="It died.")))
    report.close()
    comment = read(path.read_text("utf-8"))["comment"]
    assert "The run was interrupted. It failed: It died." in comment
    assert [path] == list(tmp_path.iterdir())


def test_a_full_disk_is_told(samples: Samples) -> None:
    """With the option that named the file."""
    report = HarReport(Path("/dev/full"), samples.surroundings)
    *_, last = full_run(samples)
    with pytest.raises(HarnessError, match="No space left") as error:
        report.handle(last)
    assert "--har" in error.value.advice
    report.close()
