"""The laws on answers: each way to break them is one breach, by its right cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.contract.messages import Expression, UrlTemplate
from bothends.records import Answer, Exchange, NoAnswer, Severity
from tests.laws import kept

TRACE = "a JavaScript stack trace in 500"
DEEP = b"[" * 100_000


def with_answer(status: int = 200, body: Any = None, media_type: str | None = None, **changes: Any) -> Exchange:
    """Return the kept exchange with another answer."""
    return kept.exchange(answer=kept.answer(status, body, media_type), **changes)


def describe(body: bytes, status: int = 500, **changes: Any) -> Exchange:
    """Return an exchange whose answer tells something."""
    return kept.exchange(answer=replace(kept.answer(status), body=body), **changes)


BROKEN: list[tuple[str, Exchange, str]] = [
    ("answered", kept.exchange(answer=NoAnswer("reset", "4 bytes")), "closed instead of a success: the body"),
    ("answered", kept.refused(answer=NoAnswer("closed")), "refused, but not with 401"),
    ("answered-in-time", kept.exchange(answer=NoAnswer("timeout")), "the body"),
    ("answered-in-time", kept.exchange(ended=kept.BEGAN + 10.001), "the body"),
    ("family-status", kept.refused(answer=kept.answer(200)), "answered as a success, not 401"),
    ("family-status", with_answer(500), "500 instead of a success: the body"),
    ("declared-status", with_answer(500), "500: the body"),
    ("declared-status", with_answer(204), "204: the body"),
    ("declared-media-type", with_answer(200, media_type="text/html"), "text/html"),
    ("declared-media-type", kept.exchange(answer=Answer(200, (), b"{}", 2)), "None"),
    ("declared-media-type", with_answer(401, media_type="application/json"), "application/json"),
    ("answer-schema", with_answer(body={"success": True}), "at /$defs/Success/properties/success/const"),
    ("answer-schema", with_answer(body={"success": "true", "more": 1}), "at /$defs/Success/additionalProperties"),
    ("answer-schema", with_answer(body=b"OK"), "is not JSON"),
    ("answer-schema", with_answer(body=b""), "is not JSON"),
    ("answer-schema", with_answer(body=b'{"success": NaN}'), "is not JSON"),
    ("answer-schema", with_answer(body='{"success":"true"}'.encode("utf-16")), "is not JSON"),
    ("answer-schema", with_answer(401, {"title": "No."}), "at /$defs/Problem/required"),
    ("problem-status", with_answer(401, {"status": 403}), "the statuses differ"),
    ("problem-status", with_answer(401, {"status": "401"}), "the statuses differ"),
    ("no-secret-in-answer", describe(f"<p>{kept.KEY}".encode()), "a key or secret of the target"),
    ("no-secret-in-answer", describe(kept.SECRET.encode(), 200), "a key or secret of the target"),
    (
        "no-secret-in-answer",
        kept.exchange(answer=Answer(200, (("set-cookie", f"debug={kept.SECRET}"),), b"", 0)),
        "a key or secret of the target (set-cookie)",
    ),
    (
        "no-secret-in-answer",
        kept.exchange(answer=Answer(502, (("via", f"1.1 {kept.PLACE}"),), b"", 0)),
        "the address of an upstream (via)",
    ),
    (
        "no-secret-in-answer",
        describe(f"connect ECONNREFUSED {kept.PLACE}".encode()),
        "the address of an upstream",
    ),
    (
        "no-secret-in-answer",
        describe(kept.COOKIE.partition("=")[2].encode()),
        "the caller's session cookie",
    ),
    (
        "no-secret-in-answer",
        describe(b'Traceback (most recent call last):\n  File "/app/x.py", line 3, in f'),
        "a Python traceback",
    ),
    ("no-secret-in-answer", describe(rb'{"e":"File \"/app/x.py\", line 3, in f"}'), "a Python traceback"),
    ("no-secret-in-answer", describe(b"Error: x\n    at async POST (/app/route.js:3:9)"), "a JavaScript stack trace"),
    (
        "no-secret-in-answer",
        describe(rb'{"stack":"Error: x\n    at f (file:///app/x.mjs:3:9)"}'),
        "a JavaScript stack trace",
    ),
    (
        "no-secret-in-answer",
        describe(b"<br> &nbsp;at Layer.handle [as handle_request] (/app/l.js:95:5)<br>"),
        "a JavaScript stack trace",
    ),
    ("no-secret-in-answer", describe(b"\n\tat com.shop.Route.post(Route.java:31)"), "a Java stack trace"),
    ("no-secret-in-answer", describe(b"panic: x\n\ngoroutine 7 [running]:\n"), "a Go stack trace"),
]


@pytest.mark.parametrize(("law", "exchange", "cause"), BROKEN, ids=[f"{law}: {cause}" for law, _, cause in BROKEN])
def test_a_wrong_answer_is_one_breach(law: str, exchange: Exchange, cause: str) -> None:
    """Each way to be wrong is told once, by the law that is about it."""
    assert [cause] == kept.causes(law, exchange)


# What each law has nothing to say about.
SILENT: list[tuple[str, Exchange]] = [
    ("answered", kept.exchange(answer=NoAnswer("timeout"))),
    ("answered", kept.other_method("GET", 0, answer=NoAnswer("reset"))),
    ("answered-in-time", kept.exchange(answer=NoAnswer("reset"))),
    ("answered-in-time", kept.other_method("GET", 405, ended=kept.BEGAN + 60)),
    ("family-status", kept.exchange(answer=NoAnswer("reset"))),
    ("family-status", kept.exchange(statuses=frozenset[int]())),
    ("declared-status", kept.exchange(answer=NoAnswer("reset"))),
    ("declared-status", kept.other_method("PUT", 500)),
    ("declared-media-type", kept.exchange(answer=NoAnswer("reset"))),
    ("declared-media-type", kept.other_method("PUT", 405)),
    ("declared-media-type", with_answer(500, media_type="text/html")),
    ("answer-schema", kept.exchange(answer=NoAnswer("reset"))),
    ("answer-schema", kept.other_method("PUT", 200)),
    ("answer-schema", with_answer(500, b"oops")),
    ("answer-schema", with_answer(200, b"oops", "text/plain")),
    ("answer-schema", with_answer(200, b"oops", "application/x-ndjson")),
    ("answer-schema", with_answer(401, b"{}", "application/json")),
    ("answer-schema", kept.exchange(answer=Answer(200, (), b"{}", 2))),
    ("answer-schema", with_answer(200, DEEP + b"]" * len(DEEP))),
    ("problem-status", kept.exchange(answer=NoAnswer("reset"))),
    ("problem-status", kept.other_method("PUT", 405)),
    ("problem-status", with_answer(200, {"status": 500})),
    ("problem-status", with_answer(401, b"{")),
    ("no-secret-in-answer", kept.exchange(answer=NoAnswer("reset"))),
]


@pytest.mark.parametrize(("law", "exchange"), SILENT)
def test_a_law_is_silent_on_what_it_is_not_about(law: str, exchange: Exchange) -> None:
    """None means that there was nothing to judge, so that no tally counts it as kept."""
    assert kept.judge(law, exchange) is None


# Near misses: judged, and right.
KEPT: list[tuple[str, Exchange]] = [
    ("answered-in-time", kept.exchange(ended=kept.BEGAN + 10)),
    ("problem-status", with_answer(401, {"title": "No."})),
    ("problem-status", with_answer(401, {"status": 401.0})),
    ("problem-status", with_answer(401, b"[401]")),
    ("problem-status", with_answer(401, DEEP + b"]" * len(DEEP))),
    ("no-secret-in-answer", describe(b'look at line 3 (file "a.csv", line 3) at 127.0.0.1:41005')),
    ("no-secret-in-answer", describe(b"meet me at the shop (open 9:30:00) at noon (Hall.java:x)")),
    ("declared-media-type", with_answer(502, media_type="APPLICATION/PROBLEM+JSON ; a=b")),
]


@pytest.mark.parametrize(("law", "exchange"), KEPT)
def test_a_near_miss_is_no_breach(law: str, exchange: Exchange) -> None:
    """What only looks wrong is judged, and found right."""
    assert [] == kept.judge(law, exchange)


def test_short_keys_are_not_looked_for() -> None:
    """A key such as `local` may stand in any answer, an empty one stands in every one."""
    exchange = kept.exchange(answer=kept.answer(401, {"title": "local", "type": "a", "status": 401}))
    assert [] == kept.judge("no-secret-in-answer", exchange, secrets=("", "local"))


def test_short_cookies_are_not_looked_for() -> None:
    """A cookie such as `theme=dark` is no session."""
    kept_exchange = kept.exchange()
    sent = replace(kept_exchange.sent, headers=(("cookie", "theme=dark; success=true"),))
    assert [] == kept.judge("no-secret-in-answer", replace(kept_exchange, sent=sent))


def test_each_thing_told_is_a_breach_of_its_own() -> None:
    """An answer that tells several things is several findings."""
    exchange = describe(f"{kept.KEY} at {kept.PLACE} goroutine 1 [running]".encode())
    assert [
        "a key or secret of the target",
        "the address of an upstream",
        "a Go stack trace",
    ] == kept.causes("no-secret-in-answer", exchange)


def test_where_an_event_goes_may_be_named_by_the_answer() -> None:
    """A callback that reads its URL from the answer has the world's own address stand there, and nowhere else."""
    header = Expression("$response.header.X-Events", "header", of_request=False, name="X-Events")
    url = UrlTemplate(f"{{{header.text}}}", (("", header.text),), "", (header,))
    operation = kept.operation()
    reads = replace(operation, events=(replace(operation.events[0], url=url),))
    for name, wrong in (("x-events", []), ("x-other", ["the address of an upstream (x-other)"])):
        headers = (("content-type", "application/json"), (name, f"http://{kept.PLACE}/events/1"))
        exchange = kept.exchange(answer=kept.answer(headers=headers))
        assert wrong == kept.causes("no-secret-in-answer", exchange, operation=reads)


def test_an_undeclared_status_is_said_to_be_one() -> None:
    """The law on families says as much, so that one finding is enough."""
    breaches = kept.judge("family-status", kept.exchange(answer=kept.answer(500), why="the request is valid"))
    assert breaches is not None
    assert [("200 (the request is valid)", "500, which the contract does not declare")] == [
        (breach.expected, breach.actual) for breach in breaches
    ]


def test_the_most_specific_media_type_counts() -> None:
    """Of ranges and names, the name's own schema judges (OpenAPI 3.1, Media Types)."""
    operation = kept.operation()
    right, *others = operation.answers
    problem = others[0].content["application/problem+json"]
    ranged = replace(right, content={"*/*": problem, "application/*": problem, **right.content})
    changed = replace(operation, answers=(ranged, *others))
    assert [] == kept.judge("answer-schema", kept.exchange(), operation=changed)
    vendor = kept.exchange(answer=kept.answer(media_type="application/vnd.shop+json"))
    assert ["at /$defs/Problem/required"] == kept.causes("answer-schema", vendor, operation=changed)


@pytest.mark.parametrize("name", ["*/*", "application/*", "application/json"])
def test_anything_goes_where_no_schema_is_declared(name: str) -> None:
    """A media type without a schema leaves its body free."""
    operation = kept.operation()
    right, *others = operation.answers
    changed = replace(operation, answers=(replace(right, content={name: None}), *others))
    exchange = kept.exchange(answer=kept.answer(body=b"anything"))
    assert kept.judge("answer-schema", exchange, operation=changed) is None
    assert [] == kept.judge("declared-media-type", exchange, operation=changed)


def test_an_answer_without_declared_content_may_be_of_any_media_type() -> None:
    """Where no content is declared, there is nothing to hold the media type against."""
    operation = kept.operation()
    right, *others = operation.answers
    changed = replace(operation, answers=(replace(right, content={}), *others))
    exchange = kept.exchange(answer=kept.answer(media_type="text/plain"))
    assert kept.judge("declared-media-type", exchange, operation=changed) is None


def odd(status: int, **changes: Any) -> Exchange:
    """Return an exchange of which any 4xx is right, besides a success and 415."""
    exchange = kept.exchange(answer=kept.answer(status, **changes), statuses=frozenset({200, 415}))
    expect = replace(exchange.case.expect, any_refusal=True)
    return replace(exchange, case=replace(exchange.case, expect=expect), deliveries=())


@pytest.mark.parametrize("status", [406, 417, 431, 499])
def test_a_refusal_by_the_http_library_is_nobody_s_answer(status: int) -> None:
    """Where any 4xx is right, one that the operation does not declare need not be its own in any respect."""
    exchange = odd(status, body=b"<html>no</html>", media_type="text/html")
    for law in ("family-status", "declared-status", "declared-media-type", "answer-schema", "problem-status"):
        assert not kept.judge(law, exchange), law


def test_a_refusal_in_no_declared_form_is_nobody_s_answer() -> None:
    """An HTTP library may use a status that the operation declares as well; it does not use the operation's form."""
    exchange = odd(415, body=b"<html>no</html>", media_type="text/html")
    for law in ("family-status", "declared-status", "declared-media-type", "answer-schema", "problem-status"):
        assert not kept.judge(law, exchange), law


def test_a_declared_refusal_is_the_operation_s_own() -> None:
    """Its content is what the contract says, whatever brought it about."""
    exchange = odd(415, body={"title": "no"})
    assert [] == kept.judge("declared-media-type", exchange)
    assert kept.judge("answer-schema", exchange)


@pytest.mark.parametrize("status", [204, 302, 500, 503])
def test_what_is_no_refusal_is_not_right(status: int) -> None:
    """Only a 4xx refuses: neither a redirect nor a server error will do."""
    assert kept.judge("family-status", odd(status))


def sent_oddly(status: int, raw: bytes | None, statuses: frozenset[int] = frozenset()) -> Exchange:
    """Return an exchange of which any answer is right, or none."""
    exchange = kept.exchange(answer=kept.answer(status), statuses=statuses, deliveries=())
    case = exchange.case
    odd_case = replace(
        case, request=replace(case.request, raw=raw), expect=replace(case.expect, refused=True, any_answer=True)
    )
    return replace(exchange, case=odd_case)


@pytest.mark.parametrize(("status", "breaches"), [(500, 1), (502, 1), (400, 0), (501, 0), (505, 0)])
def test_what_is_sent_oddly_is_no_server_error(status: int, breaches: int) -> None:
    """The operation itself has read it, and has erred; 501 and 505 say that the client asks for what there is not."""
    exchange = sent_oddly(status, None)
    assert breaches == len(kept.judge("no-server-error", exchange) or ())
    assert kept.judge("http-status", exchange) is None


@pytest.mark.parametrize(("status", "severities"), [(500, [Severity.WARNING]), (400, []), (501, [])])
def test_a_server_error_for_raw_bytes_is_worth_a_warning(status: int, severities: list[Severity]) -> None:
    """The HTTP library reads them, and a framework has no other word for what it makes of them."""
    exchange = sent_oddly(status, b"POST / HTTP/1.1\r\n\r\n")
    assert kept.judge("no-server-error", exchange) is None
    assert severities == [breach.severity for breach in kept.judge("http-status", exchange) or ()]
    excused = replace(exchange.case, expect=replace(exchange.case.expect, server_error=True))
    assert not kept.judge("http-status", replace(exchange, case=excused, excuse="this machine was too busy"))


@pytest.mark.parametrize(("seconds", "refused", "breaches"), [(11.0, False, 1), (0.7, False, 0), (11.0, True, 0)])
def test_no_answer_counts_when_its_time_is_over(seconds: float, refused: bool, breaches: int) -> None:  # noqa: FBT001 -- a column of the table
    """Who went early has not seen that there was none, nor has a busy machine; what is broken need not get one."""
    exchange = sent_oddly(400, b"POST / HTTP/1.1\r\n\r\n", frozenset({400}))
    expect = replace(exchange.case.expect, refused=refused)
    case = replace(exchange.case, expect=expect)
    silent = replace(
        exchange, case=case, answer=NoAnswer("timeout", "nothing came"), began=100.0, ended=100.0 + seconds
    )
    assert breaches == len(kept.judge("http-status", silent) or ())
    assert [] == list(kept.judge("http-status", replace(silent, excuse="this machine was too busy")) or ())


@pytest.mark.parametrize(
    ("known", "there_again", "found"),
    [("addTask", True, ["404 for an object that is there"]), ("addTask", False, []), ("", False, None)],
)
def test_an_object_that_is_there(known: str, there_again: bool, found: list[str] | None) -> None:  # noqa: FBT001 -- a column of the table
    """404 is broken where the same request finds the object before and after; for a made-up id it says nothing."""
    judged = kept.exchange(answer=kept.answer(404), deliveries=(), known=known, there_again=there_again)
    assert found == kept.causes("there-all-the-time", judged)
