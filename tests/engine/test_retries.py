"""What a busy machine may have made is played again, and nobody is accused of it; anything else is an error."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.contract import load
from bothends.engine import Verification
from bothends.engine.events import BatchStarted, ExchangeJudged, RunFinished
from bothends.engine.judge.judge import Judge
from bothends.engine.judge.retries import BATCHES, SINGLY, Excuses, Retries, answered_late, said_time_ran_out, sent_late
from bothends.engine.options import Options
from bothends.engine.play.batches import Batch
from bothends.engine.play.played import Played
from bothends.engine.testbed.machine import Machine, Waits
from bothends.engine.tie.attribution import Attributed
from bothends.records import NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.records import Exchange, Summary

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 1.0
LIMIT = 10.0
CONTRACT = load(ROOT / "bothends.toml")


def late(seconds: float = 1.02, **changes: Any) -> Exchange:
    """Return an exchange of a good request that is answered 504."""
    exchange = kept.exchange(answer=kept.answer(504), deliveries=(), **changes)
    return replace(exchange, ended=exchange.began + seconds)


def expecting(exchange: Exchange, **changes: Any) -> Exchange:
    """Return it with something else expected."""
    return replace(exchange, case=replace(exchange.case, expect=replace(exchange.case.expect, **changes)))


def silent(seconds: float = LIMIT) -> Exchange:
    """Return an exchange without an answer."""
    exchange = late(seconds)
    return replace(exchange, answer=NoAnswer("timeout"))


def event_after(seconds: float) -> Exchange:
    """Return an exchange whose event comes so long after its answer."""
    exchange = kept.exchange()
    received = exchange.ended + seconds
    return replace(exchange, deliveries=(kept.delivery(received=received, settled=received + 0.01),))


class Measured:
    """A machine that was measured to have taken so much of any time."""

    def __init__(self, share: float) -> None:
        """Take the share."""
        self.share = share

    def waits(self, began: float, ended: float) -> Waits:
        """Return how long it kept the target waiting."""
        return Waits(target=self.share * (ended - began))


def excuses(share: float) -> Excuses:
    """Return what excuses on such a machine."""
    return Excuses(CONTRACT, cast("Machine", Measured(share)))


def test_only_who_waited_in_vain_says_that_time_ran_out() -> None:
    """At once, rightly, for another reason, or not at all: that is no matter of time."""
    operation = kept.operation()
    delay = said_time_ran_out(late(), operation, PATIENCE)
    assert delay is not None
    assert 0.89 == pytest.approx(delay.seconds)  # the settings took a hundredth
    others = [
        late(0.5),
        replace(late(), answer=NoAnswer("timeout")),
        replace(late(), answer=kept.answer(502)),
        expecting(late(), statuses=frozenset({504})),
        expecting(late(), refused=True),
    ]
    assert [None] * len(others) == [said_time_ran_out(one, operation, PATIENCE) for one in others]


@pytest.mark.parametrize(("share", "breaches"), [(0.0, 1), (0.9, 0)])
@pytest.mark.parametrize("refused", [True, False])
def test_a_504_to_raw_bytes_is_excused_as_any_other(share: float, breaches: int, refused: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A target that has read them as a request may run out of time for it: on a quiet machine it is told."""
    odd = expecting(late(), refused=refused, any_answer=True, statuses=frozenset())
    raw = replace(odd, case=replace(odd.case, request=replace(odd.case.request, raw=b"POST / HTTP/1.1\r\n\r\n")))
    assert breaches == len(kept.judge("http-status", excuses(share).take(raw) or raw) or ())


@pytest.mark.parametrize(
    ("took", "left"),
    [(0.02, None), (0.095, 0.08), (0.3, 0.26), (5.0, 4.49)],
    ids=["at once", "soon", "earlier", "later"],
)
def test_a_time_that_nobody_has_said_may_be_any(took: float, left: float | None) -> None:
    """A plain service may wait for less than the default, or for more: what it took is what must be accounted for."""
    delay = said_time_ran_out(late(took), kept.operation(), None)
    assert left == (None if delay is None else round(delay.seconds, 2))


@pytest.mark.parametrize(("stated", "excused"), [(True, False), (False, True)])
def test_only_who_has_said_it_is_held_to_a_time(stated: bool, excused: bool) -> None:  # noqa: FBT001 -- columns of a table
    """Half a second is too soon for 504 where the settings say one; else a busy machine excuses it."""
    settings = CONTRACT.settings
    plain = replace(settings.target, env={}, command=())
    world = replace(settings.world, states_timeout=stated)
    contract = replace(CONTRACT, settings=replace(settings, target=plain, world=world))
    taken = Excuses(contract, cast("Machine", Measured(0.9))).take(late(0.5))
    assert excused == (taken is not None)


def test_where_the_contract_names_no_such_answer_each_server_error_may_be_it() -> None:
    """A spec that says nothing of families: 502 says that time ran out, and 422 does not."""
    operation = kept.operation()
    plain = replace(operation, answers=tuple(replace(answer, family_rules=()) for answer in operation.answers))
    assert said_time_ran_out(replace(late(), answer=kept.answer(502)), plain, PATIENCE) is not None
    assert said_time_ran_out(replace(late(), answer=kept.answer(422)), plain, PATIENCE) is None


@pytest.mark.parametrize(("share", "broken"), [(0.0, ["family-status"]), (0.9, [])])
def test_where_no_server_error_is_declared_a_504_is_excused_as_well(share: float, broken: list[str]) -> None:
    """A plain spec knows no 504: on a busy machine the target is not to blame for one, else it is."""
    operation = kept.operation()
    plain = replace(operation, answers=tuple(each for each in operation.answers if not each.status.startswith("5")))
    by = Excuses(replace(CONTRACT, operations=(plain,)), cast("Machine", Measured(share)))
    judge = Judge({plain.id: kept.law_context(operation=plain)}, lambda _: ())
    told = judge.one(by.take(late()) or late(), {})
    assert broken == [breach.law for breach in told]


def test_who_had_an_event_stored_may_say_so_too() -> None:
    """Where 504 is right, or anything is, an acknowledged event beside it is not: it is a matter of time again."""
    right = expecting(late(), statuses=frozenset({504}))
    assert said_time_ran_out(replace(right, deliveries=(kept.delivery(),)), kept.operation(), PATIENCE) is not None
    assert said_time_ran_out(expecting(late(), any_answer=True), kept.operation(), PATIENCE) is not None
    hangs = kept.delivery(2, callback="billed", acknowledged=False, status=None)
    waits = replace(right, deliveries=(kept.delivery(callback="placed"), hangs))
    assert said_time_ran_out(waits, kept.operation(), PATIENCE) is None


def test_what_the_world_took_leaves_less_to_account_for() -> None:
    """An ingest that answers after 400 ms of 1,000 leaves half a second to lose."""
    slow = kept.delivery(received=100.0, settled=100.4)
    exchange = replace(late(), deliveries=(slow,))
    delay = said_time_ran_out(exchange, kept.operation(), PATIENCE)
    assert delay is not None
    assert 0.5 == pytest.approx(delay.seconds)


def test_no_answer_is_late_by_all_of_its_time() -> None:
    """An answer is so by what is over the limit; who was in time, or went away itself, by nothing."""
    assert [LIMIT, None] == [d and d.seconds for d in (answered_late(silent(), LIMIT), answered_late(late(), LIMIT))]
    over = answered_late(late(11.0), LIMIT)
    assert over is not None
    assert 2.0 == pytest.approx(over.seconds)  # of which a half has to be accounted for
    gone = silent()
    left = replace(gone, case=replace(gone.case, behaviour="the client half-closes"), ended=gone.began + LIMIT / 2)
    assert answered_late(left, LIMIT) is None
    assert answered_late(replace(left, ended=left.began + LIMIT), LIMIT) is not None  # it has waited as any client does
    assert answered_late(replace(gone, answer=NoAnswer("reset")), LIMIT) is None


def test_an_event_is_late_after_its_answer() -> None:
    """Half a second is nothing; what is over it must be accounted for from the answer on."""
    assert sent_late(event_after(0.4), kept.operation(), LIMIT) is None
    delay = sent_late(event_after(2.0), kept.operation(), LIMIT)
    assert delay is not None
    exchange = event_after(2.0)
    assert (exchange.ended, exchange.ended + 2.0) == pytest.approx((delay.began, delay.ended))


@pytest.mark.parametrize("exchange", [late(), silent(), event_after(2.0)], ids=["504", "no answer", "event"])
def test_what_decides_is_measured(exchange: Exchange) -> None:
    """A machine that took a tenth of the time excuses nothing; one that took most of it excuses it."""
    assert excuses(0.1).take(exchange) is None
    excused = excuses(0.9).take(exchange)
    assert excused is not None
    assert excused.excuse
    # That the answer came before the event is a matter of order, not of time.
    of_order = kept.broken(exchange) & {"acknowledged-first"}
    assert of_order < kept.broken(exchange)
    assert of_order == kept.broken(excused)


def test_what_is_excused_is_no_more_than_that() -> None:
    """That time ran out is right, and the event in doubt; that there are two of them is wrong on any machine."""
    sent = replace(late(), deliveries=(kept.delivery(),))
    assert "no-event-without-success" in kept.broken(sent)
    excused = excuses(0.9).take(sent)
    assert excused is not None
    assert set() == kept.broken(excused)
    twice = replace(sent, deliveries=(kept.delivery(), kept.delivery(2, event=kept.event(1) | {"id": "another"})))
    excused = excuses(0.9).take(twice)
    assert excused is not None
    assert {"one-event"} == kept.broken(excused)
    recovered = excuses(0.9).take(late(family="recovered", name="after the ingest hangs"))
    assert recovered is not None
    assert set() == kept.broken(recovered)


def played(batch: Batch, exchanges: Sequence[Exchange], seconds: float = 1.0) -> Played:
    """Return a batch as it was played."""
    return Played(batch, Attributed(tuple(exchanges)), {}, began=0.0, ended=seconds)


def named(exchange: Exchange, name: str) -> Exchange:
    """Return an exchange of a case with another name."""
    return replace(exchange, case=replace(exchange.case, name=name))


def batch_of(exchanges: Sequence[Exchange], **changes: Any) -> Batch:
    """Return the batch of some exchanges."""
    return replace(Batch((), tuple(exchange.case for exchange in exchanges)), **changes)


def test_who_was_late_is_played_alone_then_all_one_at_a_time() -> None:
    """Whoever is in time once is cleared; those that were late come as often as there is time for."""
    retries = Retries(excuses(0.9))
    exchanges = [named(late(), "a"), named(kept.exchange(), "b"), named(late(), "c")]
    batch = batch_of(exchanges)
    assert retries.next() is None
    retries.take(played(batch, exchanges))
    alone = retries.next()
    assert alone is not None
    assert (1, ["a", "c"] * 2) == (alone.concurrency, [case.name for case in alone.cases])
    retries.take(played(alone, [exchanges[0], named(kept.exchange(), "c")]))
    whole = retries.next()
    assert replace(batch, concurrency=1) == whole
    assert whole is not None
    retries.take(played(whole, [named(kept.exchange(), name) for name in "abc"]))
    assert (None, []) == (retries.next(), retries.not_proven())


def test_who_is_late_each_time_is_not_proven() -> None:
    """And never an error, as the machine was the reason each time."""
    retries = Retries(excuses(0.9))
    batch = batch_of([late()])
    for _ in range(3):
        retries.take(played(batch, [late()]))
        batch = retries.next() or batch
    assert retries.next() is None
    (item,) = retries.not_proven()
    assert "time" == item.what
    assert late().case.label in item.why


def test_there_is_an_end_to_it() -> None:
    """After so many batches, or so much time, what is late is not proven at once."""
    retries = Retries(excuses(0.9))
    for _ in range(BATCHES):
        retries.take(played(batch_of([late()]), [late()]))
        again = retries.next()
        assert again is not None
        retries.take(played(again, [kept.exchange()]))
        assert retries.next() is None
    assert [] == retries.not_proven()
    retries.take(played(batch_of([late()]), [late()]))
    assert retries.next() is None
    assert 1 == len(retries.not_proven())
    slow = Retries(excuses(0.9))
    slow.take(played(batch_of([late()]), [late()]))
    slow.take(played(batch_of([late()]), [kept.exchange()], seconds=100.0))
    assert slow.next() is None
    slow.take(played(batch_of([late()]), [late()]))
    assert (None, 1) == (slow.next(), len(slow.not_proven()))


def test_what_a_batch_depends_on_is_played_with_it() -> None:
    """Parallel timeouts, what comes after another batch, and a crowd of copies: of these, no more than so many."""
    for batch in (
        batch_of([late()] * 2, together=(batch_of([late()]), batch_of([late()]))),
        batch_of([late()] * 2, prelude=(batch_of([late()]),)),
    ):
        retries = Retries(excuses(0.9))
        retries.take(played(batch, [late()] * 2))
        assert batch == retries.next()
    retries = Retries(excuses(0.9))
    retries.take(played(batch_of([late()] * 20), [late()] * 20))
    alone = retries.next()
    assert alone is not None
    assert SINGLY == len(alone.cases)


def test_an_event_that_came_when_its_batch_was_over_is_not_proven() -> None:
    """It is excused as any other; there is nothing to play again for it."""
    retries = Retries(excuses(0.9))
    before = Attributed((), late=(event_after(2.0),))
    taken = retries.take(Played(Batch((), ()), before, {}))
    assert [True] == [bool(exchange.excuse) for exchange in taken.attributed.late]
    assert (None, 1) == (retries.next(), len(retries.not_proven()))


def test_an_event_that_came_when_all_was_over_is_not_proven() -> None:
    """It is excused as well where it comes with no batch."""
    retries = Retries(excuses(0.9))
    taken = retries.take_later(Attributed((), late=(event_after(2.0),)))
    assert [True] == [bool(exchange.excuse) for exchange in taken.late]
    assert (None, 1) == (retries.next(), len(retries.not_proven()))


@pytest.mark.parametrize(
    ("times", "share", "broken", "batches", "missing"),
    [
        ("once", 0.9, [], 3, []),
        ("once", 0.1, ["family-status"], 2, []),
        ("always", 0.9, [], 4, ["time"]),
        ("always", 0.1, ["family-status"], 2, []),
        ("sends", 0.9, [], 4, ["time"]),
    ],
)
def test_a_batch_is_played_again(  # noqa: PLR0913, PLR0917 -- fixtures, and columns of the table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: str,
    share: float,
    broken: list[str],
    batches: int,
    missing: list[str],
) -> None:
    """A target whose time runs out has further chances where the machine may be to blame, and none where it is not."""
    summary, seen = run(tmp_path, monkeypatch, times, share)
    assert broken == [finding.breach.law for finding in summary.findings]
    assert batches == sum(isinstance(event, BatchStarted) for event in seen)
    assert missing == [item.what for item in summary.not_proven]
    assert any(isinstance(event, ExchangeJudged) for event in seen)


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, times: str, share: float) -> tuple[Summary, list[Any]]:
    """Return what a run says of a target whose time runs out, and its events."""
    monkeypatch.setattr(Machine, "waits", lambda _, began, ended: Measured(share).waits(began, ended))
    for name in ("openapi.yaml", "contracts", "bothends.toml"):
        (folder / name).symlink_to(ROOT / name)
    target = shutil.copy(ROOT / "tests/engine/targets/out_of_time.py", folder)
    options = Options(
        config=folder / "bothends.toml",
        command=("python", str(target)),
        env={"LATE": times, "PYTHONPATH": str(ROOT)},
        seed=1,
        only="success/no-body",
    )
    seen = asyncio.run(_events(options))
    return next(event.summary for event in seen if isinstance(event, RunFinished)), seen


async def _events(options: Options) -> list[Any]:
    return [event async for event in Verification(options).events()]
