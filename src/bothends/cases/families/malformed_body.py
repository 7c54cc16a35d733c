"""`malformed-body`: text that is not JSON (RFC 8259), sent as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies
from bothends.cases.families.refused import refused_cases
from bothends.cases.families.samples import property_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "malformed-body"

_PLAIN = {
    "empty": b"",
    "bare-word": b"undefined",
    "white-space-only": b" \r\n\t ",
    "open-brace": b"{",
    "open-list": b"[1, 2",
    "unclosed-text": b'{"a": "b',
    "no-value": b'{"a": }',
    "no-colon": b'{"a" 1}',
    "trailing-comma": b'{"a": 1,}',
    "single-quotes": b"{'a': 1}",
    "bare-key": b"{a: 1}",
    "comment": b'{"a": 1 /* one */}',
    "line-comment": b'{"a": 1 // one\n}',
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": Infinity}',
    "minus-infinity": b'{"a": -Infinity}',
    "plus-sign": b'{"a": +1}',
    "leading-zero": b'{"a": 01}',
    "hexadecimal": b'{"a": 0x1F}',
    "bare-fraction": b'{"a": .5}',
    "python-literals": b'{"a": None, "b": True}',
    "bad-escape": b'{"a": "\\x41"}',
    "raw-line-break": b'{"a": "b\nc"}',
    "raw-nul": b'{"a": "b\x00c"}',
    "raw-tab": b'{"a": "b\tc"}',
    "odd-white-space": b'{"a":\x0c1}',
    "unpaired-escape": b'{"a": "\\u12"}',
    "not-utf-8": b'{"a": "\xff"}',
    "overlong-utf-8": b'{"a": "\xc0\xaf"}',
    "cut-utf-8": b'{"a": "\xe2\x82"}',
    "surrogate-in-utf-8": b'{"a": "\xed\xa0\x80"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "utf-16-le": '{"a": 1}'.encode("utf-16-le"),
    "utf-16-be": '{"a": 1}'.encode("utf-16-be"),
    "form": b"a=1&b=2",
    "markup": b"<a>1</a>",
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield text that is no JSON by itself, and a right body that is cut, doubled or followed by more."""
    del contract
    media_type = bodies.json_media_type(operation)
    if media_type is None:
        return
    name = next(iter(property_names(bodies.json_schema(operation))), "a")
    # With a name that the operation knows, it is the text alone that is wrong.
    texts = {key: text.replace(b'"a"', bodies.dump(name)) for key, text in _PLAIN.items()}
    right = next((bodies.dump(value) for _, value in bodies.admitted_values(operation)), None)
    if right is not None:
        texts |= {
            "cut-short": right[:-1],
            "doubled": right + right,
            "lines": right + b"\n" + right,
            "trailing-text": right + b" x",
            "trailing-brace": right + b"}",
            "trailing-nul": right + b"\0",
            "list-cut-short": b"[" + right + b",",
        }
    requests = {name: bodies.request(operation, body, media_type) for name, body in texts.items()}
    # A body that does not say how long it is is a body all the same (RFC 9112, section 6.3).
    requests["open-brace-chunked"] = replace(requests["open-brace"], framing="chunked")
    yield from refused_cases(operation, family, requests.items())
