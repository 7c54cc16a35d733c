"""OpenAPI documents, settings, and the files of what is accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract import load, open_spec, settings_of
from bothends.contract.settings import read_known
from bothends.diff.accepted import read_accepted
from bothends.errors import ContractError
from bothends.laws import all_laws
from bothends.lint import linted
from tests.fuzzing.mutation import json_value, toml_lines
from tests.fuzzing.reader import Reader, words_of
from tests.sturdy import odd_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
MOST = 16 << 10
"""Bytes of a file that is a seed: of what is larger, few are read in a second."""


def files(*patterns: str) -> Iterator[bytes]:
    """Yield the files of the repository that are small enough, in order."""
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            if file.stat().st_size <= MOST:
                yield file.read_bytes()


def _document(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read a document as `bothends lint DOCUMENT` and `bothends mock` do."""
    settings = folder / "bothends.toml"

    def read(data: bytes) -> None:
        file = folder / ("openapi.json" if data.lstrip()[:1] in (b"{", b"[") else "openapi.yaml")
        file.write_bytes(data)
        if not linted(settings, spec=file).refused:
            load(settings, spec=file, tolerant=True, detailed=True)

    return read


def _documents(_shared: Path) -> Iterator[bytes]:
    yield from files(
        "openapi.yaml",
        "examples/*/openapi.*",
        "tests/mock/*.yaml",
        "tests/verdicts/*/*.yaml",
        "tests/desk/openapi.yaml",
    )
    for rich in _RICH:
        yield json.dumps(rich).encode()
    yield from (each.encode() for each in odd_texts())


def odd_texts() -> Iterator[str]:
    """Yield the odd schemas of the table of odd documents, and the texts that break a parser."""
    yield odd_specs.LAUGHS
    yield from ("openapi: 3.1.0\n<<: text\n", "openapi: 3.1.0\ninfo: &a {title: *a}\n", "? [a]\n: b\n", "a: 0x_\n")


_EVENT = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "x-from": "answer.body#/id"}}}
_RICH: tuple[dict[str, Any], ...] = (
    odd_specs.document({"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}}),
    odd_specs.document({"$ref": "#/components/schemas/A"}) | {"components": {"schemas": {"A": {"type": "array"}}}},
    odd_specs.document({"oneOf": [{"const": 1}, {"enum": ["x"]}], "nullable": True}, version="3.0.3"),
    odd_specs.document({"allOf": [{"pattern": "^a+$"}, {"format": "date"}]}, version="3.2.0"),
    odd_specs.document(
        parameters=[
            {"name": "q", "in": "query", "style": "deepObject", "schema": {"type": "object"}, "example": {"a": 1}},
            {"name": "h", "in": "header", "required": True, "schema": {"type": "integer", "minimum": 3}},
            {
                "name": "k",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "x-idempotency": {"conflict": 400},
            },
            {"name": "c", "in": "cookie", "content": {"application/json": {"schema": {}}}},
        ],
        security=[{"key": []}, {}],
    )
    | {"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}},
    odd_specs.document(
        {"type": "object", "properties": {"url": {"type": "string", "format": "uri"}}},
        callbacks={
            "made": {
                "{$request.body#/url}": {
                    "post": {
                        "requestBody": {"content": {"application/json": {"schema": _EVENT}}},
                        "responses": {"200": {"description": "Taken.", "headers": {"X": {"schema": {}}}}},
                        "x-delivery": {"attempts": "once", "identity": "/id"},
                        "x-when": {"status": {"const": 200}, "body": {"required": ["url"]}, "count": 1},
                    }
                }
            }
        },
        responses={
            "200": {
                "description": "Made.",
                "content": {"application/json": {"schema": {"properties": {"id": {"type": "string"}}}}},
                "links": {"next": {"operationId": "make", "parameters": {"q": "$response.body#/id"}}},
            },
            "4XX": {"description": "No.", "x-given": "invalid-body"},
            "default": {"$ref": "#/components/responses/Bad"},
        },
        servers=[{"url": "http://{host}/v1", "variables": {"host": {"default": "localhost", "enum": ["localhost"]}}}],
    )
    | {
        "components": {"responses": {"Bad": {"description": "Bad."}}},
        "webhooks": {"sent": {"post": {"responses": {"2XX": {"description": "ok"}}}}},
        "security": [{}],
    },
    {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}, "webhooks": {}},
)


def _settings(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read settings as each command does, with a document that has been read."""
    file, spec = folder / "bothends.toml", folder / "openapi.yaml"
    spec.write_text(json.dumps(_DECLARING))
    file.write_bytes(b'spec = "openapi.yaml"\n')
    opened = open_spec(settings_of(file))

    def read(data: bytes) -> None:
        if b"plug" in data:
            return  # code that the user's own settings name: it may do anything
        file.write_bytes(data)
        load(file, opened=opened)

    return read


def _settings_files(_shared: Path) -> Iterator[bytes]:
    patterns = ("bothends.toml", "examples/**/bothends.toml", "tests/**/bothends.toml", "notebooks/**/bothends.toml")
    yield from (_ELSEWHERE.sub(b"#/", each) for each in files(*patterns) if b"plug" not in each)
    yield from (each.encode() for each in _MORE_SETTINGS)


_ELSEWHERE = re.compile(rb"(?:\.\./)+[\w.]*#/")
_NAMES = ("HTTPBearer", "bearer", "Auth", "Token", "secretKey", "key", "s")
_DECLARING = odd_specs.document(
    {"type": "object", "properties": {"url": {"type": "string", "format": "uri"}}},
    security=[{name: []} for name in _NAMES],
    callbacks={"x": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "Taken."}}}}}},
) | {
    "components": {
        "schemas": {"AppSettings": {"type": "object"}},
        "securitySchemes": {name: {"type": "http", "scheme": "bearer"} for name in _NAMES},
    }
}
"""A document with what the settings of the repository name."""
_MORE_SETTINGS = (
    (
        'spec = "openapi.yaml"\noperations = ["*"]\npacts = "pacts"\ncoverage_threshold = 80\nformats = "assert"\n'
        'overlays = ["a.yaml"]\n[documents]\nfolders = ["more"]\nurls = {"https://example.com/s/" = "copies"}\n'
        '[lint.off]\nunbounded-text = "They are bounded elsewhere."\n'
    ),
    (
        'spec = "openapi.yaml"\n[target]\ncommand = "run \'it\'"\nready = "/"\nurl = "http://localhost:1"\n'
        'env = {A = "{env.HOME}"}\nsecrets = ["A"]\nsetup = ["sh", "-c", "echo"]\nwatch = ["*.py"]\n'
    ),
    (
        'spec = "openapi.yaml"\n[[target.setup]]\npath = "/x"\ntake = {id = "body#/id"}\n[world.sessions.s]\n'
        'kind = "static"\ncallers = [{headers = {A = "{setup.id}"}}]\n'
    ),
    (
        'spec = "openapi.yaml"\n[world.ingests.a]\nkind = "webhook"\nreceives = ["x"]\nport = 9090\n'
        'signature = {kind = "template", headers = {X = "sha256={signature}"}, hash = "sha512"}\n'
        '[world.ingests.b]\nkind = "inngest"\nevent_key = "k"\nsignature = "stripe"\n'
    ),
    'spec = "openapi.yaml"\n[callbacks.x]\ndelivery = {attempts = "once", identity = "/id"}\n',
)


def _known(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read known findings as each run does, and accepted breaks as `bothends diff` does."""
    (folder / "bothends.toml").write_bytes(b'spec = "openapi.yaml"\nknown_findings = "known.toml"\n')
    settings = settings_of(folder / "bothends.toml")
    laws = [law.name for law in all_laws()]

    def read(data: bytes) -> None:
        (folder / "known.toml").write_bytes(data)
        try:
            read_known(settings, laws)
        except ContractError:
            read_accepted(folder / "known.toml")

    return read


def _known_files(_shared: Path) -> Iterable[bytes]:
    yield from files("examples/**/*known-findings.toml")
    yield b'[[known]]\nid = "3f9a1c2b7d"\nreason = "later"\nexpires = 2030-12-31\n'
    yield (
        b'[[known]]\nlaw = "answer-status"\noperation = "*"\ncause = "x \\\\* y"\nstatus = ""\ncase = "*"\n'
        b'reason = "later"\nexpires = 2030-12-31\n'
    )
    yield b'[[accepted]]\nid = "0123456789"\nreason = "x"\nexpires = 2030-12-31\n'
    yield b'[[accepted]]\nrule = "parameter-removed"\nsubject = "GET /x"\nreason = "x"\nexpires = 2030-12-31\n'


DOCUMENTS = Reader("documents", "OpenAPI documents", _document, _documents, json_value, words_of("documents"))
SETTINGS = Reader("settings", "settings files", _settings, _settings_files, toml_lines, words_of("settings"))
KNOWN = Reader("known", "known findings and accepted breaks", _known, _known_files, toml_lines, words_of("known"))
