"""A request as one line for a shell."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

from bothends.records import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

COOKIE = '"$COOKIE"'
"""Stands for the session's cookies, which never reach a report."""
LONGEST_BODY = 1500
"""Bytes of a body that are written out; a longer one is made by the shell, or left to the replay."""
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"\\'")
_RUN = re.compile(rb"(.)\1{63,}", re.DOTALL)


def curl(request: Request, base_url: str, *, signed_in: bool = False, credential: Credential | None = None) -> str:
    """Return a command line for a POSIX shell that sends the request.

    Args:
        request: What is sent; its `Cookie` header is replaced by `$COOKIE`.
        base_url: The target's, without a slash at the end.
        signed_in: Whether the session's cookies go with it.
        credential: What else the caller shows: a variable stands for each value of it.
    """
    shown = credential or Credential()
    words = ["curl", "-i"]
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
    return _with_body(words, request.body)


def _headers(request: Request, credential: Credential) -> Iterator[str]:
    """Yield the words that add the request's headers, cookies aside, and then those of the credential."""
    variables = credential.variables()
    own = {name.lower() for name, _ in credential.headers} | {"cookie"}
    for name, value in request.headers:
        if name.lower() not in own:
            # `Name;` is how curl is told of a header without a value.
            yield from ("-H", _quoted(f"{name}: {value}" if value else f"{name};"))
    for name, _ in credential.headers:
        if name in variables:
            yield from ("-H", f'{_quoted(f"{name}: ")}"${variables[name]}"')


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


def _with_body(words: list[str], body: bytes) -> str:
    """Return the command with the body: as an argument, from a pipe, or as a note."""
    command = " ".join(words)
    if len(body) <= LONGEST_BODY:
        text = body.decode(errors="replace")
        if text.isprintable() and text.encode() == body:
            return f"{command} --data-raw {_quoted(text)}"
        return f"printf {octal(body)} | {command} --data-binary @-"
    run = max(_RUN.finditer(body), key=lambda match: match.end() - match.start(), default=None)
    if run is None or len(body) - (run.end() - run.start()) > LONGEST_BODY:
        return f"{command} --data-binary @BODY  # a body of {len(body):,} bytes: the replay sends it"
    repeated = f"head -c {run.end() - run.start()} /dev/zero | tr '\\0' {octal(run[1])}"
    parts = [f"printf {octal(part)}" for part in (body[: run.start()], body[run.end() :])]
    return f"{{ {parts[0]}; {repeated}; {parts[1]}; }} | {command} --data-binary @-"


def _quoted(text: str) -> str:
    """Return the text as one word; what a terminal would act on is made by `printf`, not written out."""
    return shlex.quote(text) if text.isprintable() else f'"$(printf {octal(text.encode(errors="replace"))})"'


def octal(body: bytes) -> str:
    """Return the bytes as a quoted format for `printf`, octal where POSIX `printf` needs it."""
    text = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in body).replace("%", "%%")
    return f"'\\055{text[1:]}'" if text.startswith("-") else f"'{text}'"  # a format must not look like an option
