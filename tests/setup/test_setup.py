"""Setup in real processes: what it yields is in requests, events and callers; each failure says what to do."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.ports import ports
from tests.setup.project import HERE, STEPS, Shop

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = f'setup = ["python", "{HERE}/prepare.py", "{{target}}", "{{world.hooks}}/orders"%s]\n'


def command(mode: str = "") -> str:
    """Return the line of a setup command."""
    return COMMAND % (f', "{mode}"' if mode else "")


def test_what_steps_yield_is_in_path_header_body_and_event(tmp_path: Path) -> None:
    """A right target is proven: a token, an id, a number and a header of the answers are where they belong."""
    done = Shop(tmp_path).run("--seed", "1", "--only", "success")
    assert (0, "") == (done.code, done.err), done.out
    assert "tok-" not in done.out + json.dumps(done.report)


def test_what_a_cookie_yields(tmp_path: Path) -> None:
    """A cookie that an answer sets, beside another one, and without its attributes, is what the next request shows."""
    steps = STEPS.replace('"body#/token"', '"cookie.session"')
    done = Shop(tmp_path, setup=steps).run("--seed", "1", "--only", "success/least")
    assert (0, "") == (done.code, done.err), done.out
    wrong = Shop(tmp_path, setup=steps.replace("cookie.session", "cookie.sess")).run("--only", "success/least")
    assert 3 == wrong.code
    assert "got an answer without cookie.sess" in wrong.out


@pytest.mark.each_seed
def test_a_whole_run(tmp_path: Path, seed: int) -> None:
    """No case of any family is an error of a right target."""
    done = Shop(tmp_path, env={"PING": "0.1"}).run("--seed", str(seed))
    assert set() == done.laws, done.out
    assert [] == done.report["not_proven"], done.out


def test_what_a_command_yields(tmp_path: Path) -> None:
    """It prints one JSON object; its standard error is nobody's."""
    done = Shop(tmp_path, setup=command()).run("--seed", "1", "--only", "success/least")
    assert (0, "") == (done.code, done.err), done.out
    assert "once more\n" == (tmp_path / "times.txt").read_text()


ANY = r"\n( .*\n)* *"
WRONG = {
    "a-status": STEPS.replace("open sesame", "hunter22", 1),
    "another-status": STEPS.replace("status = 201", "status = [200, 202]"),
    "a-pointer": STEPS.replace("body#/token", "body#/data/token", 1),
    "a-header": STEPS.replace("header.Location", "header.X-Location"),
    "a-program": 'setup = "no-such-program {target}"\n',
    "an-exit": command("fails"),
    "no-json": command("talks"),
    "no-end": f"setup_within_s = 3\n{command('hangs')}",
    "a-value": command("forgets"),
}
TOLD = {
    "a-status": r"bothends\.toml:6 target\.setup: Setup step 1 of 6: POST http://127\.0\.0\.1:PORT/session got the "
    r"answer 401 Unauthorized\.\n *request: user=admin&password=\[hidden\]\n *answer: 401 Unauthorized, "
    r"application/json: "
    rf'\{{"error":"wrong password \\u001b\[2J"\}}{ANY}expected: any 2xx',
    "another-status": r"bothends\.toml:26 target\.setup: Setup step 5 of 6: POST http://127\.0\.0\.1:PORT/projects got "
    r"the answer 201 Created\.\n *answer: 201 Created, application/json: \{.*\}"
    rf"{ANY}expected: 200 or 202",
    "a-pointer": r"Setup step 1 of 6: POST .*/session got an answer without body#/data/token\.\n.*\n *answer: 200 OK, "
    rf'application/json: \{{"token": ?"\[hidden\]"\}}{ANY}expected: a value there, for \{{setup\.admin\}}',
    "a-header": r"Setup step 5 of 6: POST .* got an answer without header\.X-Location",
    "a-program": r"The setup command can't be run \(.*No such file or directory.*\): no-such-program '\{target\}'",
    "an-exit": r"The setup command ended with exit code 1: .*prepare\.py.*\n *\| signing in\n *\| no such "
    rf"\\x1b\[31mproject\\x1b\[0m: password=\[hidden\]{ANY}expected: exit code 0\n *next: Run it yourself in ",
    "no-json": r"The setup command printed what is not one JSON object: .*\n *\| done, token=\[hidden\]"
    rf'{ANY}expected: one JSON object with the values, such as \{{"token": "…"\}}; other text belongs on standard err',
    "no-end": r"The setup command has not ended within 3 s: .*\n *\| signing in"
    rf"{ANY}expected: an end within \[target\] setup_within_s",
    "a-value": r"The setup command printed no 'bob', which the contract uses\.\n *expected: a JSON object with the "
    r'member "bob"',
}


@pytest.mark.parametrize("wrong", WRONG)
def test_setup_fails(tmp_path: Path, wrong: str) -> None:
    """The run ends as when the target does not start: which step, what was sent, what came, what was expected."""
    done = Shop(tmp_path, setup=WRONG[wrong]).run("--seed", "1", "--only", "success")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", done.out + done.err)
    assert 3 == done.code, text
    assert re.search(TOLD[wrong], text), text
    assert "tok-" not in text
    assert "hunter22" not in text


@pytest.mark.parametrize(
    ("lines", "limit", "told"),
    [
        (
            "sock.close(); time.sleep(60)",
            60,
            rf"got no answer \((?:refused|reset|closed): .*\)\.{ANY}expected: an answer",
        ),
        ("time.sleep(60)", 1, rf"got no answer in time .*{ANY}expected: the whole setup within 1 s"),
    ],
)
def test_a_step_gets_no_answer(tmp_path: Path, lines: str, limit: int, told: str) -> None:
    """Refused or silent: each is said of the step."""
    program = f"import socket, time; sock = socket.create_server(('127.0.0.1', {{port}})); sock.accept(); {lines}"
    shop = Shop(tmp_path, setup=f"setup_within_s = {limit}\n{STEPS}")
    shop.write()
    settings = tmp_path / "bothends.toml"
    lines_of = settings.read_text().splitlines()
    settings.write_text("\n".join([*lines_of[:2], f"command = {json.dumps(['python', '-c', program])}", *lines_of[3:]]))
    done = bothends(tmp_path, "verify", "--only", "success")
    assert 3 == done.returncode, done.stdout
    assert re.search(rf"Setup step 1 of 6: POST http://127\.0\.0\.1:\d+/session {told}", done.stdout), done.stdout


ADMIN = 'headers = {Authorization = "Bearer {setup.admin}"}\n'
BASIC = """\
[target.setup_headers]
Authorization = {user = "{env.GATE_USER}", password = "{env.GATE_PASSWORD}"}
"""


@pytest.mark.parametrize(
    ("headers", "steps"),
    [
        # It is sent once the value is known, and so not by the step that takes it.
        pytest.param('Authorization = "Bearer {setup.admin}"', STEPS.replace(ADMIN, ""), id="of-setup"),
        pytest.param('authorization = "Bearer of nobody"', STEPS, id="own-ones-win"),
    ],
)
def test_headers_of_all_steps(tmp_path: Path, headers: str, steps: str) -> None:
    """Each setup request has them, but for those of which it has one of its own."""
    done = Shop(tmp_path, setup=f"[target.setup_headers]\n{headers}\n{steps}").run(
        "--seed", "1", "--only", "success/least"
    )
    assert (0, "") == (done.code, done.err), done.out


@pytest.mark.parametrize(("password", "code"), [("wide: open", 0), ("shut-as-a-door", 3)])
def test_basic_of_two_values(tmp_path: Path, password: str, code: int) -> None:
    """A user and a password are coded by bothends; neither the password nor the coded text is ever shown."""
    shop = Shop(tmp_path, setup=BASIC + STEPS, env={"GATE": "keeper:wide: open"})
    done = shop.run("--seed", "1", "--only", "success/least", GATE_USER="keeper", GATE_PASSWORD=password)
    told = done.out + done.err
    assert code == done.code, told
    assert password not in told
    assert base64.b64encode(f"keeper:{password}".encode()).decode() not in told
    assert ("no way in with Basic [hidden]" in told) == bool(code), told


ACCOUNTS = """\
callers = [
  {user = "{setup.name}", password = "{setup.ada}", identity = {name = "ada"}},
  {user = "bob", password = "{setup.bob}", identity = {name = "bob"}},
]
"""


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("tells-token", {"no-secret-in-event"})])
def test_basic_of_an_account_that_setup_makes(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """The kind `basic` codes what setup yields; what callers show is a secret, and no report has it."""
    steps = STEPS.replace('{ada = "body#/token"}', '{ada = "body#/token", name = "body#/user"}')
    shop = Shop(tmp_path, setup=steps, callers=ACCOUNTS, scheme="basic", kind="basic", env={"BASIC": "1", "BUG": bug})
    done = shop.run("--seed", "1", "--only", "success/least", "--only", "signed-out")
    assert laws == done.laws, done.out
    assert bool(laws) == bool(done.code), done.out
    told = done.out + json.dumps(done.report)
    assert "tok-" not in told
    assert base64.b64encode(b"ada:tok-")[:8].decode() not in told


STORED = ("--seed", "1", "--only", "start-and-stop/sigkill-after-storing")


def test_a_restart_runs_it_again(tmp_path: Path) -> None:
    """The target has forgotten all: callers, ids and the webhook are new."""
    done = Shop(tmp_path, setup=command(), env={"PING": "0.1"}).run(*STORED)
    assert (0, "") == (done.code, done.err), done.out
    assert 3 == len((tmp_path / "times.txt").read_text().splitlines()), "one run, and one scenario with two starts"


def test_a_target_that_keeps_its_state_is_set_up_once(tmp_path: Path) -> None:
    """What was registered before the restart still holds."""
    shop = Shop(tmp_path, setup=command(), target="setup_once = true", env={"STATE": str(tmp_path / "state.json")})
    done = shop.run(*STORED)
    assert (0, "") == (done.code, done.err), done.out
    assert 2 == len((tmp_path / "times.txt").read_text().splitlines())


@pytest.mark.parametrize("once", [True, False], ids=["its state kept", "its state lost"])
def test_a_setup_that_works_once_alone_is_told_when_it_runs(tmp_path: Path, *, once: bool) -> None:
    """A scenario has a world of its own: setup runs there, too, on what a target has kept."""
    more = "setup_once = true" if once else ""
    done = Shop(tmp_path, setup=command("once"), target=more, env={"STATE": str(tmp_path / "state.json")}).run(*STORED)
    text = " ".join(done.out.split())
    assert 3 == done.code, done.out
    assert once == ("It runs once for each scenario of `start-and-stop`, too, whose world has other addresses" in text)


def test_a_ping_at_registration_is_no_event_of_a_case(tmp_path: Path) -> None:
    """It comes half a second after the answer, to the address of the event, and without anything of an event."""
    done = Shop(tmp_path, env={"PING": "0.5"}).run("--seed", "1", "--only", "success/least")
    assert (0, "") == (done.code, done.err), done.out


@pytest.mark.each_seed
def test_a_ping_at_registration_with_each_seed(tmp_path: Path, seed: int) -> None:
    """Whatever the values are, it is no event of any valid request."""
    done = Shop(tmp_path, env={"PING": "0.5"}).run("--seed", str(seed), "--only", "success")
    assert (0, "") == (done.code, done.err), done.out


@pytest.mark.long
def test_a_ping_that_is_late_is_no_error(tmp_path: Path) -> None:
    """It is an event that nothing explains: told, and at most not proven."""
    shop = Shop(tmp_path, target="setup_quiet_ms = 0", env={"PING": "0.3"})
    done = shop.run("--seed", "1", "--only", "success")
    assert set() == done.laws, done.out
    assert done.code in {0, 4}


@pytest.mark.parametrize(
    ("bug", "target", "laws"),
    [
        ("other-project", "", {"provenance"}),
        ("tells-token", "", {"no-secret-in-event"}),
        ("tells-admin", 'secrets = ["{setup.admin}"]', {"no-secret-in-event"}),
        ("tells-admin", "", set()),
    ],
)
def test_a_wrong_event(tmp_path: Path, bug: str, target: str, laws: set[str]) -> None:
    """Another id, a caller's token, or a value that the settings call a secret, is named; no report shows it."""
    done = Shop(tmp_path, target=target, env={"BUG": bug}).run("--seed", "1", "--only", "success/least")
    assert laws == done.laws, done.out
    if laws:
        assert "tok-" not in done.out + json.dumps(done.report)


def test_a_short_secret(tmp_path: Path) -> None:
    """No law looks for it, so nothing is said in silence."""
    done = Shop(tmp_path, target='secrets = ["{setup.admin}"]').run("--only", "success/least")
    assert 0 == done.code, done.out + done.err
    done = Shop(tmp_path, target='secrets = ["{setup.channel}"]').run("--only", "success/least")
    assert 2 == done.code, done.out + done.err
    assert "The secret {setup.channel} has 4 characters." in done.out + done.err


def test_an_unknown_name_of_the_world(tmp_path: Path) -> None:
    """It is said before the target is started."""
    done = Shop(tmp_path, setup=STEPS.replace("{world.hooks}", "{world.hoks}")).run("--only", "success")
    assert 2 == done.code
    assert "bothends.toml:32 target.setup: 'world.hoks' is not a variable." in done.err
    assert "Did you mean 'world.hooks'?" in done.err


def test_a_launched_target_below_a_base_path(tmp_path: Path) -> None:
    """Setup, cases and a `Location` that has the base path go below it."""
    shop = Shop(tmp_path, target='base_path = "/api/v2"', env={"BASE": "/api/v2"})
    done = shop.run("--seed", "1", "--only", "success/least")
    assert (0, "") == (done.code, done.err), done.out


@pytest.mark.parametrize(("path", "base_path"), [("/api/v2", ""), ("", "/api/v2"), ("/api/v2", "/another")])
def test_a_target_by_its_url(tmp_path: Path, path: str, base_path: str) -> None:
    """One that runs already is set up as well: below the path of its URL, or where that has none, of the settings."""
    port, hooks = ports(2)
    shop = Shop(tmp_path, target=f'base_path = "{base_path}"' if base_path else "")
    shop.write()
    settings = tmp_path / "bothends.toml"
    settings.write_text(f"{settings.read_text()}port = {hooks}\n")
    env: dict[str, Any] = {**os.environ, "PORT": str(port), "BASE": "/api/v2"}
    with subprocess.Popen([sys.executable, str(HERE / "target.py")], env=env) as target:
        try:
            url = f"http://127.0.0.1:{port}{path}"
            settings.write_text(settings.read_text().replace("[target]", "[target]\nstart_within_s = 60", 1))
            done = bothends(tmp_path, "verify", "--seed", "1", "--only", "success", "--url", url)
        finally:
            target.kill()
    assert 0 == done.returncode, done.stdout + done.stderr
