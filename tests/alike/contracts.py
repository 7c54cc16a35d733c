"""Contracts whose requests may be equal, and their events: what tells them apart, if anything does, is in the table."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(__file__).with_name("target.py")
TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
KIND: dict[str, Any] = {"type": "string", "enum": ["pen", "cup"]}
JSON, PLAIN, FORM, PARTS = "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"
FORMS: dict[str, tuple[dict[str, Any] | None, Any, tuple[str, ...]]] = {
    "text": ({"text": TEXT}, {"text": "two pens"}, (JSON,)),
    "enum": ({"kind": KIND}, {"kind": "pen"}, (JSON,)),
    "const": ({"kind": {"const": "pen"}}, {"kind": "pen"}, (JSON,)),
    "empty": (None, None, ()),
    "list": ({"items": {"type": "array", "maxItems": 4, "items": KIND}}, {"items": ["pen", "cup"]}, (JSON,)),
    "form": ({"text": TEXT}, {"text": "two pens"}, (FORM,)),
    "parts": ({"text": TEXT}, {"text": "two pens"}, (PARTS,)),
    "media": ({"text": TEXT}, {"text": "two pens"}, (JSON, FORM, PARTS)),
}
"""By the form of a request: the members of its body, an example, and its media types."""


@dataclass(frozen=True)
class Alike:
    """A contract.

    Attributes:
        form: The form of its requests.
        event: The members of its events beside their name: `text`, `kind`, `user` or `id`.
        timing: When an event is sent: `before` the answer, which waits for it, `with` it, or `after` it.
        sources: Whether the contract says where the members come from.
        identity: Where the identity of an event is; empty: it has none.
        once: Whether one attempt is promised.
        callers: Whether two callers take turns.
        answers: Whether an answer has the object.
        same_id: Whether all requests are about one object.
    """

    form: str = "text"
    event: tuple[str, ...] = ()
    timing: str = "before"
    sources: bool = True
    identity: str = ""
    once: bool = False
    callers: bool = False
    answers: bool = False
    same_id: bool = False

    @property
    def tells(self) -> bool:
        """Whether an event shows that one of its members is of another one: it has others, which are its own.

        Of a choice of two kinds none does: such requests are not under way together, so no two can swap.
        """
        own = [member for member in self.event if not (member == "id" and self.same_id)]
        return len(own) > 1 and "kind" not in own

    def plan(self) -> dict[str, Any]:
        """Return what its target must know."""
        members, _, media_types = FORMS[self.form]
        return {
            **asdict(self),
            "name": "thing.changed",
            "method": "PATCH" if self.same_id else "POST",
            "path": "/things/{id}" if self.same_id else "/things",
            "body": None if members is None else _object(members),
            "media_types": media_types,
            "list": self.form == "list",
            "status": 200 if self.same_id else 201,
        }

    def _source(self, member: str) -> dict[str, Any]:
        """Return the schema of a member of an event."""
        kept = {"text": "answer.body#/text" if self.answers else "request.body#/text", "kind": "request.body#/kind"}
        kept |= {"id": "answer.body#/id", "user": "session.name"}
        return {"type": "string", **({"x-from": kept[member]} if self.sources else {})}

    def document(self) -> dict[str, Any]:
        """Return its spec."""
        members, example, media_types = FORMS[self.form]
        plan = self.plan()
        properties: dict[str, Any] = {"name": {"const": "thing.changed"}}
        properties |= {member: self._source(member) for member in self.event}
        if self.form == "list":
            properties["item"] = KIND
        if self.identity == "/id":
            properties["id"] = {"type": "string"}
        event = {"type": "object", "required": list(properties), "properties": properties}
        when: Any = {"count": "/items"} if self.form == "list" else True
        delivery = {"answer": "after" if self.timing == "before" else "any"}
        delivery |= {"attempts": "once"} if self.once else {}
        delivery |= {"identity": self.identity} if self.identity else {}
        object_ = {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "string"}}}
        content = {"content": {JSON: {"schema": object_}}} if self.answers else {}
        operation: dict[str, Any] = {
            "operationId": "change",
            "responses": {
                str(plan["status"]): {"description": "Taken.", **content},
                "400": {"description": "Refused.", "x-given": "invalid-body"},
                "415": {"description": "Another media type.", "x-given": "unsupported-media-type"},
                "502": {"description": "Not passed on.", "x-given": "upstream-wrong"},
            },
            "callbacks": {
                "changed": {
                    "{hooks}/things": {
                        "post": {
                            "x-when": when,
                            "x-delivery": delivery,
                            "requestBody": {"content": {JSON: {"schema": event}}},
                            "responses": {"200": {"description": "Thanks."}},
                        }
                    }
                }
            },
        }
        if members is None:
            del operation["responses"]["400"], operation["responses"]["415"]
        else:
            body = {"schema": _object(members), "example": example}
            operation["requestBody"] = {"required": True, "content": dict.fromkeys(media_types, body)}
        if self.timing != "before":
            del operation["responses"]["502"]
        spec: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": "1"},
            "paths": {plan["path"]: {plan["method"].lower(): operation}},
        }
        if self.same_id:
            part = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "enum": ["seven"]}}
            operation["parameters"] = [part]
            operation["responses"]["404"] = {"description": "No such thing."}
        if self.callers:
            operation["security"] = [{"basic": []}]
            operation["responses"]["401"] = {"description": "Who?", "x-given": "signed-out"}
            spec["components"] = {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}}
        return spec

    def write(self, folder: Path) -> None:
        """Write spec, settings and plan."""
        (folder / "spec.json").write_text(json.dumps(self.document()), "utf-8")
        (folder / "plan.json").write_text(json.dumps(self.plan()), "utf-8")
        env = {
            "PORT": "{port}",
            "HOOK": "{world.hooks}/things",
            "PLAN": str(folder / "plan.json"),
            "LOG": str(folder / "log"),
        }
        told = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        users = "".join(
            f"{{user = '{name}', password = '{name}-password', identity = {{name = '{name}'}}}}, "
            for name in ("ada", "bob")
        )
        lines = [
            'spec = "spec.json"',
            "[target]",
            'ready = "/ready"',
            f"env = {{{told}}}",
            "[world.ingests.hooks]",
            'kind = "webhook"',
            *([f"[world.sessions.basic]\nkind = 'basic'\ncallers = [{users}]"] if self.callers else []),
        ]
        (folder / "bothends.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members, "additionalProperties": False}


_ID, _HEADER = "/id", "header.Event-Id"
CONTRACTS: dict[str, Alike] = {
    # Nothing in a request is free, and nothing in an event tells whose it is.
    "empty": Alike("empty"),
    "empty, behind": Alike("empty", timing="after"),
    "empty, identity": Alike("empty", identity=_HEADER),
    "empty, behind, identity": Alike("empty", timing="after", identity=_ID),
    "empty, once": Alike("empty", timing="with", once=True),
    "empty, one object": Alike("empty", same_id=True, timing="after", once=True),
    "empty, two callers": Alike("empty", callers=True, timing="with"),
    "empty, two callers named": Alike("empty", ("user",), callers=True, timing="after"),
    "empty, two callers named, identity": Alike("empty", ("user",), callers=True, identity=_ID),
    "constant": Alike("const", timing="with"),
    "constant, identity": Alike("const", timing="after", identity=_HEADER),
    "kind": Alike("enum", ("kind",)),
    "kind, behind": Alike("enum", ("kind",), timing="after", once=True),
    "kind, beside, identity": Alike("enum", ("kind",), timing="with", identity=_ID),
    "kind, two callers": Alike("enum", ("kind", "user"), callers=True, timing="after"),
    "kind, no sources": Alike("enum", ("kind",), sources=False, timing="after"),
    # A list: as many events as it has items.
    "list": Alike("list"),
    "list, behind": Alike("list", timing="after"),
    "list, identity": Alike("list", identity=_HEADER),
    # A text, which each request may have for itself, and cases that are about that text.
    "text": Alike("text", ("text",)),
    "text, behind": Alike("text", ("text",), timing="after"),
    "text, beside, once": Alike("text", ("text",), timing="with", once=True),
    "text, identity": Alike("text", ("text",), timing="after", identity=_ID),
    "text, no sources": Alike("text", ("text",), sources=False, timing="after", once=True),
    "text, two callers": Alike("text", ("text", "user"), callers=True, timing="after", once=True),
    "text, two callers, before": Alike("text", ("text", "user"), callers=True),
    "text, not in the event": Alike("text", timing="after"),
    "text, media types": Alike("media", ("text",), timing="after", once=True),
    "text, media types, identity": Alike("media", ("text",), identity=_HEADER),
    "form": Alike("form", ("text",), timing="with", once=True),
    "parts": Alike("parts", ("text",), timing="after"),
    # A value of the answer: one that is new, one that all have, the text once more.
    "made": Alike("text", ("id",), answers=True, timing="after", once=True),
    "made, empty": Alike("empty", ("id",), answers=True, timing="with"),
    "one object": Alike("text", ("id", "text"), answers=True, same_id=True, timing="after", once=True),
    "one object, before": Alike("text", ("id", "text"), answers=True, same_id=True),
    "echo, two callers": Alike("text", ("text", "user"), answers=True, callers=True),
    "echo, two callers, behind": Alike("text", ("text", "user"), answers=True, callers=True, timing="after", once=True),
}


FAULTS = ("", "lose", "double", "swap")
ONLY = "[co][rd][od]?[db]*"
"""The families with which the table is tried: crowds, where equal requests overlap, and odd bodies."""


WIDE = "[cos][ruoid][ongcd]?[!a]*"
"""These, and other codings of bodies, other media types and odd headers."""


@dataclass(frozen=True)
class Verified:
    """What a run says of a target, and what the target says of itself.

    Attributes:
        report: The JSON report.
        text: What was printed.
        code: The exit code.
        log: What the target noted of each request, by its number.
    """

    report: Any
    text: str
    code: int
    log: dict[int, dict[str, Any]]

    @property
    def errors(self) -> list[Any]:
        """The findings that are errors."""
        return [one for one in self.report["findings"] if one["severity"] == "error"]

    @property
    def wrong(self) -> set[int]:
        """The requests for which the target did something wrong."""
        return {serial for serial, line in self.log.items() if line["wrong"]}

    def accused(self) -> Iterator[tuple[str, int]]:
        """Yield the laws that are said to be broken, each with the number of the request that is said to show it.

        Where several requests are accused together, none of them is said to be the one.
        """
        for one in self.errors:
            if one["tied"] is not None and one["tied"]["by"] == "class":
                continue
            headers = ((one["exchange"] or {}).get("answer") or {}).get("headers") or []
            for serial in (value for name, value in headers if name == "x-serial"):
                yield one["law"], int(serial)


def verified(folder: Path, contract: Alike, *words: str, fault: str = "", seed: int = 1) -> Verified:
    """Return what a run of a contract says of its target."""
    contract.write(folder)
    report = folder / "report.json"
    asked = ["verify", "--seed", str(seed), "--json", str(report), "--command", f"{sys.executable} {TARGET}"]
    done = bothends(folder, *asked, "--env", f"FAULT={fault}", *words, measured=False, notes=folder / "log")
    assert (folder / "log").exists(), done.stdout + done.stderr
    lines = [json.loads(line) for line in (folder / "log").read_text("utf-8").splitlines()]
    log = {line["serial"]: line for line in lines}
    value = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return Verified(value, done.stdout + done.stderr, done.returncode, log)


def problems(seen: Verified, fault: str) -> list[str]:
    """Return what is wrong with what a run says; nothing, if all is as it must be.

    Args:
        seen: What it says.
        fault: What the target does wrong; empty: nothing.
    """
    if seen.code not in {0, 1, 4}:
        return [f"exit code {seen.code}"]
    if not seen.wrong:
        idle = [f"no request was met with '{fault}'"] if fault else []
        return [*idle, *(f"{one['law']}: {one['summary']}" for one in seen.errors)]
    found = [f"{law} is not broken by request {serial}" for law, serial in seen.accused() if serial not in seen.wrong]
    if seen.code == 0:
        found.append(f"{len(seen.wrong)} requests with '{fault}' are PROVEN")
    return found
