"""Values of answers that are longer than what stands for them in cases: requests are framed by what is sent."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from bothends.contract.requests.marks import filled
from bothends.records import Request
from tests.judged.project import Project
from tests.judged.test_transitions_by_links import SPEC

if TYPE_CHECKING:
    from pathlib import Path

_MARK = "~id.code.00000000~"


def sent(raw: str, value: str) -> str:
    """Return raw bytes with a value in place of the mark."""
    return (filled(Request("POST", "/", raw=raw.encode()), _MARK, value).raw or b"").decode()


def post(length: int, value: str, line: str = "Content-Length") -> str:
    """Return a request with a length and a body of a text."""
    return f'POST / HTTP/1.1\r\n{line}: {length}\r\n\r\n"{value}"'


def test_each_length_is_that_of_what_is_sent() -> None:
    """There may be several requests in a row, and chunks; a wrong length stays as wrong, a shorter one as it is."""
    value = "v" * 50
    assert post(52, value) * 2 == sent(post(20, _MARK) * 2, value)
    assert post(5, value) + post(53, value) == sent(post(5, _MARK) + post(21, _MARK), value)
    head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert f'{head}34\r\n"{value}"\r\n0\r\n\r\n' == sent(f'{head}14;a=b\r\n"{_MARK}"\r\n0\r\n\r\n', value).replace(
        ";a=b", ""
    )


def test_no_request_is_framed_wrongly(tmp_path: Path) -> None:
    """A right target that reads the next request where a body ends is accused of nothing."""
    project = Project(tmp_path, "invoices", SPEC, {"LONG": "1"}, top='operations = ["*"]')
    cases = ("framing/pay.two-in-a-row", "sizes/pay.*", "success/usual")
    report = project.verified(*(word for case in cases for word in ("--only", case)))
    assert (set(), set()) == (report.errors, report.warnings), report.text


@pytest.mark.parametrize(("said", "found"), [({"x-given": "wrong-state"}, set()), ({}, {"http-status"})])
def test_the_second_in_a_row_may_be_refused_as_the_contract_says(
    tmp_path: Path, said: dict[str, str], found: set[str]
) -> None:
    """It is about what the first has used up: the status for that is right, whichever it is."""
    spec = deepcopy(SPEC)
    pay = spec["paths"]["/payments"]["post"]
    del pay["x-transitions"], spec["paths"]["/invoices"]["post"]["x-transitions"]
    pay["responses"]["520"] = {"description": "It is paid.", **said}
    project = Project(tmp_path, "invoices", spec, {"REFUSAL": "520"}, top='operations = ["*"]')
    report = project.verified("--only", "framing/pay.two-in-a-row", "--only", "success/usual")
    assert found == report.errors | report.warnings, report.text
