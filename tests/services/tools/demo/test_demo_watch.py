"""The demo goes on until the API shows its end, and gives up if nothing changes any more."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.faults import FaultError
from services.tools.demo.api import Api
from services.tools.demo.snapshot import Snapshot
from services.tools.demo.subscriber import Subscriber, TimeBuffer
from services.tools.demo.summary import curl_examples
from services.tools.demo.watch import Watcher
from tests.services.tools.demo.snapshots import NOON, TRIGGER

EMPTY: dict[str, Any] = {"items": [], "next": None, "as_of": None}
END = datetime(1998, 7, 1, tzinfo=UTC)
AWAY = httpx.Response(503, json={"detail": "Redis is away"})


def at(as_of: str | None) -> httpx.Response:
    counts = {"customers": 2, "segment": {"new": 2}, "stage": {}, "tier": {}, "care": {}}
    return httpx.Response(200, json={**counts, "as_of": as_of})


def page(*items: Any) -> httpx.Response:
    return httpx.Response(200, json={"items": items, "next": "c", "as_of": None})


@dataclass
class Stage:
    """An API with prepared answers, a clock that waiting moves, and a display."""

    segments: Iterator[httpx.Response]
    triggers: Iterator[httpx.Response] = field(default_factory=lambda: repeat(page()))
    now: float = 0.0
    seen: list[Snapshot] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        return next(self.segments if request.url.path == "/v1/segments" else self.triggers)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def show(self, snapshot: Snapshot) -> None:
        self.seen.append(snapshot)

    def print(self, line: str) -> None:
        raise AssertionError(line)

    def close(self) -> None:
        raise AssertionError

    async def watch(self) -> None:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            watcher = Watcher(Api("http://api", http), Subscriber("nowhere:1", 2), self)
            await watcher.until(END, lambda: self.now, self.sleep)


async def test_it_watches_until_the_end_is_shown() -> None:
    answers = [at(None), at("1997-01-02T00:00:00Z"), at("1998-06-30T00:00:00Z")]
    stage = Stage(iter([*answers, at("1998-07-01T00:00:00Z")]))
    await stage.watch()
    assert [snapshot.now and snapshot.now.month for snapshot in stage.seen] == [None, 1, 6, 7]
    assert stage.seen[-1].customers == 2
    assert [round(snapshot.done, 2) for snapshot in stage.seen] == [0.0, 0.0, 1.0, 1.0]


async def test_an_api_that_is_away_for_a_while_is_waited_for() -> None:
    stage = Stage(iter([at("1997-01-02T00:00:00Z"), AWAY, AWAY, at("1998-07-01T00:00:00Z")]))
    await stage.watch()
    assert len(stage.seen) == 2


def triggers(*days: int) -> list[Any]:
    """Triggers that are dated so many days after noon of 1 July 1997."""
    changes = (
        {"trigger_id": f"t-{n}", "customer_id": f"c-{n}", "effective_at": NOON + timedelta(days=n)}
        for n in days
    )
    return [json.loads(TRIGGER.model_copy(update=each).model_dump_json()) for each in changes]


async def test_nothing_is_dated_after_the_day_that_is_shown() -> None:
    """Some partitions are further than others; at the end all of it has come."""
    answers = [at("1997-07-03T12:00:00Z"), at("1997-07-04T11:59:59Z"), at("1998-07-01T00:00:00Z")]
    stage = Stage(iter(answers), chain([page(*triggers(3, 1, 2, 0))], repeat(page())))
    await stage.watch()

    assert [dict(snapshot.triggers) for snapshot in stage.seen] == [
        {"win_back": n} for n in (3, 3, 4)
    ]
    assert [[each.customer for each in snapshot.latest_won_back] for snapshot in stage.seen] == [
        ["c-2", "c-1", "c-0"],
        ["c-2", "c-1", "c-0"],
        ["c-3", "c-2", "c-1", "c-0"],
    ]


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_what_is_kept_back_comes_once_and_in_its_order(days: list[int], stops: list[int]) -> None:
    buffer: TimeBuffer[int] = TimeBuffer(lambda day: NOON + timedelta(days=day))
    buffer.add(days)
    assert buffer.take(None) == []
    taken = []
    for stop in stops:
        some = buffer.take(NOON + timedelta(days=stop))
        assert all(day <= stop for day in some)
        assert some == sorted(some)
        taken += some
    assert sorted(taken) == sorted(day for day in days if day <= max(stops, default=-1))


async def test_the_latest_triggers_are_kept_the_newest_first() -> None:
    stage = Stage(iter([at("1998-07-01T00:00:00Z")]), iter([page(*triggers(*range(60)))]))
    await stage.watch()
    assert [each.customer for each in stage.seen[0].latest_won_back] == [
        f"c-{n}" for n in range(59, 9, -1)
    ]


async def test_when_nothing_moves_any_more_it_says_so() -> None:
    stage = Stage(chain([at("1997-01-02T00:00:00Z")], repeat(AWAY)))
    with pytest.raises(FaultError, match=r"Nothing has changed for 120 s.*1997-01-02"):
        await stage.watch()
    assert 120 < stage.now < 125


@pytest.fixture
async def nobody() -> AsyncIterator[Api]:
    """An API without customers."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=EMPTY))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8123") as http:
        yield Api("http://127.0.0.1:8123", http)


async def test_there_are_three_curl_lines_even_if_nobody_is_at_risk(nobody: Api) -> None:
    curls = [line for line in await curl_examples(nobody, "anna") if line.startswith("curl")]
    assert curls == [
        "curl -s 'http://127.0.0.1:8123/v1/customers/anna'",
        "curl -s 'http://127.0.0.1:8123/v1/customers/anna/why'",
        "curl -s 'http://127.0.0.1:8123/v1/triggers?rule=win_back&limit=3'",
    ]
