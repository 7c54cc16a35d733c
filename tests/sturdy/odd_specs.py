"""Specs that are odd, broken or hostile, each with what writes it: a table for the whole command."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPEC = "openapi.yaml"
ROWS: dict[str, Callable[[Path], str]] = {}
"""For each, what writes it into a folder, and returns its name there."""


def text(name: str, content: str | bytes, file: str = SPEC) -> None:
    """Add a spec that is one text."""

    def write(folder: Path) -> str:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        (folder / file).write_bytes(data)
        return file

    ROWS[name] = write


def document(schema: Any = None, *, version: str = "3.1.0", **changes: Any) -> dict[str, Any]:
    """Return a document with one operation, whose request has a schema."""
    operation: dict[str, Any] = {
        "operationId": "make",
        "responses": {"200": {"description": "Made."}, "400": {"description": "Refused."}},
        **changes,
    }
    if schema is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"openapi": version, "info": {"title": "Odd", "version": "1"}, "paths": {"/things": {"post": operation}}}


def spec(name: str, value: Any) -> None:
    """Add a spec that is one value."""
    text(name, json.dumps(value), "openapi.json")


def schema(name: str, value: Any) -> None:
    """Add a spec whose request has a schema."""
    spec(name, document(value))


def files(name: str, value: Any, **others: Any) -> None:
    """Add a spec with files beside it, whose names have a dot for two underscores."""

    def write(folder: Path) -> str:
        (folder / "api").mkdir(exist_ok=True)
        (folder / "api" / "openapi.json").write_text(json.dumps(value))
        for key, content in others.items():
            file = folder / key.replace("__", ".").replace("_S_", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else json.dumps(content))
        return "api/openapi.json"

    ROWS[name] = write


def special(name: str) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    """Add a spec that a function writes."""

    def add(write: Callable[[Path], str]) -> Callable[[Path], str]:
        ROWS[name] = write
        return write

    return add


# Texts.

text("empty", "")
text("comments only", "# nothing\n# at all\n")
text("byte order mark", b"\xef\xbb\xbf" + json.dumps(document()).encode(), "openapi.json")
text("not utf-8", b"openapi: 3.1.0\ninfo: {title: \xff, version: '1'}\n")
text("utf-16", "openapi: 3.1.0\n".encode("utf-16"))
text("nul", "openapi: 3.1.0\ninfo: \0\n")
text("control character", "openapi: 3.1.0\ninfo: {title: \x1b[2J, version: '1'}\n")
text("tab for indentation", "openapi: 3.1.0\ninfo:\n\ttitle: x\n")
text("duplicate key", "openapi: 3.1.0\nopenapi: 3.1.0\n")
text("duplicate key in json", '{"openapi": "3.1.0", "openapi": "3.1.0"}', "openapi.json")
text("two documents", "openapi: 3.1.0\n---\nopenapi: 3.1.0\n")
text("alias without anchor", "openapi: *x\n")
text("alias in itself", "openapi: 3.1.0\ninfo: &a {title: *a}\n")
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
text("a billion laughs", LAUGHS)
text("a hundred levels", "a: " + "[" * 120 + "]" * 120 + "\n")
text("ten thousand levels", "[" * 10_000 + "]" * 10_000, "openapi.json")
text("merge of a text", "openapi: 3.1.0\n<<: text\n")
text("object of Python", "openapi: !!python/object/apply:os.system [id]\n")
text("binary", "openapi: 3.1.0\ninfo: !!binary aGk=\n")
text("a list as a key", "openapi: 3.1.0\n? [a]\n: b\n")
text("nan", "openapi: 3.1.0\ninfo: .nan\n")
text("nan in json", '{"openapi": NaN}', "openapi.json")
text("a number beyond doubles", '{"openapi": 1e999}', "openapi.json")
text("five thousand digits", '{"openapi": ' + "9" * 5000 + "}", "openapi.json")
text("half of a surrogate pair", '{"openapi": "\\ud800"}', "openapi.json")
text("trailing comma", '{"openapi": "3.1.0",}', "openapi.json")
text("comment in json", '{"openapi": "3.1.0"} // x', "openapi.json")
text("html", "<!doctype html><title>404</title>", "openapi.json")
text("a text", "hello")
text("a list", "[]", "openapi.json")
text("null", "null", "openapi.json")


# Files.


@special("a folder")
def _(folder: Path) -> str:
    (folder / "api").mkdir()
    return "api"


@special("no file")
def _(_folder: Path) -> str:
    return "nothing.yaml"


@special("a pipe")
def _(folder: Path) -> str:
    os.mkfifo(folder / "pipe.yaml")
    return "pipe.yaml"


@special("a device")
def _(_folder: Path) -> str:
    return "/dev/zero"


@special("seventy mebibytes")
def _(folder: Path) -> str:
    with (folder / "large.json").open("wb") as file:
        file.truncate(70 << 20)
    return "large.json"


@special("links in a circle")
def _(folder: Path) -> str:
    (folder / "one.yaml").symlink_to("two.yaml")
    (folder / "two.yaml").symlink_to("one.yaml")
    return "one.yaml"


# References.

for given, reference in {
    "reference to a device": "/dev/zero",
    "reference to a pipe of the system": "/dev/stdin",
    "reference to a file of the machine": "/etc/passwd",
    "reference to the memory of the process": "/proc/self/environ",
    "reference to the folder above": "../other.json#/A",
    "reference to a file url": "file:///etc/passwd",
    "reference to a url": "https://schemas.example.com/a.json#/A",
    "reference to a url of another scheme": "ftp://example.com/a.json",
    "reference to nothing": "#/components/schemas/Thing",
    "reference to an anchor": "#thing",
    "reference to no file": "thing.json",
    "reference with a nul": "a%00.json",
    "reference to a number": "#/info/title/0",
    "reference to itself": "#/paths/~1things/post/requestBody/content/application~1json/schema",
    "reference with a broken escape": "#/paths/~2",
}.items():
    files(given, document({"$ref": reference}), other__json={"A": {"type": "string"}})

files("reference that is a number", document({"$ref": 5}))
files("reference that is escaped", document({"$ref": "..%2Fother.json#/A"}), other__json={"A": {}})
files("reference to a file beside", document({"$ref": "a.json#/A"}), api_S_a__json={"A": {"type": "string"}})
files(
    "reference to a folder that is named",
    document({"$ref": "../more/a.json#/A"}),
    more_S_a__json={"A": {"type": "integer"}},
)
files(
    "reference to a url that has a folder",
    document({"$ref": "https://example.com/s/a.json#/A"}),
    copies_S_a__json={"A": {"$ref": "b.json#/B"}},
    copies_S_b__json={"B": {"type": "integer"}},
)
files(
    "reference to a url that its folder lacks",
    document({"$ref": "https://example.com/s/c.json#/A"}),
    copies_S_a__json={},
)
files(
    "reference to a url that leaves its folder",
    document({"$ref": "https://example.com/s/../../../etc/passwd"}),
    copies_S_a__json={},
)
files("reference to a file that is no document", document({"$ref": "a.json#/A"}), api_S_a__json="{")


@special("link to a file of the machine")
def _(folder: Path) -> str:
    (folder / "api").mkdir()
    (folder / "api" / "a.json").symlink_to("/etc/passwd")
    (folder / "api" / "openapi.json").write_text(json.dumps(document({"$ref": "a.json"})))
    return "api/openapi.json"


# Versions.

spec("swagger 2.0", {"swagger": "2.0", "info": {"title": "x", "version": "1"}, "paths": {}})
spec("openapi 3.3", document(version="3.3.0"))
spec("openapi 3.2 with nothing new", document({"type": "object"}, version="3.2.0"))
spec("a version of two numbers", document(version="3.1"))
spec("a version that is a number", {**document(), "openapi": 3.1})
spec("no version", {"info": {"title": "x", "version": "1"}, "paths": {}})
NEW = document({"type": "object"}, version="3.2.0")
NEW["paths"]["/things"]["query"] = {"operationId": "find", "responses": {"200": {"description": "Found."}}}
NEW["paths"]["/things"]["additionalOperations"] = {"COPY": {"responses": {"200": {"description": "Copied."}}}}
NEW["paths"]["/things"]["post"]["responses"]["200"] = {"content": {"text/event-stream": {"itemSchema": {}}}}
NEW["paths"]["/things"]["post"]["parameters"] = [
    {"name": "all", "in": "querystring", "content": {"application/x-www-form-urlencoded": {"schema": {}}}}
]
spec("openapi 3.2 with all that is new", NEW)


# Structure.

spec("paths are a list", {**document(), "paths": []})
spec("no operation", {**document(), "paths": {}})
spec("a path without a slash", {**document(), "paths": {"things": document()["paths"]["/things"]}})
spec("a path with an open brace", {**document(), "paths": {"/{id": document()["paths"]["/things"]}})
spec("a path with a fragment", {**document(), "paths": {"/a#b": document()["paths"]["/things"]}})
spec("a parameter of the path that is not declared", {**document(), "paths": {"/{id}": document()["paths"]["/things"]}})
spec(
    "two operations of one name",
    {**document(), "paths": {name: document()["paths"]["/things"] for name in ("/a", "/b")}},
)
spec("no responses", document(responses={}))
spec("a response that is a text", document(responses={"200": "OK"}))
spec("a status that is none", document(responses={"2000": {"description": "?"}}))
spec("a parameter without a name", document(parameters=[{"in": "query", "schema": {}}]))
spec("a parameter in no place", document(parameters=[{"name": "a", "in": "trailer", "schema": {}}]))
spec("a name with a line break", document(operationId="make\r\nX-Evil: 1"))
spec("a name with escapes", document(operationId="\x1b[31mred\x1b[0m\u202e"))
spec("a media type that is none", document(requestBody={"content": {"json": {"schema": {}}}}))
spec("a scheme that is not declared", document(security=[{"token": []}]))
spec("a callback of no url", document(callbacks={"told": {"{$request.body#/nowhere}": {"post": {"responses": {}}}}}))
spec("a callback of a broken expression", document(callbacks={"told": {"{$request.": {"post": {"responses": {}}}}}))
spec("an x-from of nothing", document({"type": "object", "properties": {"a": {"x-from": "moon.dust"}}}))
spec("an x-given of nothing", document(responses={"418": {"description": "?", "x-given": "teapot"}}))


# Schemas.

schema("a type that is none", {"type": "strnig"})
schema("a schema that is a list", [])
schema("a pattern that is none", {"type": "string", "pattern": "["})
schema("a pattern that takes for ever", {"type": "string", "pattern": "^(a+)+$", "maxLength": 40})
schema("a dialect of another time", {"$schema": "http://json-schema.org/draft-04/schema#"})
schema("a dynamic reference", {"$dynamicRef": "#x"})
schema("nothing is valid, in words", {"not": {}})
schema("an enum of none", {"enum": []})
schema("a minimum over its maximum", {"type": "integer", "minimum": 5, "maximum": 1})
schema("multiples of zero", {"type": "number", "multipleOf": 0})
schema("multiples of nearly zero", {"type": "number", "multipleOf": 1e-320})
schema("a thousand million items", {"type": "array", "minItems": 10**9, "items": {"type": "integer"}})
schema("a thousand million characters", {"type": "string", "minLength": 10**9})
schema("a thousand million members", {"type": "object", "minProperties": 10**9})
schema(
    "a thousand of a thousand of a thousand",
    {
        "type": "array",
        "minItems": 1000,
        "items": {
            "type": "array",
            "minItems": 1000,
            "items": {"type": "array", "minItems": 1000, "items": {"type": "integer"}},
        },
    },
)
schema(
    "at most a thousand million items",
    {"type": "array", "maxItems": 10**9, "items": {"type": "string", "maxLength": 10**9}},
)
schema("an integer of a hundred digits", {"type": "integer", "minimum": 10**100})
schema(
    "a member named like a prototype",
    {"type": "object", "required": ["__proto__"], "properties": {"__proto__": {"type": "string"}}},
)
schema("ten thousand members", {"type": "object", "properties": {f"m{n}": {"type": "integer"} for n in range(10_000)}})
schema("a hundred thousand values", {"enum": list(range(100_000))})
CIRCLE = document({"$ref": "#/components/schemas/A"})
CIRCLE["components"] = {
    "schemas": {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}}
}
spec("a value that holds itself", CIRCLE)
ROUND = document({"$ref": "#/components/schemas/A"})
ROUND["components"] = {
    "schemas": {
        "A": {"allOf": [{"$ref": "#/components/schemas/B"}]},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}]},
    }
}
spec("schemas in a circle", ROUND)
