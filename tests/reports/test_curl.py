"""A request as a line for a shell: what curl is given is what the case holds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bothends.records import Answer, Case, Credential, Exchange, Request
from bothends.reports.curl import LONGEST_BODY, as_sent, curl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = "http://127.0.0.1:4000"
SHIM = """\
#!{python} -SEI
import json, sys
piped = sys.stdin.buffer.read() if "--data-binary" in sys.argv else b""
words = [word.encode(errors="surrogateescape").decode("latin-1") for word in sys.argv[1:]]
print(json.dumps([words, piped.decode("latin-1")]))
"""


class Given(NamedTuple):
    """What curl was given: its arguments and its standard input, as bytes."""

    words: list[bytes]
    piped: bytes

    @property
    def body(self) -> bytes:
        """The body that it would send."""
        return self.words[self.words.index(b"--data-raw") + 1] if b"--data-raw" in self.words else self.piped

    def headers(self) -> list[bytes]:
        """The headers that it would send, or take away."""
        return [self.words[index + 1] for index, word in enumerate(self.words) if word == b"-H"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Given]:
    """Run a line in a POSIX shell whose `curl` says what it was given."""
    folder: Path = tmp_path_factory.mktemp("bin")
    shim = folder / "curl"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)

    def run_line(line: str) -> Given:
        environment = {"PATH": f"{folder}:/usr/bin:/bin", "COOKIE": "session=abc"}
        told = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=True)
        words, piped = json.loads(told.stdout)
        return Given([word.encode("latin-1") for word in words], piped.encode("latin-1"))

    return run_line


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
@example(b"")
@example(b"-n 'quoted' %s \\ $HOME `id` \x00\xff\r\n")
@example(b"@/etc/passwd")
@example(b"\x2d1")
def test_any_body_arrives_as_it_is(run: Callable[[str], Given], body: bytes) -> None:
    """Whatever bytes a body holds, the shell hands them to curl unchanged, and the line itself is printable."""
    line = curl(Request("POST", "/api/route", (("Content-Type", "application/json"),), body), BASE)
    assert line.isprintable()
    assert body == run(line).body


@pytest.mark.parametrize("body", [b'{"data": "' + b"a" * 65_536 + b'"}', b"-" * 2000, b"x\0" + b"%" * 70_000 + b"'"])
def test_a_long_body_of_one_byte_is_made_by_the_shell(run: Callable[[str], Given], body: bytes) -> None:
    """A body that is over a limit by padding is one short line, and still exact."""
    line = curl(Request("POST", "/", (("Content-Type", "application/json"),), body), BASE)
    assert len(line) < 400
    assert body == run(line).body


def test_a_long_body_of_many_bytes_is_left_to_the_replay() -> None:
    """A body that no short line can make is told by its size."""
    line = curl(Request("POST", "/", (), bytes(range(256)) * 10), BASE)
    assert line.endswith("--data-binary @BODY  # a body of 2,560 bytes: the replay sends it")
    assert LONGEST_BODY < 2560


def test_the_usual_request(run: Callable[[str], Given]) -> None:
    """Method, URL, headers, the session's placeholder and the body stand in one line."""
    headers = (("Content-Type", "application/json"), ("X-Empty", ""), ("Cookie", "next-auth.session-token=secret"))
    line = curl(Request("POST", "/api/route?a=1&b='2'", headers, b'{"data": "it\'s"}'), BASE)
    assert "secret" not in line
    words = run(line).words
    assert [b"-i", b"-X", b"POST", b"http://127.0.0.1:4000/api/route?a=1&b='2'"] == words[:4]
    assert [b"Content-Type: application/json", b"X-Empty;"] == run(line).headers()
    assert [b"-b", b"session=abc", b"--data-raw", b'{"data": "it\'s"}'] == words[-4:]


def test_without_a_body_nothing_is_added(run: Callable[[str], Given]) -> None:
    """A GET is curl's own default; another method without a body has neither data nor media type."""
    assert [b"-i", b"http://127.0.0.1:4000/a"] == run(curl(Request("GET", "/a"), BASE)).words
    assert [b"-i", b"--head", b"http://127.0.0.1:4000/a"] == run(curl(Request("HEAD", "/a"), BASE)).words
    words = run(curl(Request("POST", "/a"), BASE, signed_in=True)).words
    assert [b"-i", b"-X", b"POST", b"http://127.0.0.1:4000/a", b"-b", b"session=abc"] == words


def test_a_body_without_a_media_type_stays_without_one(run: Callable[[str], Given]) -> None:
    """The media type that curl adds of itself is taken away; chunked framing is asked for."""
    line = curl(Request("POST", "/", (), b"{}", framing="chunked"), BASE)
    assert [b"Content-Type:", b"Transfer-Encoding: chunked"] == run(line).headers()


def test_odd_targets_are_sent_as_they_are(run: Callable[[str], Given]) -> None:
    """Dots, brackets and other forms of the target are kept from curl's own tidying."""
    assert [b"--path-as-is", b"http://127.0.0.1:4000/a/../b"] == run(curl(Request("GET", "/a/../b"), BASE)).words[1:]
    assert [b"--globoff", b"http://127.0.0.1:4000/[1-9]"] == run(curl(Request("GET", "/[1-9]"), BASE)).words[1:]
    words = run(curl(Request("OPTIONS", "*"), BASE)).words
    assert [b"--request-target", b"*", b"http://127.0.0.1:4000"] == words[-3:]


def test_a_header_that_a_terminal_acts_on_is_made_by_the_shell(run: Callable[[str], Given]) -> None:
    """An escape character in a header arrives, and is not in the line."""
    line = curl(Request("GET", "/", (("X-Odd", "a\x1b[31m\u202e"),)), BASE)
    assert line.isprintable()
    assert ["X-Odd: a\x1b[31m\u202e".encode()] == run(line).headers()


@pytest.mark.parametrize(
    ("text", "sent"), [("caf\xe9", b"caf\xe9"), ("\u20ac", "\u20ac".encode()), ("\xe9\x01", b"\xe9\x01")]
)
def test_a_header_has_the_bytes_that_the_client_sends(run: Callable[[str], Given], text: str, sent: bytes) -> None:
    """Those of Latin-1, where that has them: a server that reads UTF-8 answers them otherwise."""
    given = run(curl(Request("GET", "/", (("X-Text", text),)), BASE))
    assert [b"X-Text: " + sent] == given.headers()


@pytest.mark.parametrize("characters", [2_000, 100_000])
def test_a_long_header_of_one_character_is_made_by_the_shell(run: Callable[[str], Given], characters: int) -> None:
    """A header or a target that is over a limit by padding is one short line, and still exact."""
    line = curl(Request("GET", f"/a?{'b' * characters}", (("X-Long", f"x{'a' * characters}'y"),)), BASE)
    assert len(line) < 400
    given = run(line)
    assert [f"X-Long: x{'a' * characters}'y".encode()] == given.headers()
    assert f"http://127.0.0.1:4000/a?{'b' * characters}".encode() == given.words[1]


def test_what_a_shell_would_print_for_the_runner_is_no_command(run: Callable[[str], Given]) -> None:
    """GitHub's runner obeys `##[` wherever it stands in a line."""
    value = "##[add-mask]a ###[b] ##vso[c]"
    for more in ("", "\x1b"):
        line = curl(Request("GET", "/", (("X-Odd", value + more),)), BASE)
        assert re.findall(r"##\w*\[", line) == []
        assert [f"X-Odd: {value}{more}".encode()] == run(line).headers()


@pytest.mark.parametrize(
    ("target", "sent", "shown"),
    [
        ("/a/~id.x.0123abcd~?state=0", "/base/v1/a/7%2F8?state=s%3D&key=secret", "/a/7%2F8?state=s%3D"),
        ("/a/~id.x.0123abcd~", "/a/7?key=secret", "/a/7"),
        ("/a/0?state=0", "/base/a/0?state=0&key=secret", "/a/0?state=0"),
        ("/a/~id.x.0123abcd~/~setup.y~", "/a/7/of-setup", "/a/~id.x.0123abcd~/~setup.y~"),
    ],
)
def test_an_id_is_shown_as_it_was_sent(target: str, sent: str, shown: str) -> None:
    """What the caller shows in the query is no part of it, nor what is before the path; of setup, names are shown."""
    case = Case("get", "success", "x", Request("GET", target))
    answer, credential = Answer(404, (), b"", 0, ""), Credential(query=(("key", "secret"),))
    exchange = Exchange(1, case, None, Request("GET", sent), answer, 0.0, 0.0, credential=credential)
    assert shown == as_sent(exchange).request.target
