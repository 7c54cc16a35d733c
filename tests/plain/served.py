"""Serves each shape at `/SHAPE/BUG/`, its document at `/SHAPE/BUG/openapi.json`: `python -m tests.plain.served PORT`.

A right service of a document: it asks for its sign-in, refuses what the document refuses, stores what is created, and
sends what it declares. `right` in place of a bug: nothing is wrong. The address for events that nobody declared comes
after a second `+`: `undeclared-event+PORT`.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sys
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.plain.shapes import CALLERS, SHAPES, secret

if TYPE_CHECKING:
    from starlette.requests import Request

BUGS = (
    *("no-sign-in", "wrong-status", "wrong-body", "event-for-a-refusal", "no-event", "undeclared-event"),
    *("event-twice", "anothers-object", "forgets", "wrong-read"),
)


_MOST_ARRIVED = 100


class Service:
    """One service.

    Attributes:
        document: Its document.
        bug: What it does wrong; empty: nothing.
    """

    def __init__(self, shape: str, bug: str) -> None:
        """Open it, with nothing in it."""
        self.document = {**deepcopy(SHAPES[shape]), "servers": [{"url": f"/{shape}/{bug}"}]}
        self.bug, _, self._port = bug.partition("+")
        self._stored: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, str] = {}
        self._reads = 0
        self._arrived: dict[str, set[str]] = {}

    async def answer(self, method: str, path: str, request: Request) -> Response:  # noqa: PLR0911 -- one for each answer
        """Answer a request."""
        if path == "/openapi.json":
            return JSONResponse(self.document)
        if path == "/arrived":
            return JSONResponse({name: sorted(values) for name, values in self._arrived.items()})
        found = self._find(path)
        if found is None:
            return Response(status_code=404)
        template, values = found
        item = self.document["paths"][template]
        methods = [name for name in item if name in {"get", "put", "post", "delete", "patch"}]
        if method.lower() not in methods:
            return Response(status_code=405, headers={"Allow": ", ".join(map(str.upper, methods))})
        operation = item[method.lower()]
        sent = self._parameters(item, operation, template, values, request)
        caller = self._caller(operation, request)
        if caller is None:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="it", Bearer'})
        body = await request.body()
        refused, value = self._read(operation, request, body, sent)
        if refused is not None:
            if self.bug == "event-for-a-refusal":
                await self._send(operation, request, _loosely(body), "none")
            return refused
        status, stored = self._do(method, template, values, caller, value, operation)
        if status is not None:
            return Response(status_code=status)
        return await self._success(operation, request, value, stored)

    def _find(self, path: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the path of the document that a path is, the ones without gaps first, and the values of its gaps."""
        for template in sorted(self.document.get("paths", {}), key=lambda one: one.count("{")):
            match = re.fullmatch(re.sub(r"\\\{[^}]*\}", "([^/]+)", re.escape(template)), path)
            if match is not None:
                return template, match.groups()
        return None

    def _caller(self, operation: Any, request: Request) -> str | None:
        """Return who asks: nobody in particular where no sign-in is demanded; None: somebody unknown."""
        asked = operation.get("security", self.document.get("security", []))
        if not asked or self.bug == "no-sign-in":
            return "anybody"
        for one in CALLERS:
            basic = base64.b64encode(f"{one}:{secret(one)}".encode()).decode()
            authorization = request.headers.get("authorization", "")
            kind, _, rest = authorization.partition(" ")
            shown = {
                "bearer": kind.lower() == "bearer" and rest.strip() == secret(one),
                "basic": kind.lower() == "basic" and rest.strip() == basic,
                "apiKey": request.headers.get("x-service-key") == secret(one),
            }
            (scheme,) = asked[0]
            declared = self.document["components"]["securitySchemes"][scheme]
            if shown[declared.get("scheme", declared["type"])]:
                return one
        return None

    def _parameters(
        self, item: Any, operation: Any, template: str, values: tuple[str, ...], request: Request
    ) -> list[tuple[Any, str | None]]:
        """Return the parameters of a request, each with its text, and note what arrived; None: it has none."""
        of_path = dict(zip(re.findall(r"\{([^}]*)\}", template), values, strict=True))
        texts = {"path": of_path, "query": request.query_params, "header": request.headers, "cookie": request.cookies}
        declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
        found = [(each, texts[each["in"]].get(each["name"])) for each in declared]
        for each, text in found:
            known = self._arrived.setdefault(f"{template} {request.method} {each['in']} {each['name']}", set())
            if text is not None and len(known) < _MOST_ARRIVED:
                known.add(text)
        return found

    def _read(
        self, operation: Any, request: Request, body: bytes, sent: list[tuple[Any, str | None]]
    ) -> tuple[Response | None, Any]:
        """Return a refusal of what the document refuses; else the body."""
        refusal = next((int(status) for status in ("400", "422") if status in operation["responses"]), 400)
        for parameter, text in sent:
            if (text is None and parameter.get("required")) or (text is not None and self._is_wrong(parameter, text)):
                return Response(status_code=refusal), None
        rule = operation.get("requestBody")
        if rule is None:
            return None, None
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Response(status_code=415), None
        try:
            value = json.loads(body.decode(), parse_constant=_no_number)
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair could not be answered
        except (ValueError, RecursionError):
            return Response(status_code=200 if self.bug == "wrong-status" else refusal), None
        if not self._validator(_schema_of(rule)).is_valid(value):
            return Response(status_code=200 if self.bug == "wrong-status" else refusal), None
        return None, value

    def _is_wrong(self, parameter: Any, text: str) -> bool:
        schema = parameter.get("schema", {})
        value = int(text) if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]{1,9}", text) else text
        return not self._validator(schema).is_valid(value)

    def _do(  # noqa: PLR0911, PLR0913, PLR0917 -- one way out for each thing that may become of an object
        self, method: str, template: str, values: tuple[str, ...], caller: str, value: Any, operation: Any
    ) -> tuple[int | None, dict[str, Any]]:
        """Store, find, change or remove an object; return an error's status, or None and the object."""
        is_item = template.endswith("}")
        key = "/".join(values)
        above = values[:-1] if is_item else values
        if above and "/".join(above) not in self._stored:
            return 404, {}
        if not is_item:
            if method == "POST":
                name = secrets.token_hex(4)
                key = "/".join((*above, name))
                self._stored[key] = {**(value or {}), "id": name}
                self._owners[key] = caller
                return None, self._stored[key]
            return None, {"id": "all", **(value or {})}
        if template.rpartition("/")[0] not in self.document["paths"]:
            return None, {"id": "all"}  # what nothing creates is there
        if key not in self._stored:
            return 404, {}
        if self._owners[key] != caller and self.bug != "anothers-object":
            return 403 if "403" in operation["responses"] else 404, {}
        if method == "GET":
            self._reads += 1
            if self.bug == "forgets" and self._reads % 5 == 0:
                return 404, {}
        if method == "DELETE":
            return None, self._stored.pop(key)
        self._stored[key] |= value or {}
        return None, self._stored[key]

    async def _success(self, operation: Any, request: Request, value: Any, stored: dict[str, Any]) -> Response:
        status = next(status for status in operation["responses"] if status.startswith("2"))
        schema = _schema_of(operation["responses"][status])
        await self._send(operation, request, value, stored.get("id", ""))
        if schema is None:
            location = f"{request.url.path}/{stored.get('id', '')}"
            return Response(status_code=int(status), headers={"Location": location} if status == "201" else {})
        body = self._made(schema, stored)
        if self.bug == "wrong-body" or (self.bug == "wrong-read" and request.method == "GET"):
            body = {"unexpected": True}
        return JSONResponse(body, int(status))

    def _made(self, schema: Any, stored: dict[str, Any]) -> Any:
        """Return what a schema asks for, of an object's own values as far as it has them."""
        if schema.get("type") == "array":
            return [self._made(schema["items"], each) for each in list(self._stored.values())[:10]]
        names = schema.get("properties", {})
        return {
            name: stored[name] if name in stored else self._made_value(part)
            for name, part in names.items()
            if name in stored or name in schema.get("required", ())
        }

    def _made_value(self, schema: Any) -> Any:
        if schema.get("type") == "array":
            return self._made(schema, {})
        return {"string": "something", "integer": 1, "object": {}}[schema["type"]]

    async def _send(self, operation: Any, request: Request, value: Any, made: str) -> None:
        """Send the events of an operation, and wait until they are acknowledged or not."""
        if self.bug == "undeclared-event" and self._port and operation.get("requestBody"):
            await _post(f"http://127.0.0.1:{self._port}/somewhere", {"id": secrets.token_hex(4), "made": made})
        for callback in operation.get("callbacks", {}).values():
            ((key, declared),) = callback.items()
            url = re.sub(r"\{\$request\.(\w+)[.#/]+(\w+)\}", lambda m: _named(m[1], m[2], request, value), key)
            if not url.startswith("http") or self.bug == "no-event":
                continue
            event = self._made(
                _schema_of(declared["post"]["requestBody"]), {"id": secrets.token_hex(4), "parcel": made}
            )
            await _post(url, event)
            if self.bug == "event-twice":
                await _post(url, event | {"id": secrets.token_hex(4)})
            if self.bug == "undeclared-event":
                await _post(f"{url.rstrip('/')}/more", event)

    def _validator(self, schema: Any) -> Any:
        return _validator(json.dumps(schema or {}))


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(json.loads(schema))


def _schema_of(holder: Any) -> Any:
    return holder.get("content", {}).get("application/json", {}).get("schema")


def _named(part: str, name: str, request: Request, value: Any) -> str:
    found = request.query_params.get(name) if part == "query" else (value or {}).get(name)
    return found if isinstance(found, str) else ""


def _loosely(body: bytes) -> Any:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


async def _post(url: str, event: Any) -> None:
    try:
        if httpx.URL(url).host not in {"127.0.0.1", "localhost", "::1"}:
            return  # a service of the tests looks up no names: that would ask another machine
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            await client.post(url, json=event)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        return  # nobody is told: the document promises nothing of it


def application() -> Starlette:
    """Return all services as one application."""
    services: dict[tuple[str, str], Service] = {}

    async def any_service(request: Request) -> Response:
        shape, bug = request.path_params["shape"], request.path_params["bug"]
        if shape not in SHAPES:
            return Response(status_code=404)
        service = services.setdefault((shape, bug), Service(shape, bug))
        return await service.answer(request.method, f"/{request.path_params['rest']}", request)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]
    return Starlette(routes=[Route("/{shape}/{bug}/{rest:path}", any_service, methods=methods)])


if __name__ == "__main__":
    uvicorn.run(application(), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
