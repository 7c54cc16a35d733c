"""Where the mock sends: to this machine and to what the user names, and what it says of what it does not send."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import pytest

from bothends.errors import ContractError
from bothends.mock import serving
from bothends.mock.destinations import Destinations, NotSentError
from bothends.mock.sending import Outgoing
from tests import staying_here
from tests.in_process import bothends
from tests.mock.receiver import receiver
from tests.mock.test_command import SHOP, START_SECONDS, mock, said
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.mock import Attempt, Served

ELSEWHERE = (
    "169.254.169.254",
    "192.0.2.1",
    "[::ffff:192.0.2.1]",
    "[fe80::1]",
    "0xc0000201",
    "3221225985",
    "127.0.0.1@192.0.2.1",
)
"""No other machine has these; two are numbers that only a look-up makes an address of, and one has a user before it."""
HERE = ("127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0")  # noqa: S104 -- a place to send to


def place(served: Served, url: str) -> httpx.Response:
    """Place an order whose event is to go to a URL."""
    return httpx.post(f"{served.url}/orders", json={"sku": "lamp", "callbackUrl": url})


def attempts(served: Served, *urls: str) -> list[Attempt]:
    """Place an order for each URL, and return what became of the events."""
    for url in urls:
        assert 201 == place(served, url).status_code
    assert served.wait(LONGEST)
    return sorted(served.sent, key=lambda each: each.event)


def after(served: Served, count: int) -> tuple[Attempt, ...]:
    """Wait until there were so many attempts, and return all of them."""
    deadline = time.monotonic() + START_SECONDS
    while len(served.sent) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return served.sent


@contextmanager
def shop(*send_to: str, attempts: str = "once") -> Iterator[Served]:
    """Serve the shop, which has no settings."""
    text = Path(SHOP).read_text("utf-8")
    assert "until-acknowledged" in text
    with TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        file.write_text(text.replace("until-acknowledged", attempts), "utf-8")
        with serving(file.with_name("none.toml"), spec=str(file), send_to=send_to) as served:
            yield served


def test_a_request_that_names_another_machine_sends_nothing_there(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever way its address is written: each event is told in the journal and in the log, and never tried again."""
    with shop(attempts="until-acknowledged") as served:
        found = attempts(served, *(f"http://{host}:9/hook" for host in ELSEWHERE))
        listed = httpx.get(f"{served.url}/_bothends/events").json()
    assert [] == staying_here.tried()
    assert [(1, False, False)] * len(ELSEWHERE) == [(each.attempt, each.sent, each.taken) for each in found]
    assert all("is not this machine; --send-to " in each.said for each in found)
    assert (len(ELSEWHERE), 0, 0) == (listed["not_sent"], listed["given_up"], listed["pending"])
    assert [False] * len(ELSEWHERE) == [each["sent"] for each in listed["attempts"]]
    assert "not sent: 0xc0000201 (192.0.2.1) is not this machine; --send-to 0xc0000201 sends there" in found[4].said
    assert len(ELSEWHERE) == len([each for each in caplog.records if "orderPlaced: not sent" in each.getMessage()])


def test_this_machine_is_sent_to(caplog: pytest.LogCaptureFixture) -> None:
    """By each of its names and addresses."""
    with receiver() as kept, shop() as served:
        port = kept.url.rpartition(":")[2]
        found = attempts(served, *(f"http://{host}:{port}/{number}" for number, host in enumerate(HERE)))
    assert ["204"] * len(HERE) == [each.said for each in found]
    assert {f"/{number}" for number in range(len(HERE))} == {path for path, _, _ in kept.came}
    assert [] == caplog.records


def test_a_redirect_is_not_followed() -> None:
    """It is no acknowledgement, and what it leads to hears nothing."""
    with (
        receiver() as other,
        receiver(*[307] * 3, location=f"{other.url}/stolen") as kept,
        shop(attempts="until-acknowledged") as served,
    ):
        assert 201 == place(served, f"{kept.url}/hook").status_code
        assert served.wait(LONGEST)
    assert ["307", "307", "307", "204"] == [each.said for each in served.sent]
    assert [] == other.came


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ("192.0.2.0/24", True),
        ("192.0.2.1", True),
        ("192.0.2.1:9", True),
        ("http://192.0.2.1:9", True),
        ("192.0.2.1:10", False),
        ("https://192.0.2.1:9", False),
        ("192.0.2.2", False),
        ("198.51.100.0/24", False),
    ],
)
def test_what_is_named_is_sent_to(named: str, *, sent: bool) -> None:
    """A network, a host, a port of one, an origin; and no other."""
    with shop(named) as served:
        assert 201 == place(served, "http://192.0.2.1:9/hook").status_code
        [attempt, *_] = after(served, 1)
    assert (sent, sent) == (attempt.sent, "('192.0.2.1', 9)" in staying_here.tried())


def test_the_host_of_the_world_is_sent_to(tmp_path: Path) -> None:
    """The settings name it: the URLs that a world puts into requests lead there."""
    text = Path(SHOP).read_text("utf-8").replace("until-acknowledged", "once")
    (tmp_path / "openapi.yaml").write_text(text, "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n[world]\nhost = "192.0.2.1"\n', "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        found = attempts(served, "http://192.0.2.1:7/hook", "http://192.0.2.2:7/hook")
    assert [True, False] == [each.sent for each in found]
    assert ["('192.0.2.1', 7)"] == staying_here.tried()
    with mock(tmp_path, "--port", "0"):
        assert "It sends to this machine and to 192.0.2.1 only" in said(tmp_path)


def test_the_user_may_name_more_while_it_serves() -> None:
    """In a test: `send_to`; and where events go is somewhere that they may go."""
    with shop() as served:
        [first] = attempts(served, "http://192.0.2.1:9/hook")
        served.send_to("192.0.2.1")
        place(served, "http://192.0.2.1:9/hook")
        assert (False, True) == (first.sent, after(served, 2)[1].sent)
    assert {"('192.0.2.1', 9)"} == set(staying_here.tried())


def hooked(folder: Path) -> Path:
    """Write settings of a shop whose events go to an ingest that setup registers; return the settings file."""
    spec = (
        Path(SHOP)
        .read_text("utf-8")
        .replace("'{$request.body#/callbackUrl}'", "'{hooks}/placed'")
        .replace("until-acknowledged", "once")
    )
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(HOOKED, "utf-8")
    return folder / "bothends.toml"


HOOKED = """
spec = "openapi.yaml"
[world.ingests.hooks]
kind = "webhook"
[[target.setup]]
method = "POST"
path = "/hooks"
json = {url = "{world.hooks}"}
"""


def test_what_a_setup_request_tells_names_no_destination(tmp_path: Path) -> None:
    """Who can reach the mock can send one, twice too; what the user has said is the user's all the same."""
    with serving(hooked(tmp_path)) as served:
        for _ in range(2):
            assert httpx.post(f"{served.url}/hooks", json={"url": "http://192.0.2.1:9"}).is_success
            httpx.post(f"{served.url}/orders", json={"sku": "lamp"})
        assert served.wait(LONGEST)
        served.reload()
        httpx.post(f"{served.url}/orders", json={"sku": "lamp"})
        assert served.wait(LONGEST)
        assert [(False, "http://192.0.2.1:9/placed")] * 3 == [(each.sent, each.url) for each in served.sent]
        assert [] == staying_here.tried()
        served.send_events_to("http://192.0.2.1:9")
        httpx.post(f"{served.url}/hooks", json={"url": "http://192.0.2.1:9"})
        httpx.post(f"{served.url}/orders", json={"sku": "lamp"})
        assert after(served, 4)[3].sent
    assert {"('192.0.2.1', 9)"} == set(staying_here.tried())


@pytest.mark.parametrize(
    "text", ["", "a b", "http://", "ftp://a.example", "https://a.example/path", "a:0", "a:99999", "a/b"]
)
def test_what_is_nowhere_is_refused(text: str, tmp_path: Path) -> None:
    """With what was expected, before anything is served."""
    done = bothends(tmp_path, "mock", "--spec", SHOP, "--send-to", text)
    assert (2, True) == (done.returncode, f"'{text}' is nowhere to send to." in done.stderr)
    with pytest.raises(ContractError, match="nowhere to send to"):
        Destinations([text])


class Names:
    """A name server that answers as it is told."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        """Return the next answer; the last one is repeated."""
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def test_a_name_that_becomes_another_address_is_not_followed_there() -> None:
    """The connection is made to the address that was looked at, and each new one is looked at again."""

    async def play(url: str) -> tuple[int, str]:
        client = Outgoing(Destinations(look_up=Names(["127.0.0.1"], ["192.0.2.1"])))
        try:
            first = await client.request("POST", url, (), b"{}", new=True)
            with pytest.raises(NotSentError) as second:
                await client.request("POST", url, (), b"{}", new=True)
        finally:
            await client.close()
        return first.status, str(second.value)

    with receiver() as kept:
        port = kept.url.rpartition(":")[2]
        status, reason = asyncio.run(play(f"http://hooks.example.com:{port}/hook"))
    assert (204, 1) == (status, len(kept.came))
    assert "hooks.example.com (192.0.2.1) is not this machine; --send-to hooks.example.com sends there" == reason


@pytest.mark.parametrize(
    ("named", "addresses"),
    [
        ((), ["127.0.0.1"]),
        (("hooks.example.com",), ["192.0.2.1", "127.0.0.1"]),
        (("HOOKS.example.com.",), ["192.0.2.1", "127.0.0.1"]),
        (("*.example.com",), ["192.0.2.1", "127.0.0.1"]),
        (("http://hooks.example.com",), ["192.0.2.1", "127.0.0.1"]),
        (("https://hooks.example.com", "hooks.example.com:81", "example.com", "s.example.com"), ["127.0.0.1"]),
        (("192.0.2.0/25",), ["192.0.2.1", "127.0.0.1"]),
    ],
)
def test_of_a_name_with_several_addresses_those_are_tried_that_may_be(
    named: tuple[str, ...], addresses: list[str]
) -> None:
    """What is named by its name may be anywhere; what is named by a network is where the network is."""
    destinations = Destinations(named, look_up=Names(["192.0.2.1", "127.0.0.1"]))
    assert addresses == asyncio.run(destinations.addresses(("http", "hooks.example.com", 80)))


# The command.


def test_the_command_says_where_it_sends_and_what_it_does_not_send(tmp_path: Path) -> None:
    """At the start what it may, and for each event that it does not send a line."""
    with mock(tmp_path, "--spec", SHOP, "--port", "0", "--send-to", "hooks.example.com") as (_, url):
        httpx.post(f"{url}/orders", json={"sku": "lamp", "callbackUrl": "http://169.254.169.254/latest"})
        listed = httpx.get(f"{url}/_bothends/events").json()
        deadline = time.monotonic() + START_SECONDS
        while "169.254" not in said(tmp_path):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        lines = said(tmp_path)
    assert "It sends to this machine and to hooks.example.com only; --send-to names more.\n" in lines
    assert 1 == len(re.findall(r"orderPlaced  POST http://169\.254\.169\.254/latest  not sent: 169\.254", lines))
    assert (1, "not sent") == (lines.count("not sent: "), listed["attempts"][0]["said"][:8])
    assert "Other machines can reach it" not in lines


def test_a_mock_that_others_can_reach_says_so(tmp_path: Path) -> None:
    """It listens on all addresses where it is told to."""
    with mock(tmp_path, "--spec", SHOP, "--port", "0", "--host", "0.0.0.0"):  # noqa: S104 -- that is the point
        lines = said(tmp_path)
    assert "Other machines can reach it: they can use the mock" in lines


def test_where_events_go_is_somewhere_that_they_may_go(tmp_path: Path) -> None:
    """`--events` names an origin."""
    with mock(hooked(tmp_path).parent, "--port", "0", "--events", "http://192.0.2.1:9") as (_, _url):
        assert "It sends to this machine and to http://192.0.2.1:9 only; --send-to names more.\n" in said(tmp_path)
    with serving(tmp_path / "bothends.toml", events="http://192.0.2.2:9") as served:
        httpx.post(f"{served.url}/orders", json={"sku": "lamp"})
        assert (True, "http://192.0.2.2:9/placed") == (after(served, 1)[0].sent, served.sent[0].url)
    assert {"('192.0.2.2', 9)"} == set(staying_here.tried())


def test_an_answer_that_waits_for_what_is_not_sent(tmp_path: Path) -> None:
    """It is that of an ingest that can't be reached, at once, and nothing is created."""
    text = Path(SHOP).read_text("utf-8").replace("answer: any", "answer: after")
    (tmp_path / "openapi.yaml").write_text(text, "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        answers = [place(served, "http://192.0.2.1:9/hook"), place(served, "http://192.0.2.1:9/hook")]
        listed = httpx.get(f"{served.url}/orders").json()
        journal = httpx.get(f"{served.url}/_bothends/events").json()
    assert [503, 503] == [answer.status_code for answer in answers]
    assert ({"orders": []}, 2, 2) == (listed, journal["not_sent"], len(journal["attempts"]))
    assert [] == staying_here.tried()
