"""What of a case a person can send from a shell, and what is only shown."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bothends.client.behaviours import behaviour_of
from bothends.client.connector import parse_base_url
from bothends.client.message import fill
from bothends.records import Case, Credential, Request
from bothends.reports import Redactor
from bothends.reports.curl import AT_ONCE, MOST_LINES, WAITING, request_field, shell_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = "http://127.0.0.1:4000/base"
SHIM = """\
#!{python} -SEI
import sys
assert sys.argv[1:] == ["-sN", "-m", "10", "telnet://127.0.0.1:4000"], sys.argv
sys.stdout.buffer.write(sys.stdin.buffer.read())
"""
RAW = b"POST @PREFIX@/api/route HTTP/1.1\r\nHost: @HOST@\r\nContent-Length: @REST@\r\n@COOKIE@\r\n{}"


def case(raw: bytes | None = None, behaviour: str = AT_ONCE, body: bytes | None = None) -> Case:
    """Return a case that is sent as raw text, or in a manner."""
    return Case("postRoute", "framing", "odd", Request("POST", "/api/route", (), body, raw=raw), behaviour=behaviour)


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """Run a line in a POSIX shell whose `curl` returns what it was given to send."""
    folder: Path = tmp_path_factory.mktemp("bin")
    shim = folder / "curl"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)

    def run_line(line: str) -> bytes:
        environment = {"PATH": f"{folder}:/usr/bin:/bin", "COOKIE": "session=a%sb\\n"}
        return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=True).stdout

    return run_line


def test_who_shows_more_than_cookies_is_in_a_raw_text_too(piped: Callable[[str], bytes]) -> None:
    """Each header of the credential has the variable that the lines before set, in the order in which it is sent."""
    credential = Credential(
        headers=(("Authorization", "Bearer a%s"), ("X-Key", "k")), cookies=(("session", "a%sb\\n"),)
    )
    line = shell_line(case(RAW), BASE, signed_in=True, credential=credential)
    assert line is not None
    set_before = "AUTHORIZATION='Bearer a%s'; CREDENTIAL=k"
    assert fill(RAW, parse_base_url(BASE), [credential]) == piped(f"{set_before}; {line}")


def test_what_was_waited_for_in_vain_is_waited_for_as_long() -> None:
    """Else the answer that came too late would be shown as if it were the one that was judged."""
    line = shell_line(case(), BASE, signed_in=False, time_limit=2.53)
    assert line == "curl -i -m 2 -X POST http://127.0.0.1:4000/base/api/route"
    raw = shell_line(case(RAW), BASE, signed_in=False, time_limit=0.01)
    assert raw is not None
    assert raw.endswith("| curl -sN -m 0.1 telnet://127.0.0.1:4000")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=80) | st.just(RAW), signed_in=st.booleans())
def test_raw_text_is_sent_byte_for_byte(piped: Callable[[str], bytes], raw: bytes, signed_in: bool) -> None:  # noqa: FBT001 -- drawn
    """The shell sends what the run sent, with the caller's cookie in its place, and the line can be shown."""
    assume(b"@COOKIE2@" not in raw and b"\xff" not in raw)  # no line has two callers, or a byte that curl doubles
    line = shell_line(case(raw), BASE, signed_in=signed_in)
    assert line is not None
    assert line.isprintable()
    cookies = (("session", "a%sb\\n"),) if signed_in else ()
    assert fill(raw, parse_base_url(BASE), [Credential(cookies=cookies)]) == piped(line)


def test_no_line_where_none_would_do_the_same() -> None:
    """Another manner, two callers, TLS, a length that depends on the cookie, a byte of telnet, a long text."""
    assert [AT_ONCE, WAITING] == [behaviour_of(each).sentence for each in (AT_ONCE, WAITING)]
    assert shell_line(case(RAW), "https://127.0.0.1:4000", signed_in=True) is None
    nothing = [
        case(RAW, "the client half-closes"),
        case(RAW + b"\xff"),
        case(None, "the body comes in drips", b"{}"),
        case(RAW + b"@COOKIE2@"),
        case(RAW + b"@COOKIE@"),
        case(RAW + b"x" * 2000),
    ]
    assert [None] * len(nothing) == [shell_line(each, BASE, signed_in=True) for each in nothing]


def test_a_good_client_s_request_is_a_curl_line() -> None:
    """With or without a connection of its own, curl sends it."""
    for behaviour in ("", AT_ONCE, WAITING):
        line = shell_line(case(behaviour=behaviour), BASE, signed_in=False)
        assert "curl -i -X POST http://127.0.0.1:4000/base/api/route" == line


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        (
            case(RAW, "the client half-closes"),
            (
                "POST /base/api/route HTTP/1.1",
                "Host: 127.0.0.1:4000",
                "Content-Length: 2",
                "Cookie: $COOKIE",
                "",
                "{}",
                "(sent so that the client half-closes; only the replay can do that)",
            ),
        ),
        (
            case(b"GET / HTTP/1.1\r\n@COOKIE@@COOKIE2@\x1b[2J\r\n\r\n"),
            (
                "GET / HTTP/1.1",
                "Cookie: $COOKIE",
                "Cookie: $COOKIE2",
                r"\x1b[2J",
                "",
                "(only the replay can send this text as it was)",
            ),
        ),
        (
            case(b"GET / HTTP/1.1\r\nContent-Length: @REST@\r\n\r\n@COOKIE2@"),
            (
                "GET / HTTP/1.1",
                "Content-Length: $LENGTH",
                "",
                "Cookie: $COOKIE2",
                "(only the replay can send this text as it was)",
            ),
        ),
        (
            case(None, "the body comes in drips", b"{}"),
            (
                "POST /api/route, a body of 2 bytes",
                "(sent so that the body comes in drips; only the replay can do that)",
            ),
        ),
        (
            case(None, "the client resets"),
            ("POST /api/route", "(sent so that the client resets; only the replay can do that)"),
        ),
    ],
)
def test_what_no_shell_sends_is_shown_and_left_to_the_replay(sent: Case, lines: tuple[str, ...]) -> None:
    """The text is there to be read, with its manner; nothing is there to be copied that would do something else."""
    field = request_field(sent, BASE, Redactor(), signed_in=True)
    assert (lines, False) == (field.lines, field.command)


def test_a_long_text_is_cut() -> None:
    """No more lines than a person reads, and how many were left out."""
    field = request_field(case(b"a\r\n" * 30 + b"@COOKIE2@"), BASE, Redactor(), signed_in=True)
    assert MOST_LINES + 2 == len(field.lines)
    assert "(+19 lines)" == field.lines[MOST_LINES]


@pytest.mark.parametrize(("name", "value"), [("X-Long", "a" * 300_000), ("X-Odd", "abcdefgh" * 4_000)])
def test_what_no_line_can_send_is_told_in_short(name: str, value: str) -> None:
    """An argument over 128 KiB, or a line that no person reads, is left to the replay: the report has no such line."""
    long = Case("postRoute", "sizes", "long", Request("POST", "/api/route?" + "q" * 900, ((name, value),)))
    assert shell_line(long, BASE, signed_in=False) is None
    field = request_field(long, BASE, Redactor(), signed_in=False)
    assert max(map(len, field.lines)) < 800
    assert f"headers of {len(name) + len(value):,} characters" in field.lines[0]
    assert "only the replay can send" in field.lines[1]
