"""What the endpoint has to do, read from `openapi.yaml`: edit the contract, and the endpoint follows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from jsonschema_rs import Draft202012Validator

Node = dict[str, Any]
Answer = tuple[int, str, bytes]  # status, media type, body


class DeclaredError(Exception):
    """What the contract declares an answer for; `family` is what it calls that (`x-given`)."""

    def __init__(self, family: str, reason: str = "") -> None:
        super().__init__(reason)
        self.family = family


class Contract:
    """The first operation of an OpenAPI 3.1 document. What the document lacks fails here, not at a request."""

    def __init__(self, file: Path) -> None:
        self._root: Node = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.path, item = _first(self._root["paths"])
        self.method, operation = _first(item)
        self.cookie: str = self._root["components"]["securitySchemes"][_first(operation["security"][0])[0]]["name"]
        body = operation["requestBody"]
        self.body_required: bool = body.get("required", False)
        self.bodies = {name: self._validator(part["schema"]) for name, part in body["content"].items()}
        self._errors: dict[tuple[str, str | None], Answer] = {}
        for status, response in operation["responses"].items():
            self._read_answer(int(status), self._resolved(response))
        self.event_url, item = _first(_first(operation["callbacks"])[1])
        self.event_method, callback = _first(item)
        self.event_type, content = _first(callback["requestBody"]["content"])
        self._event = content["schema"]
        self.acknowledgement = self._validator(_first(callback["responses"]["200"]["content"])[1]["schema"])
        # What goes into an event comes from elsewhere, and is held to the contract first.
        self.sources: dict[str, Draft202012Validator] = {}
        self._filled(self._event, lambda node: self.sources.update({node["x-from"]: self._validator(node)}))

    def error(self, family: str, upstream: str | None = None) -> Answer:
        """Return the answer for a family: the one for this upstream, where the contract has one."""
        return self._errors.get((family, upstream)) or self._errors[family, None]

    def event(self, values: Node) -> Node:
        """Return a new event, with the value of each `x-from` in its place."""
        return {"id": str(uuid4()), **self._filled(self._event, lambda node: values[node["x-from"]])}

    def _filled(self, schema: Node, source: Callable[[Node], Any]) -> Any:
        node = self._resolved(schema)
        if "x-from" in node:
            return source(node)
        if "const" in node:
            return node["const"]
        if "oneOf" in node:  # one event, or a list of them
            return self._filled(node["oneOf"][0], source)
        # The `id` alone comes from nowhere else.
        return {name: self._filled(node["properties"][name], source) for name in node["required"] if name != "id"}

    def _read_answer(self, status: int, response: Node) -> None:
        media_type, content = _first(response["content"])
        if "x-given" not in response:
            self.success: Answer = (status, media_type, dumps(_first(content["examples"])[1]["value"]))
            return
        given = response["x-given"] if isinstance(response["x-given"], dict) else {"family": response["x-given"]}
        if "bytes" in given:
            self.max_bytes: int = given["bytes"]
        problem = {"type": f"urn:problem-type:{given['family']}", "title": response["description"], "status": status}
        self._errors[given["family"], given.get("upstream")] = (status, media_type, dumps(problem))

    def _resolved(self, node: Node) -> Node:
        if "$ref" not in node:
            return node
        found = self._root
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        # What stands beside a reference wins.
        return {**self._resolved(found), **{key: value for key, value in node.items() if key != "$ref"}}

    def _validator(self, schema: Node) -> Draft202012Validator:
        # References start at the root of what is compiled, so the components go along.
        return Draft202012Validator({"allOf": [schema], "components": self._root["components"]})


def loads(raw: bytes, family: str) -> Any:
    """Return the value of a JSON text; where it is none, raise an error of this family."""
    try:
        # json.loads() would take UTF-16 too. dumps() refuses what else Python alone takes: NaN, half a surrogate pair.
        value = json.loads(raw.decode())
        dumps(value)
    except (ValueError, RecursionError) as error:
        raise DeclaredError(family, "no JSON") from error
    return value


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _first(mapping: Node) -> tuple[str, Any]:
    return next(iter(mapping.items()))
