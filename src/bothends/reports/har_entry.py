"""A message as an entry of an HTTP Archive: a request to the target, an event, or a call to an upstream."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.conditions import sentence, sentences
from bothends.hiding import HIDDEN
from bothends.records import Answer, count_of
from bothends.reports.json_report import body_value
from bothends.reports.sanitize import DEEPEST, bounded
from bothends.reports.traffic import Asked, Called, Delivered, url_arrived, url_asked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Delivery, Exchange, NoAnswer
    from bothends.reports.sanitize import Redactor
    from bothends.reports.traffic import Message

LONGEST_BODY = 1 << 16
"""Bytes of one body that are written; its size is told whole."""
TO_TARGET, FROM_TARGET = "to-target", "from-target"
LONGEST_NAME = 100
"""Characters of the name of a cookie."""
_TIMES = 16
"""How many times as much of an event is written as other reports show."""
_UNKNOWN = -1
_PLAIN_HEADERS = frozenset(
    (
        *("accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding"),
        *("content-length", "content-type", "date", "host", "keep-alive", "te", "trailer", "transfer-encoding"),
        *("traceparent", "upgrade", "user-agent"),
    )
)
"""Headers that hold no credential: what others hold is known of an exchange, and hidden."""
_RAW = (
    "Sent as raw bytes, which are no well-framed HTTP request: _raw has them, before its marks (@HOST@, @COOKIE@ and "
    "the like) are filled in. Method and URL are those of the request that they were made from."
)
_AS_JSON = "Written anew from the JSON that was read: the bytes that arrived are not kept."
_NO_JSON = "The body was no JSON, and is not kept."
_NOT_KEPT = "Neither headers nor body of this answer are kept."
_WHOLE_TIME = "Only the whole time is measured."


def entry_of(message: Message, base_url: str, redactor: Redactor) -> dict[str, Any]:
    """Return a message as an entry, but for its page.

    Args:
        message: The message.
        base_url: The target's.
        redactor: Knows the run's secrets and the exchange's.
    """
    match message:
        case Asked():
            return _asked(message.exchange, base_url, redactor)
        case Delivered():
            return _delivered(message, redactor)
        case Called():
            return _called(message, redactor)


def _asked(exchange: Exchange, base_url: str, redactor: Redactor) -> dict[str, Any]:
    case, sent, raw = exchange.case, exchange.sent, exchange.case.request.raw
    request = {
        "method": redactor.text(sent.method),
        "url": url_asked(exchange, base_url, redactor),
        "httpVersion": "HTTP/1.1",
        **_head(() if raw is not None else sent.headers, sent.target, redactor),
        "bodySize": _UNKNOWN if raw is not None else len(sent.body or b""),
    }
    if raw is not None:
        request |= {"comment": _RAW, "_raw": body_value(raw, len(raw), redactor, LONGEST_BODY)}
    elif sent.body is not None:
        request["postData"] = _posted(sent.body, sent.header("content-type") or "", redactor)
    about = [f"How the client sent it: {case.behaviour}."] if case.behaviour else []
    further = len(exchange.further)
    about += [f"{count_of(further, 'more answer')} came that nobody had asked for."] if further else []
    return {
        **_times(exchange.began, exchange.ended),
        "request": request,
        "response": _answer(exchange.answer, redactor),
        "cache": {},
        "_direction": TO_TARGET,
        "_exchange": exchange.number,
        "_operation": case.operation,
        "_case": redactor.text(case.label),
        "_given": [redactor.text(one) for one in sentences(case.given)],
        **({"comment": " ".join(map(redactor.text, about))} if about else {}),
    }


def _answer(answer: Answer | NoAnswer, redactor: Redactor) -> dict[str, Any]:
    if not isinstance(answer, Answer):
        lack = f"There is no answer: {answer.kind}. {redactor.value(answer.detail)}".strip()
        return {**_no_answer(lack), "_error": answer.kind}
    headers = redactor.headers(answer.headers)
    body = body_value(answer.body, answer.size, redactor, LONGEST_BODY)
    content: dict[str, Any] = {"size": answer.size, "mimeType": redactor.text(answer.header("content-type") or "")}
    if "base64" in body:
        content |= {"text": body["base64"], "encoding": "base64"}
    else:
        content["text"] = body["text"]
    if answer.size > min(len(answer.body), LONGEST_BODY):
        content["comment"] = f"Cut: {answer.size:,} bytes came."
    return {
        "status": answer.status,
        "statusText": redactor.value(answer.reason),
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(answer.headers, "set-cookie"),
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": dict(headers).get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": answer.size,
    }


def _no_answer(comment: str, status: int = 0) -> dict[str, Any]:
    """Return a response of which nothing is known but perhaps its status; 0 is what browsers write where none came."""
    return {
        "status": status,
        "statusText": "",
        "httpVersion": "HTTP/1.1" if status else "",
        "cookies": [],
        "headers": [],
        "content": {"size": _UNKNOWN if status else 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN,
        "comment": comment,
    }


def _delivered(message: Delivered, redactor: Redactor) -> dict[str, Any]:
    delivery = message.delivery
    secret = frozenset() if delivery.signature is None else delivery.signature.secret_headers
    headers = [(name, HIDDEN if name in secret else value) for name, value in delivery.headers]
    media_type = dict(delivery.headers).get("content-type", "")
    request = {
        **_arrived(delivery.method, delivery.target, headers, redactor),
        "bodySize": _declared_size(delivery.headers),
        **_payload(delivery, redactor.text(media_type), redactor),
    }
    fault = None if delivery.fault is None else sentence(delivery.fault)
    outcome = (
        "acknowledged" if delivery.acknowledged else "stored, not acknowledged" if delivery.stored else "not stored"
    )
    told = {
        "_direction": FROM_TARGET,
        "_service": delivery.ingest,
        **({} if message.exchange is None else {"_exchange": message.exchange.number}),
        "_delivery": {
            "callback": delivery.callback,
            "attempt": delivery.attempt,
            "stored": delivery.stored,
            "acknowledged": delivery.acknowledged,
            "refusal": delivery.refusal,
            "fault": fault,
        },
    }
    return {
        **_times(delivery.received, delivery.settled),
        "request": request,
        "response": _world_answer(delivery.status, fault),
        "cache": {},
        **redactor.value(told),
        "comment": f"An event that the target sent to {redactor.text(delivery.ingest)}: {outcome}.",
    }


def _payload(delivery: Delivery, media_type: str, redactor: Redactor) -> dict[str, Any]:
    """Return what an ingest was sent: it keeps JSON, and not the bytes."""
    if delivery.payload is None:
        return {"comment": _NO_JSON}
    value = bounded(delivery.payload, redactor.text, DEEPEST, _TIMES)
    text = json.dumps(value, ensure_ascii=False)
    cut = f" Cut: it has {len(text):,} characters." if len(text) > LONGEST_BODY else ""
    return {"postData": {"mimeType": media_type, "text": text[:LONGEST_BODY], "comment": f"{_AS_JSON}{cut}"}}


def _called(message: Called, redactor: Redactor) -> dict[str, Any]:
    call = message.call
    method, _, target = call.request_line.partition(" ")
    headers = list(call.headers)
    if not message.certain:  # it may be another's, whose secrets are not known here
        headers = [(name, value if name in (*_PLAIN_HEADERS, "cookie") else HIDDEN) for name, value in headers]
    size = _declared_size(call.headers)
    request = {**_arrived(method, target, headers, redactor), "bodySize": size}
    if size:
        request["comment"] = "The body of a call to an upstream is not kept."
    fault = None if call.fault is None else sentence(call.fault)
    response = _world_answer(call.status, fault)
    if call.value is not None:
        text = json.dumps(redactor.value(call.value), ensure_ascii=False)
        response["comment"] = "The headers of this answer are not kept."
        response["content"] = {"size": _UNKNOWN, "mimeType": "application/json", "text": text, "comment": _AS_JSON}
    whose = (
        ""
        if message.certain
        else ", within the time of this exchange, and perhaps of others: nothing tells whose it is"
    )
    return {
        **_times(call.began, call.ended),
        "request": request,
        "response": response,
        "cache": {},
        **redactor.value({"_direction": FROM_TARGET, "_service": call.upstream}),
        **({"_exchange": call.exchange} if message.certain else {}),
        "_fault": fault,
        "comment": f"A call of the target to {redactor.text(call.upstream)}{whose}.",
    }


def _world_answer(status: int | None, fault: str | None) -> dict[str, Any]:
    """Return what the world answered."""
    if status is None:
        return {**_no_answer(f"There was no answer: {fault or 'the target went away'}."), "_error": fault or "closed"}
    return _no_answer(f"{_NOT_KEPT}{f' The fault was: {fault}.' if fault else ''}", status)


def _arrived(method: str, target: str, headers: Iterable[tuple[str, str]], redactor: Redactor) -> dict[str, Any]:
    """Return the head of a request that arrived at the world; its address is the one that its `Host` names."""
    pairs = list(headers)
    return {
        "method": redactor.value(method),
        "url": url_arrived(pairs, target, redactor),
        "httpVersion": "HTTP/1.1",
        **_head(pairs, target, redactor),
    }


def _head(headers: Iterable[tuple[str, str]], target: str, redactor: Redactor) -> dict[str, Any]:
    """Return the head of a request: its credentials are hidden, and of a cookie all but its name."""
    pairs = list(headers)
    query = redactor.text(target).partition("?")[2]
    try:
        told = parse_qsl(query, keep_blank_values=True, errors="backslashreplace", max_num_fields=1000)
    except ValueError:  # more than that: the URL has them
        told = []
    return {
        "cookies": _cookies(pairs, "cookie"),
        "headers": _pairs(redactor.headers(pairs)),
        "queryString": _pairs(told),
        "headersSize": _UNKNOWN,
    }


def _posted(body: bytes, media_type: str, redactor: Redactor) -> dict[str, Any]:
    """Return a body that was sent; the format has no word for an encoding of it, so it is ours."""
    value = body_value(body, len(body), redactor, LONGEST_BODY)
    posted: dict[str, Any] = {"mimeType": redactor.text(media_type), "text": value.get("text", value.get("base64"))}
    about = [] if "text" in value else ["The text is base64: the body is no UTF-8."]
    if about:
        posted["_encoding"] = "base64"
    about += [f"Cut: {len(body):,} bytes were sent."] if len(body) > LONGEST_BODY else []
    return {**posted, "comment": " ".join(about)} if about else posted


def _cookies(headers: Iterable[tuple[str, str]], name: str) -> list[dict[str, str]]:
    """Return the cookies of a head by their names: each value may be a session's."""
    lines = [value for key, value in headers if key.lower() == name]
    pairs = [pair for line in lines for pair in (line.split(";")[:1] if name == "set-cookie" else line.split(";"))]
    return [{"name": pair.partition("=")[0].strip()[:LONGEST_NAME], "value": HIDDEN} for pair in pairs]


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value[:LONGEST_BODY]} for name, value in pairs]


def _declared_size(headers: Iterable[tuple[str, str]]) -> int:
    """Return how long a request that arrived says to be; no body where it says nothing of one."""
    told = dict(headers)
    if "transfer-encoding" in told:
        return _UNKNOWN
    length = told.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else _UNKNOWN  # noqa: PLR2004 -- of petabytes nothing is known


def _times(began: float, ended: float) -> dict[str, Any]:
    """Return when a message was sent, and how long it took until the answer was there."""
    took = round(max(ended - began, 0.0) * 1000, 3)
    timings = {"send": 0, "wait": took, "receive": 0, "comment": _WHOLE_TIME}
    return {"startedDateTime": time_of(began), "time": took, "timings": timings}


def time_of(seconds: float) -> str:
    """Return a time as the format has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
