"""A request as one line for a shell."""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from bothends.contract.requests import ids_named, ids_named_in, setup_named
from bothends.records import Credential, NoAnswer, count_of
from bothends.reports.blocks import Field
from bothends.reports.sanitize import escape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.records import Again, Case, Exchange, Request
    from bothends.reports.sanitize import Redactor


COOKIE = '"$COOKIE"'
"""Stands for the session's cookies, which never reach a report."""
LONGEST_BODY = 1500
"""Bytes of a body that are written out; a longer one is made by the shell, or left to the replay."""
LONGEST_WORD = 128 * 1024 - 1
"""Bytes of one argument of a command: Linux takes no more (`MAX_ARG_STRLEN`)."""
LONGEST_LINE = 16 * 1024
"""Characters of a line; what takes more is left to the replay."""
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"\\'")
_RUN = re.compile(rb"(.)\1{63,}", re.DOTALL)
# What begins a command of a CI server's runner, wherever it stands in a line: `##[`, `##vso[`, `##teamcity[`.
_HEEDED = re.compile(r"#(?=#\w*\[)")
_PLAIN_RUN = re.compile(r"([!-~])\1{63,}")


def curl(  # noqa: PLR0913 -- what a request by hand depends on
    request: Request,
    base_url: str,
    *,
    signed_in: bool = False,
    credential: Credential | None = None,
    file: Path | None = None,
    time_limit: float = 0.0,
) -> str:
    """Return a command line for a POSIX shell that sends the request.

    Args:
        request: What is sent; its `Cookie` header is replaced by `$COOKIE`.
        base_url: The target's, without a slash at the end.
        signed_in: Whether the session's cookies go with it.
        credential: What else the caller shows: a variable stands for each value of it.
        file: Has the body, where it is too long for a line; None: no file has it.
        time_limit: Seconds within which it is answered, or not at all; 0: curl waits.
    """
    shown = credential or Credential()
    words = ["curl", "-i", *(_most_seconds(time_limit) if time_limit else ())]
    if request.method == "HEAD":
        words.append("--head")
    elif not (request.method == "GET" and request.body is None):
        words += ["-X", _quoted(request.method)]
    words += _address(request.target, base_url)
    if shown.query:
        words[-1] += _query(request.target, shown)
    words += _headers(request, shown)
    if signed_in or request.header("cookie") is not None:
        words += ["-b", COOKIE]
    if request.body is None:
        return " ".join(words)
    if request.header("content-type") is None:
        words += ["-H", "'Content-Type:'"]  # takes away the one that curl adds of itself
    if request.framing == "chunked":
        words += ["-H", "'Transfer-Encoding: chunked'"]
    return _with_body(words, request.body, file)


def _most_seconds(time_limit: float) -> tuple[str, str]:
    seconds = math.floor(time_limit) if time_limit >= 1 else max(math.floor(10 * time_limit), 1) / 10
    return "-m", f"{seconds:g}"


def _headers(request: Request, credential: Credential) -> Iterator[str]:
    """Yield the words that add the request's headers, cookies aside, and then those of the credential."""
    variables = credential.variables()
    own = {name.lower() for name, _ in credential.headers} | {"cookie"}
    for name, value in request.headers:
        if name.lower() not in own:
            # `Name;` is how curl is told of a header without a value.
            yield from ("-H", _as_sent(f"{name}: {value}" if value else f"{name};"))
    for name, _ in credential.headers:
        if name in variables:
            yield from ("-H", f'{_quoted(f"{name}: ")}"${variables[name]}"')


def _as_sent(line: str) -> str:
    """Return a header as one word, whose bytes are those that the client sends: of Latin-1, where that has them."""
    if line.isascii() or len(line) > LONGEST_BODY:
        return _quoted(line)
    try:
        return f'"$(printf {octal(line.encode("latin-1"))})"'
    except UnicodeEncodeError:
        return _quoted(line)


def _query(target: str, credential: Credential) -> str:
    """Return the query parameters of a credential as they stand behind a quoted URL: the shell joins both."""
    variables = credential.variables()
    pairs = "&".join(f"{quote(name, safe='')}=${variables[name]}" for name, _ in credential.query)
    return f'"{"&" if "?" in target else "?"}{pairs}"'


def _address(target: str, base_url: str) -> list[str]:
    """Return the URL's words, with what keeps curl from changing it."""
    if not target.startswith("/"):
        return ["--request-target", _quoted(target), _quoted(base_url)]
    options = []
    if re.search(r"/\.{1,2}(/|$|\?)", target):
        options.append("--path-as-is")
    if re.search(r"[\[\]{}]", target):
        options.append("--globoff")
    return [*options, _quoted(f"{base_url}{target}")]


def _with_body(words: list[str], body: bytes, file: Path | None) -> str:
    """Return the command with the body: as an argument, from a pipe, from a file, or as a note."""
    command = " ".join(words)
    if len(body) <= LONGEST_BODY:
        text = body.decode(errors="replace")
        if text.isprintable() and text.encode() == body:
            return f"{command} --data-raw {_quoted(text)}"
        return f"printf {octal(body)} | {command} --data-binary @-"
    run = max(_RUN.finditer(body), key=lambda match: match.end() - match.start(), default=None)
    if run is None or len(body) - (run.end() - run.start()) > LONGEST_BODY:
        if file is not None:
            return f"{command} --data-binary @{_quoted(str(file.absolute()))}"
        return f"{command} --data-binary @BODY  # a body of {count_of(len(body), 'byte')}: the replay sends it"
    repeated = _repeated(run.end() - run.start(), run[1])
    parts = [f"printf {octal(part)}" for part in (body[: run.start()], body[run.end() :])]
    return f"{{ {parts[0]}; {repeated}; {parts[1]}; }} | {command} --data-binary @-"


def _repeated(count: int, byte: bytes) -> str:
    """Return the command that writes a byte so many times."""
    return f"head -c {count} /dev/zero | tr '\\0' {octal(byte)}"


def _quoted(text: str) -> str:
    """Return the text as one word; control characters are made by `printf`, not written out.

    A long run of one character is made by the shell. What a CI server's runner takes for a command is parted.
    """
    if len(text) > LONGEST_BODY:
        run = max(_PLAIN_RUN.finditer(text), key=lambda match: match.end() - match.start(), default=None)
        if run is not None:
            parts = (text[: run.start()], text[run.end() :])
            before, after = (_quoted(part) if part else "" for part in parts)
            return f'{before}"$({_repeated(len(run[0]), run[1].encode())})"{after}'
    if text.isprintable():
        return _HEEDED.sub("#''", shlex.quote(text))
    return f'"$(printf {octal(text.encode(errors="replace"))})"'


def octal(body: bytes) -> str:
    """Return the bytes as a quoted format for `printf`, octal where POSIX `printf` needs it."""
    text = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in body).replace("%", "%%")
    text = _HEEDED.sub(r"\\043", text)
    return f"'\\055{text[1:]}'" if text.startswith("-") else f"'{text}'"  # a format must not look like an option


# A case's request as a person can send it, or see that only the replay can.
#
# curl sends well-framed requests, all at once. What is raw text it sends as well, as if it were for a terminal
# (`telnet://`: no other program is needed, and it shows what comes back even where the connection stays open). What
# is also told by *how* it is sent (in drips, in pieces, with the client gone) is shown, and left to the replay: a
# line that does not do what the case did would mislead the user who copies it.

AT_ONCE = "on a connection of its own"
"""The behaviour in which nothing is odd but the text itself."""
WAITING = "the client waits for each answer"
"""The behaviour that differs from it in how long an answer is waited for."""
_WHOLE = frozenset({"", AT_ONCE, WAITING})
"""The behaviours in which all is sent at once, by a client that waits for what comes."""
MOST_LINES = 12
"""Lines of a raw text that are shown."""
_COOKIE, _SECOND_COOKIE, _REST = b"@COOKIE@", b"@COOKIE2@", b"@REST@"
_HEAD_END = b"\r\n\r\n"
_TELNET_COMMAND = b"\xff"
_RAW_SECONDS = 10.0
"""How long an answer to a raw text is waited for: a target that keeps the connection open ends it for no one."""


def shell_line(  # noqa: PLR0913 -- what a request by hand depends on
    case: Case,
    base_url: str,
    *,
    signed_in: bool,
    credential: Credential | None = None,
    file: Path | None = None,
    time_limit: float = 0.0,
) -> str | None:
    """Return a line for a POSIX shell that sends the case's request just so; None when no line can.

    Args:
        case: The case.
        base_url: The target's, without a slash at the end.
        signed_in: Whether the session's cookies go with it.
        credential: What else the caller shows.
        file: Has the body, where it is too long for a line; None: no file has it.
        time_limit: Seconds within which it is answered, or not at all; 0: as long as it takes.
    """
    if case.behaviour not in _WHOLE or case.again:
        return None
    case = replace(case, request=named(case.request))
    if case.request.raw is None:
        words = (base_url + case.request.target, *(f"{name}: {value}" for name, value in case.request.headers))
        line = curl(
            case.request, base_url, signed_in=signed_in, credential=credential, file=file, time_limit=time_limit
        )
        can_be_given = all(len(word.encode(errors="replace")) <= LONGEST_WORD for word in words)
        return line if can_be_given and len(line) <= LONGEST_LINE else None
    return _raw_line(
        case.request.raw,
        base_url,
        credential or Credential(),
        signed_in=signed_in,
        time_limit=time_limit or _RAW_SECONDS,
    )


def request_field(  # noqa: PLR0913 -- what a request by hand depends on
    case: Case,
    base_url: str,
    redactor: Redactor,
    *,
    signed_in: bool,
    credential: Credential | None = None,
    time_limit: float = 0.0,
) -> Field:
    """Return what is sent: as a command where there is one, else as the text and the behaviour of sending it."""
    case = replace(case, request=named(case.request))
    line = shell_line(case, base_url, signed_in=signed_in, credential=credential, time_limit=time_limit)
    if line is not None:
        return Field("request", (redactor.text(line),), command=True)
    how = f"(sent so that {case.behaviour}; only the replay can do that)"
    if case.behaviour in _WHOLE:
        how = "(only the replay can send this text as it was)"
    if case.again:
        rivals = count_of(sum(one.rivals for one in case.again), "more request")
        beside = [f"{rivals} about the same object at the same time"] if case.again[0].rivals else []
        ways = beside or list(map(_how, case.again))
        how = f"(and {', and '.join(ways)}; only the replay can do that)"
    if case.request.raw is None:
        body = "" if case.request.body is None else f", a body of {count_of(len(case.request.body), 'byte')}"
        size = sum(len(name) + len(value) for name, value in case.request.headers)
        body += f", headers of {size:,} characters" if size > LONGEST_BODY else ""
        return Field("request", (f"{escape(f'{case.request.method} {case.request.target}')}{body}", how))
    lines = [
        escape(redactor.text(line)) for line in _readable(case.request.raw, base_url, credential, signed_in=signed_in)
    ]
    left_out = len(lines) - MOST_LINES
    more = (f"(+{count_of(left_out, 'line')})",) if left_out > 0 else ()
    return Field("request", (*lines[:MOST_LINES], *more, how))


def named(request: Request) -> Request:
    """Return a request with names in place of the marks of values that are known when it is sent."""
    return ids_named_in(setup_named(request))


def waited_in_vain(exchange: Exchange) -> float:
    """Return for how many seconds the answer to an exchange was waited for in vain; 0: it came, or cannot come."""
    answer = exchange.answer
    in_vain = isinstance(answer, NoAnswer) and answer.kind == "timeout"
    return exchange.ended - exchange.began if in_vain else 0.0


def as_sent(exchange: Exchange) -> Case:
    """Return the case of an exchange with the ids in its URL that were sent: a person can send the same by hand.

    What the caller shows in the query is left out, as it is for any case; a value of setup stays a name.
    """
    case, credential = exchange.case, exchange.credential
    request = case.request
    marked = ids_named(request.target) != request.target
    if not marked or request.raw is not None or setup_named(request).target != request.target:
        return case
    path, question, query = exchange.sent.target.partition("?")
    steps = request.target.partition("?")[0].count("/")  # before them stands the path of the base URL
    path = "/" + "/".join(path.split("/")[-steps:])
    shown = {quote(name, safe="") for name, _ in (credential.query if credential is not None else ())}
    fields = [field for field in query.split("&") if field.partition("=")[0] not in shown] if question else []
    return replace(case, request=replace(request, target=f"{path}?{'&'.join(fields)}" if fields else path))


def readable_target(target: str) -> str:
    """Return a request target with names in place of the marks of ids."""
    return ids_named(target)


def _how(again: Again) -> str:
    """Return how a request is sent on purpose after another, or beside it."""
    if again.theirs:
        return "again by another caller after it"
    what = "another key" if again.key else "the same values" if again.anew else "the same key"
    if again.beyond:
        where = "at another object" if again.other is None else f"at {again.other.operation}"
        return f"again with {what} {where} after it"
    who = " by another caller" if again.another_caller else ""
    body = "" if again.body is None else " and another body"
    when = "at the same time" if again.at_once else "when all is well" if again.well else "after it"
    return f"again with {what}{body}{who} {when}"


def _raw_line(raw: bytes, base_url: str, credential: Credential, *, signed_in: bool, time_limit: float) -> str | None:
    """Return the line that writes a raw text to a connection.

    None for two callers, TLS, a query that shows a credential, a byte that curl doubles, or a text that is long.
    """
    address = urlsplit(base_url)
    if address.scheme != "http" or not address.hostname or _SECOND_COOKIE in raw or len(raw) > LONGEST_BODY:
        return None
    if credential.query or _TELNET_COMMAND in raw:
        return None
    variables = credential.variables()
    shown = [(name, f'"${variables[name]}"') for name, _ in credential.headers if name in variables]
    shown += [("Cookie", COOKIE)] if signed_in else []
    text = _addressed(raw, base_url)
    rest = text.replace(_COOKIE, _COOKIE + b"\r\n" if shown else b"").partition(_HEAD_END)[2]
    if _REST in text and _COOKIE in rest:
        return None  # how long the rest is depends on what is shown, which no report knows
    parts = text.replace(_REST, str(len(rest)).encode()).split(_COOKIE)
    words = [word for _, word in shown] * (len(parts) - 1)
    # The words of one format: only the marks of what the caller shows are conversions in it.
    mark = "".join(f"{octal(name.encode())[:-1]}: %s\\015\\012'" for name, _ in shown)
    form = mark.join(map(octal, parts))
    sent = ["curl", "-sN", *_most_seconds(time_limit), f"telnet://{address.netloc.rpartition('@')[2]}"]
    if address.port is None:
        sent[-1] += ":80"
    return " ".join(["printf", form, *words, "|", *sent])


def _addressed(raw: bytes, base_url: str) -> bytes:
    address = urlsplit(base_url)
    return raw.replace(b"@PREFIX@", address.path.encode()).replace(b"@HOST@", address.netloc.encode())


def _readable(raw: bytes, base_url: str, credential: Credential | None, *, signed_in: bool) -> list[str]:
    """Return a raw text line by line, as a person reads it, with variables for what callers show."""
    shown = _credential_lines(credential, signed_in=signed_in)
    text = _addressed(raw, base_url).replace(_SECOND_COOKIE, b"".join(b"%s2\r\n" % line for line in shown))
    text = text.replace(_COOKIE, b"".join(b"%s\r\n" % line for line in shown))
    rest = text.partition(_HEAD_END)[2]
    text = text.replace(_REST, b"$LENGTH" if any(line in rest for line in shown) else str(len(rest)).encode())
    return text.decode("latin-1").removesuffix("\r\n").split("\r\n")


def _credential_lines(credential: Credential | None, *, signed_in: bool) -> list[bytes]:
    """Return the header lines of a caller, each value as the variable that stands for it."""
    variables = {} if credential is None else credential.variables()
    names = [name for name, _ in credential.headers] if credential is not None else []
    lines = [f"{name}: ${variables[name]}".encode() for name in names if name in variables]
    cookies = signed_in if credential is None else bool(credential.cookies)
    return [*lines, b"Cookie: $COOKIE"] if cookies else lines
