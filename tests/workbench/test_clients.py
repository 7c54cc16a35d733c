"""httpx on a workbench: an exchange is that of its response, one at a time or fifty at once."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bothends.errors import ContractError
from bothends.records import Answer, NoAnswer
from bothends.workbench import Workbench
from tests.waiting import LONGEST, until
from tests.workbench import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Exchange

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "bothends.toml"
TARGETS = Path(__file__).parent / "targets"
MANY = 50
ADA = {"name": "Ada", "email": "ada@example.com", "image": None}
GOOD = {"data": "data"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Keep one workbench with the reference for all tests here.

    The reference waits long for its upstreams: with fifty requests at once, a busy machine would have it answer 504.
    """
    with Workbench(patient.settings(tmp_path_factory.mktemp("bench"), 20), seed=3) as bench:
        yield bench


@pytest.fixture
def client(bench: Workbench) -> Iterator[httpx.Client]:
    """A client of the reference."""
    with bench.client() as client:
        yield client


def planted(name: str) -> Workbench:
    """Return a workbench whose target has a fault."""
    return Workbench(CONFIG, command=("python", f"tests/planted/{name}.py"), env={"PYTHONPATH": str(ROOT)})


def own(exchange: Exchange) -> tuple[int, int, bool, bool]:
    """Return how many events and calls an exchange has, and whether they are of its caller and its upstream call."""
    events, calls = exchange.deliveries, exchange.calls
    user = [delivery.event["user"] for delivery in events] == [exchange.session]
    settings = [delivery.event["data"]["appSettings"] for delivery in events] == [call.value for call in calls]
    return len(events), len(calls), user, settings


def test_a_response_has_its_exchange(bench: Workbench, client: httpx.Client) -> None:
    """The answer, the event and the upstream call of one request are in one record, and it keeps the contract."""
    response = client.post("/api/route", json=GOOD)
    exchange = bench.exchange(response)
    assert isinstance(exchange.answer, Answer)
    assert (200, response.content) == (exchange.answer.status, exchange.answer.body)
    assert {"success": "true"} == response.json()
    assert (1, 1, True, True) == own(exchange)
    assert [] == bench.check(exchange)
    assert exchange is bench.exchange(response.request)


def test_fifty_threads_at_once(bench: Workbench) -> None:
    """Each response has its own event and its own upstream call, however many are under way, and no user twice."""
    with bench.client(own_users=True) as one, ThreadPoolExecutor(MANY) as threads:
        exchanges = list(threads.map(lambda _: bench.exchange(one.post("/api/route", json=GOOD)), range(MANY)))
    assert {(1, 1, True, True): MANY} == Counter(map(own, exchanges))
    assert MANY == len({str(exchange.session) for exchange in exchanges})
    assert [] == [breach for exchange in exchanges for breach in bench.check(exchange)]
    assert [] == bench.settle()


def test_fifty_tasks_at_once(bench: Workbench) -> None:
    """The same with `await`, good requests and wrong ones mixed."""

    async def play() -> list[httpx.Response]:
        async with bench.async_client(own_users=True) as client:
            bodies: list[Any] = [GOOD if number % 3 else [] for number in range(MANY)]
            return await asyncio.gather(*(client.post("/api/route", json=body) for body in bodies))

    exchanges = [bench.exchange(response) for response in asyncio.run(play())]
    good = [exchange for number, exchange in enumerate(exchanges) if number % 3]
    assert {(1, 1, True, True): len(good)} == Counter(map(own, good))
    refused = [exchange for number, exchange in enumerate(exchanges) if not number % 3]
    assert {(422, 0, 0): MANY - len(good)} == Counter(
        (exchange.answer.status, len(exchange.deliveries), len(exchange.calls))
        for exchange in refused
        if isinstance(exchange.answer, Answer)
    )
    assert [] == [breach for exchange in exchanges for breach in bench.check(exchange)]


def test_events_that_name_no_caller() -> None:
    """Fifty at once of a contract without sign-in: an event is tied by the values of its request and its answer."""

    async def play(bench: Workbench) -> list[httpx.Response]:
        async with bench.async_client() as client:
            bodies = [{"sku": "a-1", "quantity": number + 1} for number in range(MANY)]
            return await asyncio.gather(*(client.post("/shops/text/orders", json=body) for body in bodies))

    orders = ROOT / "tests" / "correct_targets" / "orders" / "bothends.toml"
    # Fifty at once may take a busy machine longer than the target waits for its ingest.
    with Workbench(orders, env={"INGEST_SECONDS": "60"}) as bench:
        responses = asyncio.run(play(bench))
        exchanges = [bench.exchange(response) for response in responses]
        events = [[delivery.event["data"] for delivery in exchange.deliveries] for exchange in exchanges]
        own = [(number + 1, response.json()["id"]) for number, response in enumerate(responses)]
        assert own == [(event["quantity"], event["orderId"]) for each in events for event in each]
        assert [] == [breach for exchange in exchanges for breach in bench.check(exchange)]


def test_one_user_for_many_requests(bench: Workbench) -> None:
    """With one user, each response has one event of that user; nothing tells which, and a single one is sure."""

    async def play() -> list[httpx.Response]:
        async with bench.async_client(as_user=ADA) as client:
            return await asyncio.gather(*(client.post("/api/route", json=GOOD) for _ in range(8)))

    exchanges = [bench.exchange(response) for response in asyncio.run(play())]
    assert {(1, 1, True, True): 8} == Counter(map(own, exchanges))
    with bench.client(as_user=ADA) as client:
        alone = bench.exchange(client.post("/api/route", json=GOOD))
    assert (ADA, (1, 1, True, True), False) == (alone.session, own(alone), alone.guessed)


def test_requests_of_one_client_are_of_one_caller(bench: Workbench) -> None:
    """Another client has another one; with users of their own, no two requests have the same."""

    def users(**options: Any) -> list[str]:
        with bench.client(**options) as client:
            exchanges = [bench.exchange(client.post("/api/route", json=GOOD)) for _ in range(3)]
        assert [(1, 1, True, True)] * 3 == list(map(own, exchanges))
        assert [] == [breach for exchange in exchanges for breach in bench.check(exchange)]
        return [str(exchange.session) for exchange in exchanges]

    assert 1 == len({*users()})
    assert 2 == len({*users(), *users()})
    assert 3 == len({*users(own_users=True)})
    assert [] == bench.settle()


@pytest.mark.parametrize("user", ["ada", 7, ["name", "Ada"], {"nmae": "Ada"}, True])
def test_a_user_that_is_none_is_an_error_of_the_call(bench: Workbench, user: Any) -> None:
    """It is said before anything is sent, with what a user is."""
    for call in (bench.post, bench.client, bench.async_client):
        with pytest.raises(ContractError, match="as_user") as caught:
            call(as_user=user)
        assert "a mapping, such as" in caught.value.expected
    with pytest.raises(ContractError, match="as_user names one user"):
        bench.client(as_user=ADA, own_users=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("the ingest is unreachable", (503, 0, 1)),
        ("the settings answers 500", (502, 0, 1)),
        ("the settings hangs", (504, 0, 1)),
        ("the session has expired", (401, 0, 0)),
    ],
)
def test_requests_are_sent_in_the_state_that_is_given(
    bench: Workbench, client: httpx.Client, given: str, expected: tuple[int, int, int]
) -> None:
    """A state holds within its block, for a client that was there before; then all is well again."""
    with bench.given(given):
        response = client.post("/api/route", json=GOOD)
    exchange = bench.exchange(response)
    assert expected == (response.status_code, len(exchange.deliveries), len(exchange.calls))
    assert [] == bench.check(exchange)
    assert 200 == client.post("/api/route", json=GOOD).status_code


def test_nobody_need_sign_in(bench: Workbench) -> None:
    """A client that is signed out shows nothing but what its caller gives it."""
    with bench.client(signed_out=True, cookies={"next-auth.session-token": "made up"}) as client:
        exchange = bench.exchange(client.post("/api/route", json=GOOD))
    assert isinstance(exchange.answer, Answer)
    assert (401, None, ()) == (exchange.answer.status, exchange.session, exchange.deliveries)
    assert "next-auth.session-token=made up" == exchange.sent.header("cookie")
    assert [] == bench.check(exchange)


def test_methods_and_paths_that_the_contract_does_not_have(bench: Workbench, client: httpx.Client) -> None:
    """Another method must send nothing; of another path the contract says nothing, and no law is about it."""
    wrong = bench.exchange(client.get("/api/route"))
    assert (True, []) == (wrong.case.expect.refused, bench.check(wrong))
    other = bench.exchange(client.get("/healthz"))
    assert isinstance(other.answer, Answer)
    assert 200 == other.answer.status
    with pytest.raises(ContractError, match="GET /healthz belongs to no operation of the contract") as caught:
        bench.check(other)
    assert "POST /api/route" == caught.value.expected


def test_a_broken_law_is_found() -> None:
    """An event that is not sent is missed, and one that is sent once more is found when all is settled."""
    with planted("event_not_sent") as bench, bench.client() as client:
        exchange = bench.exchange(client.post("/api/route", json=GOOD))
        assert ["event-for-success"] == [breach.law for breach in bench.check(exchange)]
    with planted("event_again_later") as bench, bench.client(own_users=True) as client:
        response = client.post("/api/route", json=GOOD)
        seen = bench.check(bench.exchange(response))  # it is there already where the machine is slow
        assert {"one-event"} == {breach.law for breach in (*seen, *bench.settle())}
        assert 2 == len(bench.exchange(response).deliveries)


def test_redirects_are_exchanges_of_their_own(tmp_path: Path) -> None:
    """Each step within the target is a call of its own caller; what leads elsewhere is neither signed in nor seen."""
    command = (sys.executable, str(TARGETS / "redirecting.py"))
    with Workbench(CONFIG, command=command, log=f"{tmp_path.name}.log") as bench:
        with bench.client() as client:
            first = client.post("/api/route", json=GOOD)
            assert (307, 307) == (first.status_code, status(bench.exchange(first)))
        with bench.client(own_users=True, follow_redirects=True) as client:
            last = client.post("/api/route", json=GOOD)
            exchanges = [bench.exchange(response) for response in (*last.history, last)]
            assert [307, 200] == [status(exchange) for exchange in exchanges]
            assert 2 == len({exchange.sent.header("cookie") for exchange in exchanges})
            away = client.get("/elsewhere")
            assert [302] == [status(bench.exchange(response)) for response in away.history]
            assert "cookie" not in away.request.headers
            with pytest.raises(ValueError, match="no client of this workbench sent GET"):
                bench.exchange(away)


def status(exchange: Exchange) -> int:
    """Return the status of an answer that must be there."""
    assert isinstance(exchange.answer, Answer)
    return exchange.answer.status


def test_who_does_not_wait_accuses_nobody() -> None:
    """A timeout that is shorter than the target's time, or a task that is cancelled, is no fault of the target's."""
    command = (sys.executable, str(TARGETS / "redirecting.py"))
    with Workbench(CONFIG, command=command) as bench, bench.client(timeout=LONGEST) as client:
        with pytest.raises(httpx.ReadTimeout) as caught:
            client.get("/late", timeout=httpx.Timeout(LONGEST, read=0.2))
        exchange = bench.exchange(caught.value)
        assert (NoAnswer("timeout"), True) == (exchange.answer, bool(exchange.excuse))

        async def cancelled() -> httpx.Request:
            async with bench.async_client() as client:
                request = client.build_request("GET", "/late")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.send(request), 0.2)
                return request

        def known() -> Exchange | None:
            with contextlib.suppress(ValueError):
                return bench.exchange(request)
            return None

        request = asyncio.run(cancelled())
        gone = until(known)
        assert (NoAnswer("closed", "the client disconnected"), True) == (gone.answer, bool(gone.excuse))
        assert 200 == client.get("/other").status_code


def test_what_a_workbench_gives_can_not_be_given(bench: Workbench) -> None:
    """A base URL, a proxy or a transport would lead elsewhere; what else httpx takes is passed on."""
    with pytest.raises(TypeError, match="base_url, proxy: a client of a workbench always uses its target"):
        bench.client(base_url="http://127.0.0.1:1", proxy="http://127.0.0.1:2")
    with bench.client(headers={"X-Own": "1"}, limits=httpx.Limits(max_connections=1)) as client:
        sent = bench.exchange(client.post("/api/route", json=GOOD)).sent
    assert ("1", "identity") == (sent.header("x-own"), sent.header("accept-encoding"))


def test_the_world_has_one_state_at_a_time(bench: Workbench) -> None:
    """While a request is under way, no other state can be given, and the workbench sends nothing of its own."""

    async def play() -> httpx.Response:
        async with bench.async_client() as client:
            with bench.given("the settings hangs"):
                slow = asyncio.create_task(client.post("/api/route", json=GOOD))
                await asyncio.sleep(0.2)
            with pytest.raises(RuntimeError, match="the world can't change its state while requests are under way"):
                await client.post("/api/route", json=GOOD)
            with pytest.raises(RuntimeError, match="requests of a client are under way"):
                bench.post(json=GOOD)
            return await slow

    assert 504 == asyncio.run(play()).status_code
    assert 200 == status(bench.post(json=GOOD))


def test_closed_workbenches_and_foreign_responses(bench: Workbench) -> None:
    """What was seen stays; what can't be sent any more, or was sent by another client, is an error that says so."""
    with Workbench(CONFIG) as other:
        client = other.client()
        response = client.post("/api/route", json=GOOD)
        url = other.addresses["target"]
        foreign = httpx.post(f"{url}/api/route", json=GOOD)
        with pytest.raises(ValueError, match=f"no client of this workbench sent POST {url}/api/route"):
            other.exchange(foreign)
    assert 200 == status(other.exchange(response))
    with pytest.raises(RuntimeError, match="Open the workbench first"):
        client.post("/api/route", json=GOOD)
    with pytest.raises(RuntimeError, match="Open the workbench first"):
        other.client()
    client.close()
    with pytest.raises(ValueError, match="no client of this workbench sent POST"):
        bench.exchange(response)


def test_a_target_that_was_started_again_has_another_address() -> None:
    """A client of the address before says so."""
    with Workbench(CONFIG) as bench, bench.client() as client:
        assert 200 == client.post("/api/route", json=GOOD).status_code
        before = bench.addresses["target"]
        bench.restart()
        if before == bench.addresses["target"]:
            assert 200 == client.post("/api/route", json=GOOD).status_code
        else:
            with pytest.raises(RuntimeError, match="the target was started again"):
                client.post("/api/route", json=GOOD)


def test_httpx_is_loaded_for_its_users_only() -> None:
    """The workbench and the command line do without."""
    code = "import bothends.workbench, bothends.cli.main, sys; sys.exit('httpx' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
