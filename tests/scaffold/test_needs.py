"""What `bothends init` writes of what a service needs: how it starts, who receives its events, who signs in."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.contract.settings import load_settings
from tests.in_process import bothends
from tests.scaffold.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DONE = {"200": {"description": "Done."}}
EVENT = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": DONE}}


def body(media_type: str, **properties: Any) -> dict[str, Any]:
    """Return a request body with these properties, all of them required."""
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return {"required": True, "content": {media_type: {"schema": schema}}}


def answer(**properties: Any) -> dict[str, Any]:
    """Return the answers of an operation, which have these properties."""
    schema = {"type": "object", "properties": properties}
    return {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}


TEXT = {"type": "string"}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/register": {
            "post": {
                "requestBody": body("application/json", email=TEXT, password=TEXT, plan={"enum": ["free", "paid"]}),
                "responses": {**answer(id=TEXT), "409": {"description": "The address is taken."}},
            }
        },
        "/login": {
            "post": {
                "requestBody": body("application/json", login=TEXT, password=TEXT),
                "responses": answer(data={"type": "object", "required": ["token"], "properties": {"token": TEXT}}),
            }
        },
        "/hooks": {
            "post": {
                "security": [{"bearer": []}],
                "requestBody": body("application/json", callbackUrl={"type": "string", "format": "uri"}, on=TEXT),
                "responses": DONE,
            }
        },
        "/orders": {
            "post": {
                "security": [{"bearer": []}, {"admin": []}],
                "requestBody": body("application/json", url=TEXT),
                "responses": DONE,
                "callbacks": {
                    "placed": {"{hooks}/orders": EVENT},
                    "logged": {"https://audit.example.com/log": EVENT, "https://audit.example.com/other": EVENT},
                    "told": {"{$request.body#/url}": EVENT},
                },
            }
        },
    },
    "webhooks": {"sent": EVENT},
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "admin": {"type": "http", "scheme": "basic"},
        }
    },
}
_LINE = re.compile(r"# ((?:\[|\]|    \{|[\w-]+ = ).*)")


def begun(folder: Path, spec: dict[str, Any], *arguments: str) -> str:
    """Run `init` on a spec, and return the settings that it writes."""
    (folder / "openapi.json").write_text(json.dumps(spec))
    done = bothends(folder, "init", *arguments)
    assert 0 == done.returncode, done.stdout + done.stderr
    return (folder / "bothends.toml").read_text()


def test_what_is_proposed_in_comments_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It loads as it is, and with each `#` removed: ingests, setup, and sessions with what setup yields."""
    text = begun(tmp_path, SPEC)
    assert "# status = [200, 409]\n" in text
    settings = load_settings(tmp_path / "bothends.toml")
    assert ({}, False, {}) == (settings.world.ingests, bool(settings.target.setup), settings.world.sessions)
    for name in ("USER_1", "USER_2", "PASSWORD_1", "PASSWORD_2"):
        monkeypatch.setenv(name, name.lower())
    (tmp_path / "bothends.toml").write_text("\n".join(_LINE.sub(r"\1", line) for line in text.splitlines()))
    contract = load(tmp_path / "bothends.toml")
    settings = contract.settings
    assert {
        "hooks": ("", ()),
        "audit": ("https://audit.example.com", ()),
        "webhooks": ("", ("sent",)),
    } == {name: (each.stands_for, each.receives) for name, each in settings.world.ingests.items()}
    assert {f"{name.upper()}_URL": f"{{world.{name}}}" for name in settings.world.ingests} == settings.target.env
    steps = settings.target.setup.steps
    assert ["/register", "/login", "/register", "/login", "/hooks"] == [step.path for step in steps]
    assert [(200, 409), (), (200, 409), (), ()] == [step.status for step in steps]
    assert {"email": "{env.USER_2}", "password": "{env.PASSWORD_2}", "plan": "free"} == steps[2].json
    assert {"token_2": "body#/data/token"} == {name: take.text for name, take in steps[3].take.items()}
    assert {"Authorization": "Bearer {setup.token_1}"} == steps[4].headers
    assert "{world.webhooks}" == steps[4].json["callbackUrl"]
    assert ["basic", "static"] == [settings.world.sessions[name].name for name in ("admin", "bearer")]
    shown = [each["headers"]["Authorization"] for each in settings.world.sessions["bearer"].values["callers"]]
    assert ["Bearer {setup.token_1}", "Bearer {setup.token_2}"] == shown
    accounts = settings.world.sessions["admin"].values["callers"]
    assert [("user_1", "password_1"), ("user_2", "password_2")] == [(one["user"], one["password"]) for one in accounts]


def test_a_login_that_sets_the_cookie_that_callers_show(tmp_path: Path) -> None:
    """Its answer has no body: the cookie of the scheme is taken. The other scheme is no matter of setup."""
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    }
    login = {"requestBody": body("application/json", username=TEXT, password=TEXT), "responses": DONE}
    text = begun(
        tmp_path,
        {
            **SPEC,
            "paths": {
                "/login": {"post": login},
                "/me": {"get": {"security": [{"session": []}, {"key": []}], "responses": DONE}},
            },
            "webhooks": {},
            "components": {"securitySchemes": schemes},
        },
    )
    assert '# json = {"username" = "{env.USER_2}", "password" = "{env.PASSWORD_2}"}\n' in text
    assert '# take = {token_2 = "cookie.sid"}\n' in text
    assert '#     {cookies = {sid = "{setup.token_2}"}},\n' in text
    assert '#     {headers = {X-Key = "{env.KEY_2}"}},\n' in text


def test_where_nobody_can_sign_in_the_next_step_is_told(tmp_path: Path) -> None:
    """The lines of the sign-in are comments: once they are none, a second time sees what is behind it."""
    item = {"get": {"security": [{"bearer": []}], "responses": DONE}}
    (tmp_path / "openapi.json").write_text(json.dumps({**SPEC, "paths": {"/me": item}, "webhooks": {}}))
    env = ("--env", "PORT={port}", "--env", f"PYTHONPATH={ROOT}")
    done = bothends(tmp_path, "init", "--command", f"{sys.executable} -m tests.judged.visitors", *env)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "GET /me was not asked: nobody can sign in\n" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("next:  remove the `#` of the sign-in in "), last
    assert last.endswith(", then bothends init again: it sees more"), last


def test_a_document_that_only_a_command_would_serve(tmp_path: Path) -> None:
    """The command is run once the spec is known: it is said how to get that."""
    done = bothends(tmp_path, "init", "--from", "http://127.0.0.1:9/openapi.json", "--command", "python service.py")
    assert 3 == done.returncode, done.stdout + done.stderr
    assert "next: --command is run once the spec is known. Start the target by hand for that" in done.stderr


def test_a_form_that_gives_a_token_of_oauth(tmp_path: Path) -> None:
    """The document says where, and RFC 6749 what its answer has."""
    scheme = {"type": "oauth2", "flows": {"password": {"tokenUrl": "auth/token", "scopes": {}}}}
    operation = {
        "requestBody": body("application/x-www-form-urlencoded", username=TEXT, password=TEXT),
        "responses": DONE,
    }
    text = begun(
        tmp_path,
        {
            **SPEC,
            "paths": {"/auth/token": {"post": operation}, "/me": {"get": {"security": [{"o": []}], "responses": DONE}}},
            "components": {"securitySchemes": {"o": scheme}},
        },
    )
    assert '# form = {"username" = "{env.USER_1}", "password" = "{env.PASSWORD_1}"}\n' in text
    assert '# take = {token_1 = "body#/access_token"}\n' in text


def test_a_webhook_that_is_registered(tmp_path: Path) -> None:
    """An ingest is proposed for it though no event is declared: `init --probe` then sees what arrives there."""
    operation = {"requestBody": body("application/json", url=TEXT), "responses": DONE}
    text = begun(tmp_path, {**SPEC, "paths": {"/webhooks": {"post": operation}}, "webhooks": {}, "components": {}})
    assert '# path = "/webhooks"\n# json = {"url" = "{world.hooks}"}\n' in text
    assert "# [world.ingests.hooks]\n" in text


def test_events_that_no_document_declares(tmp_path: Path) -> None:
    """What goes to an address of the settings is mostly not declared: an ingest is proposed where something writes."""
    item = {"get": {"responses": DONE}}
    spec = {**SPEC, "webhooks": {}, "components": {}}
    for name, added, expected in (
        ("reads", {}, False),
        ("writes", {"post": {"responses": DONE}}, True),
        ("told", {"post": {"responses": DONE, "callbacks": {"added": {"{$request.body#/url}": EVENT}}}}, False),
    ):
        (tmp_path / name).mkdir()
        text = begun(tmp_path / name, {**spec, "paths": {"/notes": {**item, **added}}})
        assert expected == ("# The spec declares no event." in text), name
        assert expected == ('# HOOKS_URL = "{world.hooks}"\n' in text and "# [world.ingests.hooks]\n" in text), name


HOSTILE = 'x`\n[target]\ncommand = ["sh"]\n#'


def test_names_of_a_document_are_no_lines_of_settings(tmp_path: Path) -> None:
    """A document is somebody else's text: whatever its names are, they stay in comments."""
    spec = {
        **SPEC,
        "paths": {
            "/a": {
                "post": {
                    "security": [{HOSTILE: []}],
                    "responses": DONE,
                    "callbacks": {HOSTILE: {"https://a.example/\n[target]": EVENT}},
                }
            },
            f"/login{HOSTILE}": {"post": {"requestBody": body("application/json", password=TEXT), "responses": DONE}},
        },
        "webhooks": {HOSTILE: EVENT},
        "components": {"securitySchemes": {HOSTILE: {"type": "http", "scheme": "bearer"}}},
    }
    written = tomllib.loads(begun(tmp_path, spec))
    assert {"url": "http://127.0.0.1:8000"} == written["target"]
    assert {"spec", "target"} == {*written} - {"overlays"}


def command(*more: str) -> list[str]:
    """Return the options that name a service by its command."""
    words = [sys.executable, str(ROOT / "tests/served/target.py")]
    return ["--command", shlex.join(words), "--env", "PORT={port}", *more]


PING = {"get": {"operationId": "ping", "responses": answer(pong={"const": True})}}


def test_the_command_stays_in_the_settings(tmp_path: Path) -> None:
    """The next command starts the service without being told how; what may be a secret is not written down."""
    spec = {**SPEC, "paths": {"/ping": PING}, "webhooks": {}, "components": {}}
    text = begun(tmp_path, spec, *command("--env", "API_TOKEN=hunter22"))
    assert "hunter22" not in text
    written = tomllib.loads(text)["target"]
    assert [sys.executable, str(ROOT / "tests/served/target.py")] == written["command"]
    assert {"PORT": "{port}", "API_TOKEN": "{env.API_TOKEN}"} == written["env"]
    done = bothends(tmp_path, "verify", "--seed", "1", "--only", "success", env={"API_TOKEN": "hunter22"})
    assert 0 == done.returncode, done.stdout + done.stderr
    told = bothends(tmp_path, "init", *command("--env", "A=b"), env={"API_TOKEN": "hunter22"}).stdout
    assert "under [target]" not in told, "it is there already"
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n')
    told = bothends(tmp_path, "init", *command()).stdout
    assert (
        f'add to bothends.toml, under [target]: command = ["{sys.executable}", "{ROOT}/tests/served/target.py"]' in told
    )


def test_the_variable_that_says_where_events_go_is_shown_with_the_address_of_the_world(tmp_path: Path) -> None:
    """Its name and its URL say so; the path stays, and no other variable is made up beside it."""
    spec = {**SPEC, "paths": {"/ping": PING}, "webhooks": {}, "components": {}}
    spec["paths"] = {"/ping": {**PING, "post": {"operationId": "push", "responses": answer(pong={"const": True})}}}
    named = ("--env", "WEBHOOK_URL=http://127.0.0.1:9/in/", "--env", "API_URL=http://127.0.0.1:9/")
    text = begun(tmp_path, spec, *command(*named))
    shown = '# To see its events, in place of the next line: "WEBHOOK_URL" = "{world.hooks}/in"\n'
    assert f'{shown}"WEBHOOK_URL" = "http://127.0.0.1:9/in/"\n"API_URL" = "http://127.0.0.1:9/"\n' in text
    assert "HOOKS_URL" not in text


def test_settings_whose_spec_is_served(tmp_path: Path) -> None:
    """The service is asked for it; there is no file that could be changed in place."""
    words = json.dumps([sys.executable, str(ROOT / "tests/served/target.py")])
    lines = (
        f'spec = "http://127.0.0.1:{{port}}/openapi.json"\n[target]\ncommand = {words}\nenv = {{PORT = "{{port}}"}}\n'
    )
    (tmp_path / "bothends.toml").write_text(lines)
    done = bothends(tmp_path, "init")
    assert (0, "1 of 1: GET /ping\n") == (done.returncode, done.stderr), done.stdout
    assert lines == (tmp_path / "bothends.toml").read_text()
    done = bothends(tmp_path, "init", "--in-place")
    assert 2 == done.returncode, done.stdout
    assert "bothends.toml:1 spec: The target serves the spec, so there is no file of it to change." in done.stderr


def test_tokens_that_the_spec_calls_jwt_may_be_signed_by_bothends(tmp_path: Path) -> None:
    """Its table stands in comments, and names the variable by which the service is told the secret."""
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    spec = {**SPEC, "components": {"securitySchemes": {**SPEC["components"]["securitySchemes"], "bearer": bearer}}}
    text = begun(tmp_path, spec, "--command", "python -m http.server {port}", "--env", "AUTH_SECRET=one")
    assert {} == load_settings(tmp_path / "bothends.toml").world.sessions
    assert '"AUTH_SECRET" = "{world.bearer.secret}" in [target.env]' in text
    head, _, table = text.partition("Or bothends signs the tokens")
    assert 'kind = "static"' in head
    lines = [line[2:] for line in table.splitlines()[2:7]]
    (tmp_path / "bothends.toml").write_text("\n".join(['spec = "openapi.json"', "[target]", *lines]))
    assert "jwt" == load_settings(tmp_path / "bothends.toml").world.sessions["bearer"].name


def test_who_keeps_receivers_is_not_under_test(tmp_path: Path) -> None:
    """Each request would add one more. Setup shows what the first caller shows, and headers say who has signed."""
    keeps = {"security": [{"bearer": []}], "requestBody": body("application/json", url=TEXT), "responses": DONE}
    parameters = [{"name": "Webhook-Signature", "in": "header", "schema": TEXT}]
    paths = {"/ping": PING, "/webhook-endpoints": {"post": {**keeps, "operationId": "addEndpoint"}}}
    signed = {"post": {**EVENT["post"], "parameters": parameters}}
    text = begun(tmp_path, {**SPEC, "paths": paths, "webhooks": {"sent": signed}})
    assert ["ping"] == tomllib.loads(text)["operations"]
    assert '# Left out: "POST /webhook-endpoints" seems to register where events go.\n' in text
    assert '# headers = {Authorization = "Bearer {env.TOKEN_1}"}\n# json = {"url" = "{world.webhooks}"}\n' in text
    assert '# signature = {kind = "standard-webhooks", secret = "{env.WEBHOOK_SECRET}"}\n' in text
    for path, operation in (("/webhook-endpoints", "ping"), ("/notify", "addEndpoint")):
        paths = {path: {"post": {**keeps, "operationId": operation}}}
        folder = tmp_path / operation
        folder.mkdir()
        assert "operations = " not in begun(folder, {**SPEC, "paths": paths}), "nothing else, or it sends by itself"
