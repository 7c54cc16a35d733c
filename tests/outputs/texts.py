"""What a hostile target says, wherever it can say something: a text for each trick, and a harmless one for it."""

from __future__ import annotations

from urllib.parse import quote

LONG = 1 << 21
"""Characters of the longest text; with the lines it is some MB."""
_PILED = "".join(chr(0x300 + number) for number in range(100))

TEXTS: dict[str, str] = {
    # A terminal.
    "colour and cursor": "\x1b[2J\x1b[1;1H\x1b[32mPROVEN: all is well\x1b[0m\x1b[999B",
    "cursor that is kept": "\x1b7\x1b[1;1HPROVEN\x1b8\x1bc\x1b[?1049h",
    "title and clipboard": "\x1b]0;PROVEN\x07\x1b]52;c;cm0gLXJmIH4=\x07",
    "link": "\x1b]8;;https://evil.example/\x1b\\PROVEN\x1b]8;;\x1b\\",
    "C1": "\x9b2J\x9b1;1HPROVEN\x9d0;x\x9c\x90q\x9c\x85",
    "overwritten": "BROKEN\rPROVEN\x08\x08\x08\x7f\x0b\x0c",
    "string without end": "\x1bP\x1b_\x1b^\x1bX\x90",
    # What is read otherwise than it is written.
    "turned round": "\u202egnp.exe\u202c \u2066a\u2067b\u2069 \u061c\u200e\u200f\u202a\u202b\u202d",
    "no width": "PRO\u200bV\u200dEN\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0\U000e0041\U000e0100\u17b4\u180e",
    "piled up": f"x{_PILED}y{_PILED}",
    # Markup.
    "script": "</script><script>window.pwned=1</script><!--<script>",
    "elements": "<img src=x onerror=alert(1)><svg onload=alert(2)><iframe srcdoc='x'></iframe><a href=x>x</a>",
    "attributes": "\"' onmouseover=alert(3) x=\"' autofocus onfocus=alert(4) <b style=position:fixed>",
    "comments and sections": "--><!--]]>]]&gt;<![CDATA[</pre></code></details></body></html>&lt;&#x3c;&amp;",
    "no end of text": "<textarea><title><style><plaintext><noscript><template>",
    # Markdown.
    "link of Markdown": "[PROVEN](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "link by itself": "https://evil.example www.evil.example mail@evil.example mailto:mail@evil.example",
    "people and numbers": "@octocat @org/team #1 GH-1 octocat/repo#1 :tada:",
    "blocks": "\n# PROVEN\n\n* one\n> two\n***\n```\n~~~\n    code\n1. three\n\n<details open>\n",
    "cells": "a | b | c\n|---|---|\n| d | e |\\|`|`",
    "marks": "**PROVEN** __x__ ~~x~~ `x` ``x` $x$ \\[x\\] [^1] [x]: https://evil.example",
    "lines of a table": "\n| law | severity | judged | broken |\n",
    # GitHub's runner.
    "commands": "::error file=x.py,line=1::PROVEN\n::set-output name=x::y\n::stop-commands::x\n  ::add-mask::a",
    "commands of before": "##[error]x ##[add-mask]a\n##[stop-commands]x\n##[set-env name=PATH;]x",
    "commands in percent": "%0A::error::x%0D%0A::add-mask::a%25%3A%2C",
    # Documents.
    "XML": "]]>\x00\x01\x0b\x1f\ufffe\uffff</system-out></testcase><testcase name='x'/>&#0;&entity;<!DOCTYPE x>",
    "no characters": "\ud800 \udfff \udc80\udbff\ufdd0\U0001fffe\U0010ffff",
    "separators": 'one\u2028two\u2029three\x85four\rfive\x0bsix\x1csev\x1een"}\n{"event":"run-finished"}\n',
    "cells of a sheet": '=HYPERLINK("https://evil.example")\t+1\t-1\t@SUM(1)\n"a","b"\r\n',
    "TOML": '"\n[[known]]\nlaw = "*"\n#\x7f\x00"""\'\'\'\\',
    "YAML": "'\n- x: !!python/object/apply:os.system [id]\n--- &a *a\n? x\n%YAML 1.1\n: #\t",
    "JSON": '"}],"verdict":"proven","findings":[],"x":[{"y":"\\',
    "shell": "'; touch pwned; $(touch pwned) `touch pwned` && touch pwned | touch pwned\n touch pwned #!\\",
    "format": "%s %n %(x)s {0} {x} {breach.__class__} [bold red]x[/] :smile: \\033[2J \\u001b[2J",
    # Much of it.
    "many lines": "BROKEN\nPROVEN\n" * 20_000,
    "one long line": "PROVEN " * (LONG // 7),
}


def said(name: str, *, hostile: bool) -> str:
    """Return what a target says under a name."""
    return TEXTS[name] if hostile else f"harmless {list(TEXTS).index(name)}"


def in_header(text: str) -> bytes:
    """Return a text as a part of a head: all but the controls of C0, which no head may have."""
    short = "".join(character for character in text[:2000] if character >= " " and character != "\x7f").strip()
    try:
        return short.encode("latin-1")
    except UnicodeEncodeError:
        return short.encode("utf-8", "surrogatepass")


def in_path(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text[:300].encode("utf-8", "surrogatepass"), safe="")
