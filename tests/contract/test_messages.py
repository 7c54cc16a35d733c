"""What a person reads when a contract is wrong, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.errors import ContractError
from bothends.records.pointers import split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.folder import Folder


def broken_reference(folder: Folder) -> None:
    """Refer to a schema by a name that is not there."""
    folder.operation["responses"]["401"]["content"]["application/problem+json"]["schema"] = {
        "$ref": "#/components/schemas/Probelm"
    }


def missing_file(folder: Folder) -> None:
    """Refer to a file that is not there."""
    folder.schemas["User"] = {"$ref": "schemas/user.yaml#/User"}


def unknown_family(folder: Folder) -> None:
    """Misspell a family."""
    folder.operation["responses"]["401"]["x-given"] = "signed_out"


def unknown_given_key(folder: Folder) -> None:
    """Misspell a key of an x-given."""
    folder.operation["responses"]["413"]["x-given"] = {"family": "body-too-large", "byte": 9}


def stray_given(folder: Folder) -> None:
    """Put an x-given where nothing reads it."""
    folder.operation["requestBody"]["x-given"] = "invalid-body"


def unknown_callback_name(folder: Folder) -> None:
    """Misspell a name in the callback's URL."""
    callbacks = folder.operation["callbacks"]["routeRequested"]
    callbacks["{ingest}/e/{eventkey}"] = callbacks.pop("{ingest}/e/{eventKey}")


def unknown_source(folder: Folder) -> None:
    """Misspell a source."""
    folder.schemas["RouteRequested"]["properties"]["user"]["x-from"] = "sesion.user"


def unknown_upstream(folder: Folder) -> None:
    """Name an upstream that the settings don't have."""
    folder.schemas["RouteRequested"]["properties"]["data"]["properties"]["appSettings"]["x-from"] = "upstream.setting"


def toml_typo(folder: Folder) -> None:
    """Misspell a key of the settings file."""
    folder.toml = folder.toml.replace("drains = true", "drain = true")


def toml_syntax(folder: Folder) -> None:
    """Leave out a quote."""
    folder.toml = folder.toml.replace('ready = "/healthz"', 'ready = "/healthz')


def broken_answer(folder: Folder) -> None:
    """Refer to a schema of an upstream's answer that is not there."""
    folder.toml = folder.toml.replace("schemas/AppSettings", "schemas/AppSetting")


def unknown_word(folder: Folder) -> None:
    """Misspell a word of OpenAPI."""
    folder.operation["respones"] = folder.operation.pop("responses")


def no_schema(folder: Folder) -> None:
    """Give a type that JSON Schema does not have."""
    folder.schemas["User"]["properties"]["name"] = {"type": "text"}


def swagger(folder: Folder) -> None:
    """Give a document of another age."""
    folder.spec = {"swagger": "2.0", "info": {"title": "x", "version": "1"}, "paths": {}}


def newer(folder: Folder) -> None:
    """Give a document of a version that is not supported."""
    folder.spec["openapi"] = "3.3.0"


def number_for_version(folder: Folder) -> None:
    """Write the version as YAML's number."""
    folder.spec["openapi"] = 3.1


def two_numbers_for_version(folder: Folder) -> None:
    """Leave the version's last number out."""
    folder.spec["openapi"] = "3.1"


def pointer_to_nothing(folder: Folder) -> None:
    """Let a value come from a member that the request's body can't have."""
    folder.schemas["RouteRequested"]["properties"]["ts"]["x-from"] = "request.body#/dat"


def unknown_method(folder: Folder) -> None:
    """Misspell an upstream's method."""
    folder.toml = folder.toml.replace('method = "GET"', 'method = "GTE"')


MESSAGES: dict[Callable[[Folder], None], str] = {
    broken_reference: """\
openapi.yaml:LINE /paths/~1api~1route/post/responses/401/content/application~1problem+json/schema/$ref: \
The reference #/components/schemas/Probelm does not resolve: openapi.yaml#/components/schemas has no 'Probelm'.
  expected: one of RouteRequest, Success, Problem, AppSettings, User, RouteRequested, Acknowledgement
  next: Did you mean 'Problem'?""",
    missing_file: """\
openapi.yaml:LINE /components/schemas/User/$ref: \
The reference schemas/user.yaml#/User points to schemas/user.yaml, which does not exist.
  expected: a path relative to the file that contains the reference""",
    unknown_family: """\
openapi.yaml:LINE /paths/~1api~1route/post/responses/401/x-given: x-given names an unknown family: 'signed_out'.
  expected: one of signed-out, forbidden, malformed-body, unsupported-media-type, body-too-large, invalid-body, \
not-found, conflict, wrong-state, precondition-failed, quota, upstream-wrong, upstream-unreachable, upstream-timeout
  next: Did you mean 'signed-out'?""",
    unknown_given_key: """\
openapi.yaml:LINE /paths/~1api~1route/post/responses/413/x-given/byte: 'byte' is not a key of x-given.
  expected: one of family, upstream, bytes, for, after, credential
  next: Did you mean 'bytes'?""",
    stray_given: """\
openapi.yaml:LINE /paths/~1api~1route/post/requestBody/x-given: x-given has no meaning here.
  expected: x-given on a response of an operation: paths/<path>/<method>/responses/<status>""",
    unknown_callback_name: """\
openapi.yaml:LINE /paths/~1api~1route/post/callbacks/routeRequested/{ingest}~1e~1{eventkey}: \
The callback's URL contains an unknown name: {eventkey}.
  expected: {ingest}, {eventKey} or a runtime expression, such as {$request.body#/callbackUrl}
  next: Did you mean 'eventKey'?""",
    unknown_source: """\
openapi.yaml:LINE /components/schemas/RouteRequested/properties/user/x-from: \
x-from names an unknown source: 'sesion.user'.
  expected: session.user, session.<path>, upstream.<name>, upstream.<name>#/pointer, request.body#/pointer, \
request.path.<name>, request.query.<name>, request.header.<name>, answer.body#/pointer, answer.header.<name>, \
clock.ms, clock.s, clock.iso or setup.<name>
  next: Did you mean 'session.user'?""",
    unknown_upstream: """\
openapi.yaml:LINE /components/schemas/RouteRequested/properties/data/properties/appSettings/x-from: \
x-from names an unknown upstream: 'setting'.
  expected: settings
  next: Did you mean 'settings'?""",
    toml_typo: """\
bothends.toml:LINE target.drain: 'drain' is not a key of [target].
  expected: one of command, cwd, env, ready, url, base_path, drains, serves_in_flight, needs_all, refuses_first, \
exact_acknowledgement, exact_address, exact_path, utf8_only, answers_half_closed, retries_closed, keeps_no_cookies, \
reuses_connections, isolates_faults, all_or_nothing, isolated, faults_at_once, time_limit_ms, answer_limit_bytes, \
start_within_s, setup, setup_headers, setup_once, keeps_state, setup_within_s, setup_quiet_ms, secrets, watch
  next: Did you mean 'drains'?""",
    toml_syntax: """\
bothends.toml:LINE: The settings file is not TOML: Illegal character '\\n'.""",
    broken_answer: """\
bothends.toml:LINE world.upstreams.settings.answer: The reference openapi.yaml#/components/schemas/AppSetting does not \
resolve: openapi.yaml#/components/schemas has no 'AppSetting'.
  expected: one of RouteRequest, Success, Problem, AppSettings, User, RouteRequested, Acknowledgement
  next: Did you mean 'AppSettings'?""",
    unknown_word: """\
openapi.yaml:LINE /paths/~1api~1route/post/respones: This is not valid OpenAPI 3.1: \
Unevaluated properties are not allowed ('respones' was unexpected).
  next: Did you mean 'responses'?""",
    no_schema: """\
openapi.yaml:LINE /components/schemas/User/properties/name/type: This is not a valid JSON Schema: \
"text" is not one of "array", "boolean" or 5 other candidates.
  expected: JSON Schema 2020-12""",
    swagger: """\
openapi.yaml:LINE /swagger: The spec is Swagger 2.0.
  expected: an OpenAPI 3.0, 3.1 or 3.2 document
  next: Convert it, such as with `npx swagger2openapi --yaml --outfile openapi.yaml FILE`. Swagger 2.0 has no \
callbacks: events are declared in what comes of it, or in an overlay.""",
    newer: """\
openapi.yaml:LINE /openapi: The spec is OpenAPI 3.3.0. bothends supports 3.0, 3.1 and 3.2.
  expected: openapi: 3.1.0""",
    number_for_version: """\
openapi.yaml:LINE /openapi: The OpenAPI version is the number 3.1.
  expected: a string with three numbers: openapi: 3.1.0""",
    two_numbers_for_version: """\
openapi.yaml:LINE /openapi: The OpenAPI version is the string 3.1.
  expected: a string with three numbers: openapi: 3.1.0""",
    pointer_to_nothing: """\
openapi.yaml:LINE /components/schemas/RouteRequested/properties/ts/x-from: \
x-from names /dat, which no schema of the request's body allows.
  expected: a JSON pointer to a member or item that the schema allows""",
    unknown_method: """\
bothends.toml:LINE world.upstreams.settings.method: 'method' is 'GTE'.
  expected: one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
  next: Did you mean 'GET'?""",
}


@pytest.mark.parametrize("spoil", MESSAGES, ids=lambda spoil: spoil.__name__)
def test_the_message_names_the_place_the_mistake_and_the_way_out(
    folder: Folder, spoil: Callable[[Folder], None]
) -> None:
    """Each mistake has one message: file, line, pointer, what is wrong, what was expected, what to do."""
    spoil(folder)
    error = folder.error()
    actual = str(error).replace(f"{folder.path}/", "")
    assert error.where is not None
    assert MESSAGES[spoil] == actual.replace(f":{error.where.line}", ":LINE", 1)
    # The line is right when what the pointer ends with stands there.
    word = split(error.where.pointer)[-1] if error.where.pointer.startswith("/") else error.where.pointer.split(".")[-1]
    line = error.where.file.read_text("utf-8").splitlines()[(error.where.line or 0) - 1]
    assert (word or "ready =") in line


def test_there_is_no_settings_file(tmp_path: Path) -> None:
    """Whoever has no settings file is told what writes one."""
    with pytest.raises(ContractError) as caught:
        load(tmp_path / "bothends.toml")
    expected = """\
bothends.toml: The settings file does not exist.
  next: `bothends init` writes one from a spec, or of a service with --url; --config names one that is elsewhere."""
    assert expected == str(caught.value).replace(f"{tmp_path}/", "")


def test_there_is_no_spec(folder: Folder) -> None:
    """Whoever names a spec that is not there is told where it was named."""
    folder.toml = folder.toml.replace('"openapi.yaml"', '"other.yaml"')
    expected = """\
other.yaml: The spec does not exist.
  next: Set `spec` in bothends.toml to the OpenAPI document."""
    assert expected == str(folder.error()).replace(f"{folder.path}/", "")
