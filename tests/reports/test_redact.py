"""Secrets, keys and cookies never reach a report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from bothends.hiding import HIDDEN
from bothends.records import Breach, Cause, Severity
from bothends.reports import Redactor
from bothends.reports.sanitize import cookies_of

if TYPE_CHECKING:
    from tests.reports.conftest import Samples

SECRETS = st.text(st.characters(codec="utf-8"), min_size=8)


@given(st.text(), SECRETS, st.text())
def test_a_secret_is_hidden_wherever_it_stands(before: str, secret: str, after: str) -> None:
    """No text around a secret keeps it in sight: plain, in a URL or in JSON."""
    redactor = Redactor([secret])
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert HIDDEN in redactor.text(f"{before}{form}{after}")
        assert HIDDEN in json.dumps(redactor.value({before: [form, {form: 1}]}))


def test_a_short_secret_is_hidden_only_as_a_word() -> None:
    """The key `dev` does not turn `development` into a riddle."""
    assert "/e/[hidden] is development, not [hidden]" == Redactor(["dev"]).text("/e/dev is development, not dev")


def test_the_longest_secret_is_hidden_first() -> None:
    """No part of a longer secret is left over by a shorter one."""
    assert "[hidden]" == Redactor(["secret-key", "secret-key-2026"]).text("secret-key-2026")


def test_without_secrets_tokens_are_hidden_all_the_same(samples: Samples) -> None:
    """A compact JWE or JWS is known by its shape, and an empty secret hides nothing."""
    assert "cookie [hidden]; name Ada" == Redactor([""]).text(f"cookie {samples.cookie}; name Ada")


def test_headers_that_carry_credentials_are_hidden() -> None:
    """Cookies and credentials are hidden whatever their value is, and the other headers stay."""
    headers = [("Cookie", "a=b"), ("set-cookie", "c=d"), ("Authorization", "Basic x"), ("Accept", "*/*")]
    assert [HIDDEN, HIDDEN, HIDDEN, "*/*"] == [value for _, value in Redactor().headers(headers)]


def test_the_cookies_of_an_exchange_are_known(samples: Samples) -> None:
    """Each cookie that could hold a session is returned; a flag of a few letters is not."""
    exchange = samples.exchange()
    sent = replace(exchange.sent, headers=(("Cookie", f"theme=dark; s.0={samples.cookie}; s.1=0123456789abcdef"),))
    assert [samples.cookie, "0123456789abcdef"] == cookies_of(replace(exchange, sent=sent))


def test_without_an_exchange_there_are_no_cookies() -> None:
    """A phantom names no exchange."""
    assert [] == cookies_of(Breach("no-phantom", Severity.ERROR, Cause(""), "", "", "", None).exchange)


@given(st.text(), st.lists(SECRETS, min_size=1, max_size=3), st.text())
def test_cookies_are_hidden_as_well_as_secrets_are(before: str, cookies: list[str], after: str) -> None:
    """What is added for one exchange is hidden in each of its forms, and what was known stays hidden."""
    redactor = Redactor(["the-event-key"]).also(cookies[:1]).also(cookies[1:])
    for cookie in cookies:
        for form in (cookie, quote(cookie, safe=""), json.dumps(cookie)[1:-1]):
            assert HIDDEN in redactor.text(f"{before}{form}{after}")
    assert HIDDEN in redactor.text(f"{before}the-event-key{after}") or any(one in "the-event-key" for one in cookies)


def test_what_is_as_short_as_chance_hides_nothing() -> None:
    """A credential of one letter would make a riddle of each sentence."""
    assert "a request" == Redactor(["a"]).also(["re"]).text("a request")


def test_what_is_added_may_be_short_or_a_part() -> None:
    """A part of a known secret leaves no rest of it in sight, and a short one is hidden only as a word."""
    assert "[hidden]" == Redactor(["the-event-key-0123"]).also(["event-key"]).text("the-event-key-0123")
    assert "[hidden], development" == Redactor(["0123456789"]).also(["dev", ""]).text("dev, development")
