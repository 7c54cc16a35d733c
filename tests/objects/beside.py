"""What is beside things: notes and moves that name them, names that callers choose, one of its kind, and jobs."""

from __future__ import annotations

import itertools
import os
import time
import urllib.request
from http import HTTPStatus
from json import dumps
from typing import TYPE_CHECKING

from tests.objects.asked import BUG, LIKE, Asked, Refused, Reply, allowed, signed_in
from tests.objects.things import find

if TYPE_CHECKING:
    from collections.abc import Callable

HOOK = os.environ.get("HOOK", "")
_UNKNOWN = int(LIKE.get("unknown", "422"))
_TAKES = float(LIKE.get("takes", "0.3"))
"""Seconds that a job takes."""
_COUNT = itertools.count(1)
_SHELVES: dict[str, dict[str, str]] = {}
_NAMED: dict[str, str] = {}
_VERSIONS: dict[str, int] = {}
_CONFIG = {"note": ""}
_CARTS: dict[str, str] = {}
_JOBS: dict[str, float] = {}


def _note(asked: Asked) -> Reply:
    signed_in(asked)
    values = asked.members("thingId", "text")
    note = {"id": f"n-{next(_COUNT)}", "thingId": values["thingId"]}
    try:
        find(asked, values["thingId"], _UNKNOWN)
    except Refused:
        if BUG == "unknown-has-an-event":
            _tell(note)
        if BUG != "unknown-is-taken":
            raise
        return Reply(201, note)
    if BUG != "tells-nobody":
        _tell(note)
    return Reply(201, note)


def _tell(note: dict[str, str]) -> None:
    if HOOK:
        request = urllib.request.Request(HOOK, dumps(note).encode(), {"Content-Type": "application/json"})  # noqa: S310 -- the ingest's own
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 -- likewise


def _make_shelf(asked: Asked) -> Reply:
    signed_in(asked)
    shelf = {"id": f"s-{next(_COUNT)}", "label": asked.members("label")["label"]}
    _SHELVES[shelf["id"]] = {**shelf, "owner": asked.caller}
    return Reply(201, shelf)


def _move(asked: Asked) -> Reply:
    signed_in(asked)
    values = asked.members("thingId", "shelfId")
    thing = find(asked, values["thingId"], _UNKNOWN)
    shelf = _SHELVES.get(values["shelfId"])
    if BUG != "any-shelf" and (shelf is None or shelf["owner"] != asked.caller):
        raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR if BUG == "unknown-shelf-crashes" else _UNKNOWN)
    if thing.state == "moved" and "once" in LIKE:
        raise Refused(HTTPStatus.CONFLICT)
    if "once" in LIKE:
        thing.change(status="moved")
    return Reply(201, {"id": f"m-{next(_COUNT)}", **values})


# What its caller names.


def _put(asked: Asked) -> Reply:
    signed_in(asked)
    name = "/".join(asked.names.values())
    name = name.lower() if "folds" in LIKE else name
    note = asked.members("note")["note"]
    known = name in _NAMED
    if known and asked.headers.get("if-none-match") == "*" and BUG != "made-twice":
        raise Refused(HTTPStatus.CONFLICT if BUG == "made-is-409" else HTTPStatus.PRECONDITION_FAILED)
    if not known and asked.headers.get("if-match") is not None:
        raise Refused(HTTPStatus.PRECONDITION_FAILED)
    if known and "written-once" in LIKE and _NAMED[name] != note:
        raise Refused(HTTPStatus.CONFLICT)
    _NAMED[name] = note
    status = 200 if known or BUG == "always-200" else int(LIKE.get("made", "201"))
    return Reply(status, {"note": note})


def _get(asked: Asked) -> Reply:
    signed_in(asked)
    name = "/".join(asked.names.values())
    name = name.lower() if "folds" in LIKE else name
    if BUG == "columns-are-one":
        name = next((one for one in _NAMED if one.startswith(f"{name.partition('/')[0]}/")), name)
    if name not in _NAMED and BUG != "name-is-there":
        raise Refused(HTTPStatus.NOT_FOUND)
    return Reply(200, {"note": _NAMED.get(name, "")})


def _drop(asked: Asked) -> Reply:
    signed_in(asked)
    name = "/".join(asked.names.values())
    name = name.lower() if "folds" in LIKE else name
    if _NAMED.pop(name, None) is None and LIKE.get("again") != "204":
        raise Refused(HTTPStatus.NOT_FOUND)
    return Reply(204)


# One of its kind.


def _config(asked: Asked) -> Reply:
    signed_in(asked)
    return Reply(200, dict(_CONFIG), {"ETag": f'"c{_VERSIONS.get("config", 0)}"'})


def _change_config(asked: Asked) -> Reply:
    signed_in(asked)
    allowed(asked)
    values = asked.members("note")
    wanted = asked.headers.get("if-match")
    own = f'"c{_VERSIONS.get("config", 0)}"'
    if wanted is not None and BUG != "any-tag" and wanted != "*" and own not in [t.strip() for t in wanted.split(",")]:
        raise Refused(HTTPStatus.PRECONDITION_FAILED)
    _CONFIG.update(values)
    _VERSIONS["config"] = _VERSIONS.get("config", 0) + 1
    return _config(asked)


def _open_cart(asked: Asked) -> Reply:
    signed_in(asked)
    known = _CARTS.get(asked.caller)
    if known is not None:
        if LIKE.get("cart", "409") == "409":
            raise Refused(HTTPStatus.CONFLICT)
        return Reply(200, {"id": known})
    _CARTS[asked.caller] = f"c-{next(_COUNT)}"
    return Reply(201, {"id": _CARTS[asked.caller]})


def _cart(asked: Asked) -> Reply:
    signed_in(asked)
    if asked.names["cart"] != _CARTS.get(asked.caller) and BUG != "any-cart":
        raise Refused(HTTPStatus.NOT_FOUND)
    return Reply(200, {"id": asked.names["cart"]})


def _drop_cart(asked: Asked) -> Reply:
    _cart(asked)
    del _CARTS[asked.caller]
    return Reply(204)


def _start(asked: Asked) -> Reply:
    signed_in(asked)
    asked.members("label")
    name = f"j-{next(_COUNT)}"
    _JOBS[name] = time.monotonic()
    return Reply(202, {"id": name, "status": "queued"}, {"Location": f"/jobs/{name}"})


def _job(asked: Asked) -> Reply:
    signed_in(asked)
    began = _JOBS.get(asked.names["job"])
    if began is None or ("late" in LIKE and time.monotonic() - began < _TAKES):
        raise Refused(HTTPStatus.OK if BUG == "job-is-there" else HTTPStatus.NOT_FOUND)
    status = "done" if time.monotonic() - began >= _TAKES else "queued"
    return Reply(200, {"id": asked.names["job"], "status": status})


def _stop(asked: Asked) -> Reply:
    signed_in(asked)
    began = _JOBS.get(asked.names["job"])
    if began is None:
        raise Refused(HTTPStatus.NOT_FOUND)
    if time.monotonic() - began >= _TAKES:
        raise Refused(HTTPStatus.CONFLICT)
    del _JOBS[asked.names["job"]]
    return Reply(204)


_NAME, _SLOT = "/names/(?P<name>[^/]+)", "/slots/(?P<row>[^/]+)/(?P<column>[^/]+)"
ROUTES: tuple[tuple[str, str, Callable[[Asked], Reply]], ...] = (
    ("POST", "/notes", _note),
    ("POST", "/shelves", _make_shelf),
    ("POST", "/moves", _move),
    *(
        (method, path, call)
        for path in (_NAME, _SLOT)
        for method, call in (("PUT", _put), ("GET", _get), ("DELETE", _drop))
    ),
    ("GET", "/config", _config),
    ("PUT", "/config", _change_config),
    ("POST", "/carts", _open_cart),
    ("GET", "/carts/(?P<cart>[^/]+)", _cart),
    ("DELETE", "/carts/(?P<cart>[^/]+)", _drop_cart),
    ("POST", "/jobs", _start),
    ("GET", "/jobs/(?P<job>[^/]+)", _job),
    ("DELETE", "/jobs/(?P<job>[^/]+)", _stop),
)
"""The method, the path as a regular expression, and the operation."""
