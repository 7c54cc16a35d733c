"""The vendors' own libraries beside the laws: both take what the target signs, and refuse what was tampered with.

A row is one way to tamper. Where a library and the laws differ, the row says what the document says. The laws judge by
the documents: a library may forgive what another receiver refuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from standardwebhooks.webhooks import Webhook

from bothends.contract.tables import SIGNATURES, Signature
from bothends.laws import Law, all_laws
from bothends.world.http import Received
from bothends.world.ingests.signed import SignedRequests
from tests.laws import kept
from tests.signatures import signer

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b'{"order": "order-1", "item": "\xc3\xa4pfel", "price": 1.50}'
MESSAGE = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
TOKEN = "It's a Secret to Everybody"
AUTHENTIC, TIMESTAMP = "authentic", "signature-timestamp"
LAWS: dict[str, Law] = {law.name: law for law in all_laws() if law.name in {AUTHENTIC, TIMESTAMP}}


@dataclass(frozen=True)
class Sent:
    """A delivery.

    Attributes:
        headers: Its headers.
        body: Its body.
    """

    headers: dict[str, str]
    body: bytes = BODY

    def with_(self, name: str, change: Callable[[str], str]) -> Sent:
        """Return it with another value of a header."""
        return Sent({**self.headers, name: change(self.headers[name])}, self.body)

    def without(self, name: str) -> Sent:
        """Return it without a header."""
        return Sent({key: value for key, value in self.headers.items() if key != name}, self.body)


class Row(NamedTuple):
    """One way to tamper.

    Attributes:
        how: It in words.
        sent: What arrives, made when it is sent: the libraries look at the clock.
        law: The law that it breaks; empty: none.
        library: Whether the vendor's library takes it; None: it raises an error that is not its own.
        says: Where they differ, what the document says.
    """

    how: str
    sent: Callable[[], Sent]
    law: str = AUTHENTIC
    library: bool | None = False
    says: str = ""


# The right deliveries.


def standard(bug: str = "", at: float = 0.0, secrets: tuple[str, ...] = (SECRET,), body: bytes = BODY) -> Sent:
    """Return a delivery that is signed as Standard Webhooks has it."""
    return Sent(signer.standard_webhooks(list(secrets), body, MESSAGE, time.time() + at, bug=bug), body)


def of_stripe(bug: str = "", at: float = 0.0, secrets: tuple[str, ...] = (SECRET,), body: bytes = BODY) -> Sent:
    """Return a delivery that is signed as Stripe does."""
    return Sent(signer.stripe(list(secrets), body, time.time() + at, bug), body)


def of_github(bug: str = "", secret: str = TOKEN, body: bytes = BODY) -> Sent:
    """Return a delivery that is signed as GitHub does."""
    return Sent(signer.github(secret, body, bug), body)


def other_timestamp(form: str) -> Sent:
    """Return a delivery of Standard Webhooks with a timestamp in another form, which is signed as it should be."""
    return standard().with_("webhook-timestamp", form.format)


def own_timestamp(form: str) -> Sent:
    """Return a delivery of Standard Webhooks that signs a timestamp in another form."""
    stamp = form.format(int(time.time()))
    code = signer.standard(SECRET, f"{MESSAGE}.{stamp}.".encode() + BODY)
    return Sent({"webhook-id": MESSAGE, "webhook-timestamp": stamp, "webhook-signature": code})


ID, WHEN, SIGNED = "webhook-id", "webhook-timestamp", "webhook-signature"
LIST = "it is a space delimited list of signatures, each a version, a comma and base64"
INTEGER = "`webhook-timestamp`: integer unix timestamp (seconds since epoch)"
STANDARD = [
    Row("the body has one more space", lambda: Sent(standard().headers, BODY + b" ")),
    Row("the body is serialized again", lambda: standard("serialized-again")),
    Row("the body is cut", lambda: Sent(standard().headers, BODY[:-1])),
    Row("the body is another one", lambda: Sent(standard().headers, BODY.replace(b"1.50", b"9.50"))),
    Row("the body is not signed", lambda: standard("body-not-signed")),
    Row("the body alone is signed", lambda: standard("body-alone")),
    Row("the ID is another one", lambda: standard().with_(ID, lambda value: value + "x")),
    Row("the timestamp is a second later", lambda: standard().with_(WHEN, lambda value: str(int(value) + 1))),
    Row("the secret is another one", lambda: standard(secrets=(OTHER,))),
    Row("the secret is used as a text", lambda: standard("secret-as-text")),
    Row("no ID", lambda: standard("no-id")),
    Row("no timestamp", lambda: standard("no-timestamp")),
    Row("no signature", lambda: standard("no-signature")),
    Row("an empty ID", lambda: standard().with_(ID, lambda _: "")),
    Row("an empty timestamp", lambda: standard().with_(WHEN, lambda _: "")),
    Row("an empty signature", lambda: standard().with_(SIGNED, lambda _: "")),
    Row("a timestamp in words", lambda: standard().with_(WHEN, lambda _: "2026-11-26T12:00:00Z")),
    Row("old", lambda: standard(at=-400), TIMESTAMP),
    Row("in the future", lambda: standard(at=400), TIMESTAMP),
    Row("in milliseconds", lambda: standard("milliseconds"), TIMESTAMP),
    Row(
        "the signature of another delivery",
        lambda: standard().with_(SIGNED, lambda _: standard(at=-9).headers[SIGNED]),
    ),
    Row("another character in the signature", lambda: standard().with_(SIGNED, flipped)),
    Row("half of the signature", lambda: standard().with_(SIGNED, lambda value: "v1," + value[3:23])),
    Row("an unknown version", lambda: standard().with_(SIGNED, lambda value: value.replace("v1,", "v2,"))),
    Row("the version in capitals", lambda: standard().with_(SIGNED, lambda value: value.replace("v1,", "V1,"))),
    Row("hexadecimal", lambda: standard("hex")),
    Row("no version", lambda: standard().with_(SIGNED, lambda value: value[3:]), library=None, says=LIST),
    Row("no padding", lambda: standard().with_(SIGNED, lambda value: value.rstrip("=")), library=None, says=LIST),
    Row("two spaces", lambda: standard().with_(SIGNED, lambda value: f"v1a,eA==  {value}"), library=None, says=LIST),
    Row("commas", lambda: standard("commas", secrets=(SECRET, OTHER)), library=None, says=LIST),
    Row("a malformed entry after it", lambda: standard().with_(SIGNED, lambda v: v + " v1"), library=True, says=LIST),
    Row("Base64 with other characters", lambda: standard().with_(SIGNED, dotted), library=True, says=LIST),
    Row("a fraction in the timestamp", lambda: other_timestamp("{}.5"), library=True, says=INTEGER),
    Row("a sign before the timestamp", lambda: other_timestamp("+{}"), library=True, says=INTEGER),
    Row("a float", lambda: own_timestamp("{}.0"), says=INTEGER),
    Row(
        "a body that is not UTF-8",
        lambda: standard(body=b"\xff\xfe"),
        law="",
        library=None,
        says="other content types than JSON can be used",
    ),
]
STAMPED = "Stripe-Signature"
PAIRS = "it has one t= and one or more v1=, parted by commas"
TOLERANCE = "the tolerance is between the timestamp and the current time: it holds for both directions"
STRIPE = [
    Row("the body has one more space", lambda: Sent(of_stripe().headers, BODY + b" ")),
    Row("the body is serialized again", lambda: of_stripe("serialized-again")),
    Row("the body is cut", lambda: Sent(of_stripe().headers, BODY[:-1])),
    Row("the body alone is signed", lambda: of_stripe("body-alone")),
    Row("the timestamp is a second later", lambda: of_stripe().with_(STAMPED, later)),
    Row("the secret is another one", lambda: of_stripe(secrets=(OTHER,))),
    Row("the secret is decoded", lambda: of_stripe("secret-decoded")),
    Row("no header", lambda: of_stripe("no-signature")),
    Row("an empty header", lambda: of_stripe().with_(STAMPED, lambda _: "")),
    Row("no timestamp", lambda: of_stripe().with_(STAMPED, lambda value: value.partition(",")[2])),
    Row("no signature", lambda: of_stripe().with_(STAMPED, lambda value: value.partition(",")[0])),
    Row("another scheme", lambda: of_stripe().with_(STAMPED, lambda value: value.replace("v1=", "v0="))),
    Row("a timestamp in words", lambda: of_stripe().with_(STAMPED, lambda value: value.replace("t=", "t=at "))),
    Row("old", lambda: of_stripe(at=-400), TIMESTAMP),
    Row("Base64", lambda: of_stripe("base64")),
    Row("capitals", lambda: of_stripe().with_(STAMPED, capitals)),
    Row("half of the signature", lambda: of_stripe().with_(STAMPED, lambda value: value[:-32])),
    Row("another digit in the signature", lambda: of_stripe().with_(STAMPED, flipped)),
    Row("a space after the comma", lambda: of_stripe().with_(STAMPED, lambda value: value.replace(",", ", "))),
    Row("in the future", lambda: of_stripe(at=400), TIMESTAMP, library=True, says=TOLERANCE),
    Row("in milliseconds", lambda: of_stripe("milliseconds"), TIMESTAMP, library=True, says=TOLERANCE),
    Row("two timestamps", lambda: of_stripe().with_(STAMPED, lambda value: f"{value},t=1"), library=True, says=PAIRS),
    Row(
        "an element without =", lambda: of_stripe().with_(STAMPED, lambda value: f"{value},x"), library=True, says=PAIRS
    ),
    Row("a second = ", lambda: of_stripe().with_(STAMPED, lambda value: f"{value}=x"), library=True, says=PAIRS),
    Row(
        "a space before the time",
        lambda: of_stripe().with_(STAMPED, lambda v: v.replace("t=", "t= ")),
        library=True,
        says=PAIRS,
    ),
    Row(
        "a body that is not UTF-8",
        lambda: of_stripe(body=b"\xff\xfe"),
        law="",
        library=None,
        says="the signed text is the timestamp, a dot and the body of the request",
    ),
]
HUB = "X-Hub-Signature-256"
GITHUB = [
    Row("the body has one more space", lambda: Sent(of_github().headers, BODY + b" ")),
    Row("the body is serialized again", lambda: of_github("serialized-again")),
    Row("the body is cut", lambda: Sent(of_github().headers, BODY[:-1])),
    Row("the secret is another one", lambda: of_github(secret=TOKEN.lower())),
    Row("no header", lambda: of_github("no-signature")),
    Row("an empty header", lambda: of_github().with_(HUB, lambda _: "")),
    Row("no prefix", lambda: of_github("no-prefix")),
    Row("the prefix of SHA-1", lambda: of_github().with_(HUB, lambda value: value.replace("256", "1"))),
    Row("capitals", lambda: of_github().with_(HUB, lambda value: "sha256=" + value[7:].upper())),
    Row("the prefix in capitals", lambda: of_github().with_(HUB, lambda value: value.replace("sha", "SHA"))),
    Row("half of the signature", lambda: of_github().with_(HUB, lambda value: value[:-32])),
    Row("another digit in the signature", lambda: of_github().with_(HUB, flipped)),
    Row("two signatures", lambda: of_github().with_(HUB, lambda value: f"{value},{value}")),
    Row("the header of SHA-1 alone", lambda: Sent({"X-Hub-Signature": sha1()})),
    Row(
        "Base64", lambda: of_github().with_(HUB, lambda v: "sha256=" + base64.b64encode(bytes.fromhex(v[7:])).decode())
    ),
]


def flipped(value: str) -> str:
    """Return a value with another character in the middle of its end."""
    place = len(value) - 9
    return value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]


def dotted(value: str) -> str:
    """Return a signature with dots in its Base64, which Python passes over."""
    return f"{value[:9]}..{value[9:]}"


def later(value: str) -> str:
    """Return Stripe's header with a timestamp a second later."""
    stamp, _, rest = value.partition(",")
    return f"t={int(stamp[2:]) + 1},{rest}"


def capitals(value: str) -> str:
    """Return Stripe's header with the signature in capitals."""
    stamp, _, rest = value.partition("v1=")
    return f"{stamp}v1={rest.upper()}"


def sha1() -> str:
    """Return GitHub's older signature."""
    return "sha1=" + hmac.new(TOKEN.encode(), BODY, hashlib.sha1).hexdigest()


# The libraries.


def by_standard(sent: Sent) -> bool | None:
    """Ask the library of Standard Webhooks, and that of Svix, which says the same."""
    from svix.webhooks import Webhook as SvixWebhook  # noqa: PLC0415 -- it loads slowly, and each worker collects this

    answers = {_asked(lambda: Webhook(SECRET).verify(sent.body, sent.headers, json_parse=False))}
    svix = Sent({name.replace("webhook-", "svix-"): value for name, value in sent.headers.items()})
    answers.add(_asked(lambda: SvixWebhook(SECRET).verify(sent.body, svix.headers)))
    (answer,) = answers
    return answer


def by_stripe(sent: Sent) -> bool | None:
    """Ask Stripe's library."""
    import stripe  # noqa: PLC0415 -- likewise

    header = sent.headers.get(STAMPED)
    return _asked(lambda: stripe.WebhookSignature.verify_header(sent.body, header, SECRET, tolerance=300))


def by_github(sent: Sent) -> bool | None:
    """Do what GitHub's documents show: compare the header with `sha256=` and the digest."""
    right = "sha256=" + hmac.new(TOKEN.encode(), sent.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, sent.headers.get(HUB, ""))


_OWN = {"WebhookVerificationError", "SignatureVerificationError"}


def _asked(verify: Callable[[], Any]) -> bool | None:
    try:
        verify()
    except Exception as error:  # noqa: BLE001 -- the library's errors are what is asked for
        return False if type(error).__name__ in _OWN else None
    return True


# The laws.


def broken(scheme: Signature, sent: Sent) -> list[str]:
    """Return the laws that a delivery breaks."""
    now = time.time()
    headers = tuple((name.lower(), value) for name, value in sent.headers.items())
    check = SignedRequests(scheme).check(Received("POST", "/hook", headers, sent.body, at=now), 1)
    exchange = kept.exchange(deliveries=(kept.delivery(received=now, settled=now, signature=check),))
    return [name for name, law in LAWS.items() if law.breaches(exchange, kept.law_context())]


@dataclass(frozen=True)
class Vendor:
    """A scheme, its library, and the ways to tamper.

    Attributes:
        right: Returns a right delivery.
        library: Whether the library takes one.
        table: The scheme's settings.
        rows: The ways to tamper.
        more: Other right deliveries.
    """

    right: Callable[[], Sent]
    library: Callable[[Sent], bool | None]
    table: dict[str, Any]
    rows: list[Row]
    more: list[Callable[[], Sent]] = field(default_factory=list)


VENDORS = {
    "standard-webhooks": Vendor(
        standard,
        by_standard,
        {"secret": SECRET},
        STANDARD,
        [
            lambda: standard().with_(SIGNED, lambda value: f"v1a,{'A' * 86}== {value}"),
            lambda: standard().with_(SIGNED, lambda value: f"{value} v2,anything"),
            lambda: standard(secrets=(OTHER, SECRET)),
            lambda: Sent({name.title(): value for name, value in standard().headers.items()}),
            lambda: standard(at=-290),
            lambda: standard(at=290),
        ],
    ),
    "stripe": Vendor(
        of_stripe,
        by_stripe,
        {"secret": SECRET},
        STRIPE,
        [
            lambda: of_stripe().with_(STAMPED, lambda value: f"{value},v0=abc"),
            lambda: of_stripe(secrets=(OTHER, SECRET)),
            lambda: of_stripe().with_(STAMPED, lambda value: ",".join(reversed(value.split(",")))),
            lambda: of_stripe(at=-290),
        ],
    ),
    "github": Vendor(of_github, by_github, {"secret": TOKEN}, GITHUB, [lambda: of_github(body=b"\xff\xfe")]),
}
ROWS = [(vendor, row) for vendor, each in VENDORS.items() for row in each.rows]


def scheme_of(vendor: str, **more: Any) -> Signature:
    """Return a scheme as the settings ask for it."""
    kind = SIGNATURES.get(vendor)
    assert issubclass(kind, Signature)
    return kind.of(**VENDORS[vendor].table, **more)


@pytest.mark.parametrize("vendor", VENDORS)
def test_library_and_laws_take_what_is_right(vendor: str) -> None:
    """What the target signs, and what the document allows besides: other versions, another order, a rotation."""
    known = VENDORS[vendor]
    for right in (known.right, *known.more):
        sent = right()
        assert (True, []) == (known.library(sent), broken(scheme_of(vendor), sent)), sent


@pytest.mark.parametrize(("vendor", "row"), ROWS, ids=[f"{vendor}: {row.how}" for vendor, row in ROWS])
def test_what_is_tampered_with(vendor: str, row: Row) -> None:
    """The laws judge by the document; the library agrees, or the row says what the document says."""
    sent = row.sent()
    seen = (VENDORS[vendor].library(sent), broken(scheme_of(vendor), sent))
    assert (row.library, [row.law] if row.law else []) == seen
    # A library that raises another error than its own refuses as well.
    assert bool(row.law) == (not row.library) or row.says


def test_how_many_are_refused_by_both() -> None:
    """Of each vendor more than ten, and more than forty in all."""
    by_vendor = {name: sum(bool(row.law) and not row.library for row in each.rows) for name, each in VENDORS.items()}
    assert all(count > 10 for count in by_vendor.values()), by_vendor
    assert sum(by_vendor.values()) >= 40


@pytest.mark.parametrize("vendor", ["standard-webhooks", "stripe"])
def test_each_secret_in_force_signs(vendor: str) -> None:
    """Where both secrets are in force, one signature is not enough, though a receiver with that secret takes it."""
    both = scheme_of(vendor)
    both = type(both).of(secrets=[SECRET, OTHER])
    sign = standard if vendor == "standard-webhooks" else of_stripe
    assert [] == broken(both, sign(secrets=(SECRET, OTHER)))
    assert [] == broken(both, sign(secrets=(OTHER, SECRET)))
    assert [AUTHENTIC] == broken(both, sign(secrets=(SECRET,)))
    assert VENDORS[vendor].library(sign(secrets=(SECRET,)))


def test_asymmetric_signatures() -> None:
    """`v1a` is Ed25519 over the same bytes; the library has none, so the document alone says what is right."""
    scheme = SIGNATURES.get("standard-webhooks")
    assert issubclass(scheme, Signature)
    made = scheme.of(version="v1a")
    secret, public = made.variables()["secret"], made.variables()["public_key"]
    assert ("whsk_", "whpk_") == (secret[:5], public[:5])
    receivers = [made, scheme.of(secret=public), scheme.of(secret=secret)]
    right = standard(secrets=(secret,))
    for receiver in receivers:
        assert [] == broken(receiver, right)
        assert [AUTHENTIC] == broken(receiver, Sent(right.headers, BODY + b" "))
        assert [AUTHENTIC] == broken(receiver, right.with_(SIGNED, lambda value: value.replace("v1a,", "v1,")))
        assert [AUTHENTIC] == broken(receiver, standard())
    assert [] == broken(scheme.of(secrets=[SECRET, public]), standard(secrets=(SECRET, secret)))
    assert [AUTHENTIC] == broken(scheme.of(secrets=[SECRET, public]), standard(secrets=(secret,)))


def test_a_header_twice_is_malformed() -> None:
    """A receiver sees one of the two, or both joined."""
    scheme, sent, now = scheme_of("standard-webhooks"), standard(), time.time()
    pairs = tuple((name, value) for name, value in sent.headers.items())
    check = SignedRequests(scheme).check(Received("POST", "/hook", (*pairs, pairs[0]), sent.body, at=now), 1)
    assert check is not None
    assert ("malformed", "webhook-id") == (check.problem, check.header)


def test_bodies_of_json_are_the_same_value() -> None:
    """What is serialized again differs in its bytes alone: a test of values would pass it."""
    assert json.loads(BODY) == json.loads(signer.again(BODY))
    assert signer.again(BODY) != BODY
