"""Things: they are made, listed, shown, changed and removed, and go from state to state; all of that has variants."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.objects.asked import BUG, LIKE, Asked, Refused, Reply, allowed, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

_COUNT = itertools.count(1)
_ABSENT = int(LIKE.get("absent", "404"))
_WRONG = int(LIKE.get("wrong", "409"))
_ORDER = LIKE.get("order", "401,403,404,422,412").split(",")
_LIVES = float(LIKE.get("expires", "inf"))
_READS = float(LIKE.get("reads", "inf"))
_CAP = float(LIKE.get("cap", "inf"))
_LAG = float(LIKE.get("lag", "0"))
_LIST_LAG = float(LIKE.get("list-lag", "0"))
_LAPSES = float(LIKE.get("lapses", "inf"))
_MOST = 10.0 if BUG == "room-for-ten" else float(LIKE.get("quota", "inf"))
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Thing:
    """A thing.

    Attributes:
        id: As an answer shows it.
        label: What the caller has called it.
        owner: Whose it is.
        note: What a change changes.
        status: Its state.
        version: Counts its changes.
        made: When it was made; seconds.
        changed: When it was changed; seconds since 1970.
        reads: How often it was shown.
        removed: When it was removed; None: it was not.
        past: What was shown of it, each with when that began, and its version.
        parts: What belongs to it, by the id.
    """

    id: Any
    label: str
    owner: str
    note: str = ""
    status: str = "open"
    version: int = 1
    made: float = field(default_factory=time.monotonic)
    changed: float = field(default_factory=time.time)
    reads: int = 0
    removed: float | None = None
    past: list[tuple[float, dict[str, Any], int]] = field(default_factory=list)
    parts: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Its state by now: what is left open lapses, where it does."""
        return "lapsed" if self.status == "open" and time.monotonic() - self.made > _LAPSES else self.status

    def shown(self) -> dict[str, Any]:
        """Return what an answer has of it."""
        return {"id": self.id, "label": self.label, "note": self.note, "status": self.state}

    def change(self, **values: str) -> None:
        """Change it; a change of nothing is none, where that is so."""
        if "noop" in LIKE and all(getattr(self, name) == value for name, value in values.items()):
            return
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.changed = time.time()
        self.past.append((time.monotonic(), self.shown(), self.version))


THINGS: OrderedDict[str, Thing] = OrderedDict()
"""By the id as it is looked for; the last one is what was asked for last."""


# Ids.


_IDS: dict[str, Callable[[int, str, str], Any]] = {
    "": lambda count, _, __: f"t-{count}",
    "number": lambda count, _, __: count,
    "uuid": lambda _, __, ___: str(uuid.uuid4()),
    "ulid": lambda _, __, ___: "01" + "".join(secrets.choice(_BASE32) for _ in range(24)),
    "slug": lambda count, label, _: f"{_slug(label)}-{count}",
    "slash": lambda count, _, __: f"west/{count}",
    "dots": lambda count, _, __: f"v1.{count}:x",
    "folded": lambda _, __, ___: f"Thing-{secrets.token_hex(8).upper()}",
    "hash": lambda _, label, owner: hashlib.sha256(f"{owner}/{label}".encode()).hexdigest()[:32],
    "sum": lambda _, __, ___: _with_sum(secrets.token_hex(8)),
    "label": lambda _, label, __: label,
}
"""Makes an id, by what it is like, of the number of a thing, its label and its owner."""


def _slug(label: str) -> str:
    return re.sub("[^a-z0-9]+", "-", label.lower()).strip("-")[:20] or "thing"


def _with_sum(text: str) -> str:
    return f"{text}{hashlib.sha256(text.encode()).hexdigest()[:4]}"


def key_of(name: Any) -> str:
    """Return under which key a thing is kept: an id may be written in several ways."""
    return str(name).lower() if LIKE.get("ids") == "folded" else str(name)


def find(asked: Asked, name: str | None = None, absent: int = _ABSENT) -> Thing:
    """Return the thing of a request.

    Args:
        asked: The request.
        name: Its id; None: that of the path.
        absent: The status where there is none.

    Raises:
        Refused: There is none, or none for this caller.
    """
    name = asked.names["thing"] if name is None else name
    if LIKE.get("ids") == "sum" and _with_sum(name[:-4]) != name:
        raise Refused(HTTPStatus.BAD_REQUEST)
    found = THINGS.get(key_of(name))
    if found is None or _is_gone(found):
        if BUG == "gone-crashes" and found is not None:
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR)
        if BUG == "unknown-is-there":
            return Thing(int(name) if LIKE.get("ids") == "number" else name, "", asked.caller)
        gone = LIKE.get("gone", "") if found is not None else ""
        raise Refused(HTTPStatus.BAD_REQUEST if BUG == "unknown-is-400" else int(gone or absent))
    if found.owner != asked.caller and "shared" not in LIKE and BUG != "theirs-is-there":
        raise Refused(int(LIKE.get("theirs", absent)))
    THINGS.move_to_end(key_of(name))
    return found


def _is_gone(thing: Thing) -> bool:
    removed = thing.removed is not None and "soft" not in LIKE
    return removed or time.monotonic() - thing.made > _LIVES or thing.reads >= _READS


# What is looked at before anything is done.


def tag(thing: Thing, version: int | None = None) -> str:
    """Return the tag of a thing, or of a version of it."""
    text = str(version or thing.version)
    if LIKE.get("tags") == "content":
        text = hashlib.sha256(f"{thing.note}/{thing.state}".encode()).hexdigest()[:16]
    return f'W/"{text}"' if "weak" in LIKE else f'"{text}"'


def _unchanged(asked: Asked) -> None:
    wanted = asked.headers.get("if-match")
    since = asked.headers.get("if-unmodified-since") if "dated" in LIKE else None
    if wanted is None and since is None:
        if LIKE.get("match") == "required" and BUG != "needs-no-tag":
            raise Refused(HTTPStatus.PRECONDITION_REQUIRED)
        return
    thing = THINGS.get(key_of(asked.names["thing"]))
    if thing is None or _is_gone(thing) or not _holds(thing, wanted, since):
        raise Refused(HTTPStatus.CONFLICT if BUG == "stale-is-409" else HTTPStatus.PRECONDITION_FAILED)


def _not_since(thing: Thing, since: str) -> bool:
    try:
        return int(thing.changed) <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return True  # RFC 9110, section 13.1.4: what is no date is ignored


def _holds(thing: Thing, wanted: str | None, since: str | None) -> bool:
    if BUG == "any-tag":
        return True
    if wanted is None:
        return _not_since(thing, since or "")
    own, tags = tag(thing), [one.strip() for one in wanted.split(",")]
    if "weak" in LIKE or BUG == "weak-is-taken":
        own, tags = own.removeprefix("W/"), [one.removeprefix("W/") for one in tags]
    known = {tag(thing, version).removeprefix("W/") for version in range(1, thing.version + 1)}
    if (wanted != "*" or BUG == "no-star") and BUG != "no-lists":
        return not (known if BUG == "stale-is-taken" else {own}).isdisjoint(tags)
    return wanted in {"*", own}


_CHECKS: dict[str, Callable[[Asked], Any]] = {
    "401": signed_in,
    "403": allowed,
    "404": find,
    "412": _unchanged,
}


def _checked(asked: Asked, *members: str) -> tuple[Thing, dict[str, str]]:
    """Return the thing of a request and its body, after all that may be wrong was looked at, in the order of this one.

    Raises:
        Refused: Something is wrong.
    """
    values: dict[str, str] = {}
    for name in _ORDER:
        if name in _CHECKS:
            _CHECKS[name](asked)
        elif members:
            values = asked.members(*members)
    return find(asked), values


def _shown(thing: Thing, status: int = 200, **more: str) -> Reply:
    headers = {"Last-Modified": formatdate(thing.changed, usegmt=True)} if "dated" in LIKE else {"ETag": tag(thing)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/things/{quote(str(thing.id), safe='')}"
    value = {**thing.shown(), **more}
    where = LIKE.get("shows", "body")
    if status == HTTPStatus.CREATED and where != "body":
        del value["id"]
        headers |= {} if where == "location" else {"X-Thing-Id": str(thing.id)}
        if where == "header":
            del headers["Location"]
    return Reply(status, value, headers)


# Operations.


def _make(asked: Asked) -> Reply:
    signed_in(asked)
    allowed(asked)
    label = asked.members("label")["label"]
    own = [one for one in THINGS.values() if one.owner == asked.caller and not _is_gone(one)]
    same = next((one for one in own if _folded(one.label) == _folded(label)), None)
    if same is not None and "taken" in LIKE and BUG != "taken-twice":
        raise Refused(HTTPStatus.BAD_REQUEST if BUG == "taken-is-400" else int(LIKE["taken"] or "409"))
    if same is not None and "same" in LIKE:
        return _shown(same, int(LIKE["same"] or "200"))
    if len(own) >= _MOST:
        raise Refused(int(LIKE.get("full", "429")))
    thing = Thing(_IDS[LIKE.get("ids", "")](next(_COUNT), label, asked.caller), label, asked.caller)
    thing.past.append((thing.made, thing.shown(), 1))
    kept = THINGS.setdefault(key_of(thing.id), thing)
    if kept.removed is not None:
        THINGS[key_of(thing.id)] = kept = thing
    while len(THINGS) > _CAP:
        THINGS.popitem(last=False)
    return _shown(kept, HTTPStatus.CREATED)


def _folded(label: str) -> str:
    return label.casefold() if "folds" in LIKE else label


def _list(asked: Asked) -> Reply:
    signed_in(asked)
    until = time.monotonic() - _LIST_LAG
    own = [one for one in THINGS.values() if one.owner == asked.caller or "shared" in LIKE]
    there = [one for one in own if one.made <= until and (one.removed is None or one.removed > until)]
    return Reply(200, {"items": [one.shown() for one in there[-20:]]})


def _show(asked: Asked) -> Reply:
    signed_in(asked)
    thing = find(asked)
    thing.reads += 1
    seen = [each for each in thing.past if each[0] <= time.monotonic() - _LAG]
    if not _LAG:
        return _shown(thing)
    if not seen:
        raise Refused(_ABSENT)
    return Reply(200, seen[-1][1], {"ETag": tag(thing, seen[-1][2])})


def _change(asked: Asked) -> Reply:
    thing, values = _checked(asked, "note")
    if thing.state in {"removed", "lapsed"}:
        raise Refused(_WRONG)
    thing.change(note=values["note"])
    return _shown(thing)


def _remove(asked: Asked) -> Reply:
    signed_in(asked)
    allowed(asked)
    known = THINGS.get(key_of(asked.names["thing"]))
    was_there = known is not None and known.removed is not None and known.owner == asked.caller
    if was_there and BUG == "again-crashes":
        raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR)
    if (was_there or known is None) and LIKE.get("again") == "204":
        return Reply(204)
    if was_there and "again" in LIKE:
        raise Refused(int(LIKE["again"]))
    thing, _ = _checked(asked)
    if BUG != "removes-nothing":
        thing.removed = time.monotonic()
        if "soft" in LIKE:
            thing.change(status="removed")
    return Reply(204)


def _act(to: str, right: set[str]) -> Callable[[Asked], Reply]:
    """Return an operation that brings a thing into a state, from some."""

    def act(asked: Asked) -> Reply:
        signed_in(asked)
        allowed(asked)
        thing = find(asked)
        receipt = "r-1" if BUG == "one-receipt" else f"r-{next(_COUNT)}"
        if thing.state == to and f"{to}-again" in LIKE:
            return _shown(thing, receipt=receipt)
        if thing.state not in right and BUG != f"{to}-from-any":
            if BUG == f"refused-{to}-changes":
                thing.change(note=f"{thing.note}!")
            if BUG == f"refused-{to}-crashes":
                raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise Refused(HTTPStatus.FORBIDDEN if BUG == f"refused-{to}-is-403" else _WRONG)
        if BUG == f"{to}-never":
            raise Refused(_WRONG)
        if BUG != f"{to}-stays":
            thing.change(status="sent" if BUG == f"{to}-is-sent" else to)
        return _shown(thing, int(LIKE.get("done", "200")), receipt=receipt)

    return act


def _pack(asked: Asked) -> Reply:
    thing, values = _checked(asked, "country")
    if thing.state not in {"open", "ready"}:
        raise Refused(_WRONG)
    thing.change(status="ready" if values["country"] == "NL" and BUG != "never-ready" else thing.status)
    return _shown(thing)


def _make_part(asked: Asked) -> Reply:
    thing, values = _checked(asked, "label")
    part = f"p-{next(_COUNT)}"
    thing.parts[part] = {"id": part, "label": values["label"]}
    return Reply(201, thing.parts[part])


def _part(asked: Asked) -> tuple[Thing, str]:
    signed_in(asked)
    if BUG == "part-of-any":
        found = next((one for one in THINGS.values() if asked.names["part"] in one.parts), None)
        if found is not None:
            return found, asked.names["part"]
    thing = find(asked)
    if asked.names["part"] not in thing.parts:
        if BUG == "part-is-there":
            return Thing("", "", "", parts={asked.names["part"]: {"id": asked.names["part"], "label": ""}}), "p"
        raise Refused(_ABSENT)
    return thing, asked.names["part"]


def _show_part(asked: Asked) -> Reply:
    thing, part = _part(asked)
    return Reply(200, thing.parts.get(part) or next(iter(thing.parts.values())))


def _remove_part(asked: Asked) -> Reply:
    thing, part = _part(asked)
    thing.parts.pop(part, None)
    return Reply(204)


_ONE = "/things/(?P<thing>[^/]+)"
ROUTES: tuple[tuple[str, str, Callable[[Asked], Reply]], ...] = (
    ("POST", "/things", _make),
    ("GET", "/things", _list),
    ("GET", _ONE, _show),
    ("PUT", _ONE, _change),
    ("DELETE", _ONE, _remove),
    ("POST", f"{_ONE}/close", _act("closed", {"open"})),
    ("POST", f"{_ONE}/cancel", _act("cancelled", {"open", "ready"})),
    ("POST", f"{_ONE}/pack", _pack),
    ("POST", f"{_ONE}/send", _act("sent", {"ready"})),
    ("POST", f"{_ONE}/parts", _make_part),
    ("GET", f"{_ONE}/parts/(?P<part>[^/]+)", _show_part),
    ("DELETE", f"{_ONE}/parts/(?P<part>[^/]+)", _remove_part),
)
"""The method, the path as a regular expression, and the operation."""
