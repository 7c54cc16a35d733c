"""The laws on exchanges taken together: whose event, from where, what is touched, what comes after."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.settings import EXACT_PATH, KEEPS_NO_COOKIES, REFUSES_FIRST, RETRIES_CLOSED, REUSES_CONNECTIONS
from bothends.laws import law_of, phantom
from bothends.laws.secrets import spellings
from bothends.records import CANARY, KEPT_COOKIE, MANY_IDLE, Credential, Exchange, NoAnswer, Severity
from tests.laws import kept

CLOCK = "/ts from clock.ms"
SESSION = "/user from session.user"
UPSTREAM = "/data/appSettings from upstream.settings"
ANOTHER = "another caller's values"


def event(number: int = 1, **changes: Any) -> Exchange:
    """Return the kept exchange with another event."""
    return kept.exchange(number, deliveries=(kept.delivery(number, event=kept.event(number, **changes)),))


def given_settings(value: Any) -> Exchange:
    """Return the kept exchange with other settings in its event."""
    return event(data={"appSettings": value})


def ts(milliseconds: Any) -> Exchange:
    """Return the kept exchange with another time, milliseconds after its start where it is a number."""
    return event(ts=int(kept.BEGAN * 1000) + milliseconds if type(milliseconds) is int else milliseconds)


AFTER = "after a fault of the ingest"
REDIRECTED: dict[str, Any] = {
    "family": "upstream-wrong",
    "given": ("the settings redirects with 302",),
    "statuses": frozenset({502}),
    "answer": kept.answer(502),
    "deliveries": (),
}
ELSEWHERE = kept.call(3, upstream=CANARY, value=None, status=404, request_line="GET /elsewhere")
TOLD_TO_GO = kept.call(2, value=None, status=302, fault="the settings redirects with 302")
TO_SETTINGS = "a key or secret of the target to settings"
TOLD_KEY = kept.call(headers=(("authorization", f"Bearer {kept.KEY}"),))
COOKIE_HEADER = (("content-type", "application/json"), ("cookie", kept.COOKIE))
RECOVERY: dict[str, Any] = {"family": "recovered", "name": "after the ingest hangs"}

BROKEN: list[tuple[str, Exchange, str]] = [
    ("own-event", event(user={**kept.user(), "name": kept.user(2)["name"]}), ANOTHER),
    ("own-event", event(data={"appSettings": kept.settings(), "by": kept.user(2)["email"]}), ANOTHER),
    ("own-event", kept.exchange(deliveries=(kept.delivery(), kept.delivery(2))), ANOTHER),
    ("provenance", ts(-1001), CLOCK),
    ("provenance", ts(1031), CLOCK),
    ("provenance", ts(int(-kept.BEGAN * 999)), CLOCK),
    ("provenance", ts(f"{kept.BEGAN:.0f}000"), CLOCK),
    ("provenance", ts(True), CLOCK),  # noqa: FBT003 -- a wrong value
    ("provenance", ts(None), CLOCK),
    ("provenance", event(user={**kept.user(), "image": ""}), SESSION),
    ("provenance", event(user={"name": kept.user()["name"], "email": kept.user()["email"]}), SESSION),
    ("provenance", event(user=None), SESSION),
    ("provenance", kept.exchange(session=None), SESSION),
    ("provenance", given_settings({**kept.settings(), "limit": 2}), UPSTREAM),
    ("provenance", given_settings({"appName": kept.settings()["appName"]}), UPSTREAM),
    ("provenance", given_settings({"error": "not found"}), UPSTREAM),
    ("provenance", given_settings(None), UPSTREAM),
    ("provenance", event(2, data={"appSettings": kept.settings(1)}), UPSTREAM),
    ("provenance", given_settings(kept.settings(9)), UPSTREAM),
    ("recovers", kept.exchange(**RECOVERY, answer=kept.answer(503)), "503"),
    ("recovers", kept.exchange(**RECOVERY, answer=kept.answer(204)), "204"),
    ("recovers", kept.exchange(**RECOVERY, answer=NoAnswer("timeout")), "timeout"),
    (
        "redirect-not-followed",
        kept.exchange(**REDIRECTED, calls=(kept.call(), ELSEWHERE)),
        "the settings",
    ),
    ("no-secret-upstream", kept.exchange(calls=(TOLD_KEY,)), f"{TO_SETTINGS} (authorization)"),
    ("no-secret-upstream", kept.exchange(calls=(kept.call(request_line=f"GET /?{kept.SECRET}"),)), TO_SETTINGS),
    (
        "no-secret-upstream",
        kept.exchange(deliveries=(kept.delivery(headers=COOKIE_HEADER),)),
        "the caller's session cookie to the ingest",
    ),
    ("untouched-when-refused", kept.refused(calls=(kept.call(), kept.call(2))), "settings"),
    ("untouched-when-refused", kept.refused(deliveries=(kept.delivery(),)), "the ingest"),
    (
        "untouched-when-refused",
        kept.refused(calls=(kept.call(),), deliveries=(kept.unstored(),)),
        "settings, the ingest",
    ),
]


@pytest.mark.parametrize(("law", "exchange", "cause"), BROKEN, ids=[f"{law}: {cause}" for law, _, cause in BROKEN])
def test_what_does_not_belong_together_is_one_breach(law: str, exchange: Exchange, cause: str) -> None:
    """Each way to be wrong is told once, by the law that is about it."""
    assert [cause] == kept.causes(law, exchange)


# What each law has nothing to say about.
SILENT: list[tuple[str, Exchange]] = [
    ("own-event", kept.exchange(deliveries=())),
    ("own-event", kept.exchange(session=None)),
    ("provenance", kept.exchange(deliveries=())),
    ("provenance", kept.exchange(deliveries=(kept.unstored(event=None, payload=None),))),
    ("provenance", kept.exchange(deliveries=(kept.unstored(event=None, payload=[]),))),
    ("recovers", kept.exchange()),
    ("redirect-not-followed", kept.exchange()),
    ("no-secret-upstream", kept.exchange(calls=(), deliveries=())),
    ("untouched-when-refused", kept.exchange()),
    ("untouched-when-refused", kept.refused(answer=NoAnswer("reset"), calls=(kept.call(),))),
    ("untouched-when-refused", kept.refused(answer=kept.answer(200), calls=(kept.call(),))),
]


@pytest.mark.parametrize(("law", "exchange"), SILENT)
def test_a_law_is_silent_on_what_it_is_not_about(law: str, exchange: Exchange) -> None:
    """None means that there was nothing to judge, so that no tally counts it as kept."""
    assert kept.judge(law, exchange) is None


# Near misses: judged, and right.
KEPT: list[tuple[str, Exchange]] = [
    ("own-event", event(user={"name": "Zoë"})),
    ("own-event", kept.exchange(deliveries=(kept.delivery(payload=[kept.event(), kept.event(2)]),))),
    ("own-event", kept.exchange(deliveries=(kept.unstored(event=None, payload=None),))),
    ("provenance", ts(-1000)),
    ("provenance", ts(1030)),
    ("provenance", kept.exchange(deliveries=(kept.unstored(),))),
    ("recovers", kept.exchange(**RECOVERY)),
    ("redirect-not-followed", kept.exchange(**REDIRECTED, calls=(TOLD_TO_GO,))),
    ("no-secret-upstream", kept.exchange()),
    ("no-secret-upstream", kept.exchange(calls=(kept.call(headers=COOKIE_HEADER),))),
    ("untouched-when-refused", kept.refused()),
]


@pytest.mark.parametrize(("law", "exchange"), KEPT)
def test_a_near_miss_is_no_breach(law: str, exchange: Exchange) -> None:
    """What only looks wrong is judged, and found right."""
    assert [] == kept.judge(law, exchange)


@given(st.integers(-1000, 1030))
def test_any_time_within_the_exchange_and_its_slack_is_right(milliseconds: int) -> None:
    """A second on either side is given to clocks that tell whole seconds."""
    assert [] == kept.judge("provenance", ts(milliseconds))


@given(st.integers() | st.floats(allow_nan=False))
def test_any_time_outside_of_it_is_wrong(value: float) -> None:
    """No number but those within the slack is the time of the request in milliseconds."""
    inside = (kept.BEGAN - 1) * 1000 <= value <= (kept.BEGAN + 1.03) * 1000
    assert ([] if inside else [CLOCK]) == kept.causes("provenance", event(ts=value))


@pytest.mark.parametrize(
    ("judged", "where"),
    [
        (given_settings({**kept.settings(), "limit": 2}), "altered"),
        (given_settings({"appName": kept.settings()["appName"]}), "altered"),
        (given_settings({"error": "not found"}), "foreign"),
        (given_settings(None), "foreign"),
        (event(2, data={"appSettings": kept.settings(1)}), "stale"),
        (given_settings(kept.settings(9)), "stale"),
    ],
)
def test_it_is_told_where_a_value_comes_from(judged: Exchange, where: str) -> None:
    """It is one cause, and a person is told which of three ways to be wrong it is."""
    assert [where] == where_from(judged)


def where_from(judged: Exchange, **changes: Any) -> list[str]:
    """Return where a value comes from that is not an upstream's answer to this request, as the summaries say."""
    told = kept.judge("provenance", judged, **changes) or ()
    return [breach.summary.rpartition("(")[2].rstrip(").") for breach in told]


def test_the_settings_of_a_forgotten_call_are_stale() -> None:
    """A mark proves that the value was given in this run, even when the call is no longer remembered."""
    assert ["stale"] == where_from(kept.exchange(), calls={})


def test_the_answer_of_another_upstream_is_no_answer_of_this_one() -> None:
    """A value must come from the upstream that the contract names."""
    calls = {1: kept.call(upstream="flags")}
    assert ["altered"] == where_from(kept.exchange(), calls=calls)


def test_an_answer_that_was_coalesced_is_of_each_exchange_that_waited_for_it() -> None:
    """An answer counts when it was under way at any moment of the exchange."""
    long = kept.call(began=kept.BEGAN - 1, ended=kept.BEGAN)
    assert [] == kept.judge("provenance", kept.exchange(), calls={1: long})
    over = replace(long, ended=kept.BEGAN - 0.001)
    assert ["stale"] == where_from(kept.exchange(), calls={1: over})


def test_an_answer_of_another_request_is_not_this_ones() -> None:
    """It was given within the exchange, and is another's all the same; other upstreams' answers are not concerned."""
    assert ["another request's"] == where_from(kept.exchange(), misplaced=frozenset({(1, "settings")}))
    assert [] == kept.causes("provenance", kept.exchange(), misplaced=frozenset({(1, "other"), (2, "settings")}))


def test_swapped_events_are_told_of_both_callers() -> None:
    """Of a swap, one caller has two events and the other none; both are the same finding."""
    two = kept.exchange(deliveries=(kept.delivery(), kept.delivery(2)))
    none = kept.exchange(2, deliveries=())
    swapped = {1: (2,), 2: (1,)}
    assert ["another caller's event"] == kept.causes("own-event", two, swapped=swapped)
    breaches = kept.judge("own-event", none, swapped=swapped)
    assert breaches is not None
    assert "no event for this caller, several for another concurrent caller" == breaches[0].actual


def test_a_phantom_names_no_exchange() -> None:
    """It shows what arrived: the event, else the body that has none."""
    breach = phantom(kept.delivery(event={"name": "x"}))
    assert ("no-phantom", Severity.ERROR, None, '{"name": "x"}') == (
        breach.law,
        breach.severity,
        breach.exchange,
        breach.actual,
    )
    assert "[]" == phantom(kept.unstored(event=None, payload=[])).actual


def test_what_a_followed_redirect_gave_away_is_told() -> None:
    """A key and a cookie that went elsewhere make it worse, and are named."""
    told = replace(ELSEWHERE, headers=(("cookie", kept.COOKIE), ("x-key", kept.KEY)))
    (plain,), (worse,) = (
        kept.judge("redirect-not-followed", kept.exchange(**REDIRECTED, calls=(call,))) or []
        for call in (ELSEWHERE, told)
    )
    assert "GET /elsewhere to another address" == plain.actual
    assert (
        f"{plain.actual}, which reveals a key or secret of the target and the caller's session cookie" == worse.actual
    )


@pytest.mark.parametrize(
    ("status", "told"), [("302", ""), ("303", ", as the ingest redirects with 303 by then")], ids=["its own", "another"]
)
def test_a_redirect_that_is_of_another_case_is_told(status: str, told: str) -> None:
    """An event that comes late is redirected by the fault of that time: who tries that of its case sees nothing."""
    delivery = kept.unstored(fault=f"the ingest redirects with {status}", status=int(status))
    call = replace(ELSEWHERE, post=delivery.post)
    given = {**REDIRECTED, "given": ("the ingest redirects with 302",), "deliveries": (delivery,), "calls": (call,)}
    (breach,) = kept.judge("redirect-not-followed", kept.exchange(**given)) or []
    assert f"GET /elsewhere to another address{told}" == breach.actual


def test_what_is_refused_and_yet_calls_is_a_warning() -> None:
    """It costs the upstream, and breaks no promise to the caller."""
    law = law_of("untouched-when-refused")
    assert Severity.WARNING is law.severity
    assert None is kept.judge("refuses-first", kept.refused(calls=(kept.call(),)))


def test_who_promises_to_refuse_first_is_held_to_it() -> None:
    """Then it is an error, told once."""
    calling = kept.refused(calls=(kept.call(),))
    assert ["settings"] == kept.causes("refuses-first", calling, guarantees=frozenset({REFUSES_FIRST}))
    assert [] == kept.judge("refuses-first", kept.refused(), guarantees=frozenset({REFUSES_FIRST}))
    assert None is kept.judge("untouched-when-refused", calling, guarantees=frozenset({REFUSES_FIRST}))


def promising(promise: str, promised: frozenset[int], exchange: Exchange) -> Exchange:
    """Return an exchange whose case leaves something open, which a target may promise."""
    expect = replace(exchange.case.expect, promise=promise, promised=promised)
    return replace(exchange, case=replace(exchange.case, expect=expect))


def test_what_is_left_open_is_held_to_the_promise() -> None:
    """Where it is made, that is an error; where it is not, nothing is said."""
    served = promising(EXACT_PATH, frozenset({404}), kept.exchange())
    assert ["exact_path"] == kept.causes("as-promised", served, guarantees=frozenset({EXACT_PATH}))
    assert None is kept.judge("as-promised", served, guarantees=frozenset({RETRIES_CLOSED}))
    assert [] == kept.judge("as-promised", replace(served, answer=kept.answer(404)), guarantees=frozenset({EXACT_PATH}))


def test_no_answer_keeps_a_promise_to_refuse_and_none_to_serve() -> None:
    """A connection that is closed refuses too; who is to be served has an answer."""
    gone = kept.exchange(answer=NoAnswer("closed"))
    refused, served = promising(EXACT_PATH, frozenset({404}), gone), promising(RETRIES_CLOSED, frozenset({200}), gone)
    promises = frozenset({EXACT_PATH, RETRIES_CLOSED})
    assert [] == kept.judge("as-promised", refused, guarantees=promises)
    assert ["retries_closed"] == kept.causes("as-promised", served, guarantees=promises)


def test_a_cookie_that_was_kept_is_told_of_whoever_gets_it() -> None:
    """An upstream and the ingest alike; the caller's own cookies are another law's."""
    headers = (("cookie", f"{KEPT_COOKIE}=1"),)
    sent = kept.exchange(calls=(kept.call(headers=headers),), deliveries=(kept.delivery(headers=headers),))
    promises = frozenset({KEEPS_NO_COOKIES})
    assert ["cookie to the ingest", "cookie to settings"] == kept.causes("keeps-no-cookies", sent, guarantees=promises)
    assert [] == kept.judge("keeps-no-cookies", kept.exchange(), guarantees=promises)
    assert None is kept.judge("keeps-no-cookies", sent)


def test_connections_that_lie_idle_are_told_of_once_they_are_many() -> None:
    """Fewer are a pool's, which has as many as there were requests at once; the upstream that has most is named."""
    promises = frozenset({REUSES_CONNECTIONS})
    many = kept.exchange(
        calls=(kept.call(idle_beside=MANY_IDLE),), deliveries=(kept.delivery(idle_beside=MANY_IDLE + 1),)
    )
    breaches = kept.judge("reuses-connections", many, guarantees=promises) or []
    told = f"The target opened a new connection to the ingest while {MANY_IDLE + 1} were idle."
    assert [told] == [breach.summary for breach in breaches]
    few = kept.exchange(calls=(kept.call(idle_beside=MANY_IDLE - 1),))
    assert [] == kept.judge("reuses-connections", few, guarantees=promises)
    assert None is kept.judge("reuses-connections", kept.refused(), guarantees=promises)
    assert None is kept.judge("reuses-connections", many)


def test_a_session_goes_where_the_contract_lets_it() -> None:
    """A route may ask a part of its own site on the caller's behalf, unless the settings say that it does not."""
    told = kept.exchange(calls=(kept.call(headers=COOKIE_HEADER),))
    assert [] == kept.judge("no-secret-upstream", told, sessionless=frozenset({"plans"}))
    cause = "the caller's session cookie to settings"
    assert [cause] == kept.causes("no-secret-upstream", told, sessionless=frozenset({"settings"}))


@given(st.text(st.characters(codec="utf-8"), max_size=9), st.text(st.characters(codec="utf-8"), max_size=9))
def test_an_encoded_secret_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    """Base64 in either alphabet, hexadecimal and percent-encoding hide nothing, wherever the secret begins."""
    secret = "s3cret/key?of~the=route"
    octets = f"{before}{secret}{after}".encode()
    for text in (
        base64.b64encode(octets).decode(),
        base64.urlsafe_b64encode(octets).decode().rstrip("="),
        octets.hex(),
        octets.hex().upper(),
        quote(octets, safe=""),
    ):
        assert any(spelling in text for spelling in spellings(secret))


@given(st.binary(max_size=200))
def test_other_octets_hold_no_secret(octets: bytes) -> None:
    """What is no secret has no spelling of one."""
    text = base64.b64encode(octets).decode() + octets.hex() + quote(octets)
    assert [] == [spelling for spelling in spellings(kept.SECRET) if spelling in text]


def test_what_an_upstream_says_again_was_given_within_the_exchange() -> None:
    """The mark in it is that of the first time; it is stale only where it was not said again."""
    first = kept.call(ended=kept.BEGAN - 1, began=kept.BEGAN - 2)
    again = kept.call(2, began=kept.BEGAN + 0.01, ended=kept.BEGAN + 0.02, value=kept.settings(1))
    assert [] == kept.judge("provenance", kept.exchange(), calls={1: first, 2: again})
    assert ["stale"] == where_from(kept.exchange(), calls={1: first})


def test_nobody_s_event_is_one_finding() -> None:
    """Where nobody was to be let in, it is the status that is wrong, and not whose name the event bears."""
    let_in = kept.exchange(session=None, refused=True, statuses=frozenset({401}), given=("signed out",))
    assert [] == kept.judge("provenance", let_in)
    assert kept.judge("family-status", let_in)


def test_where_nobody_is_signed_in_the_event_says_nobody() -> None:
    """By nothing, or by null, where nobody has to sign in; and not by a user, whatever wrong credential was shown."""
    assert [] == kept.judge("provenance", replace(event(user=None), session=None))
    wrong = Credential(right=False, caller=1, schemes=("session",), invalid_schemes=("session",))
    assert ["/user from session.user"] == kept.causes("provenance", kept.exchange(session=None, credential=wrong))
    unnamed = Credential(right=True, caller=1, schemes=("session",))
    assert [] == kept.judge("provenance", kept.exchange(session=None, credential=unnamed))


def test_an_array_of_wrong_events_is_wrong_once() -> None:
    """Which of them it is makes no other cause of it; and events that came together are looked at once."""
    many = [kept.event(user={"name": "Nobody", "email": None, "image": None}) for _ in range(50)]
    sent = tuple(kept.delivery(number=n, post=1, payload=many, event=one) for n, one in enumerate(many, 1))
    assert ["/user from session.user"] == kept.causes("provenance", kept.exchange(deliveries=sent))
