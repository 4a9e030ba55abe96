"""Held triggers over HTTP: pages, counts, and the commands that reach the workers."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from schemas.held import HeldReason, HeldStatus, HeldTrigger
from tests.services.projector.records import START, decided, held, micros
from tests.services.projector.world import World
from topology.agents.join_records import ReviewHeld, decode_join
from topology.domain.history.instant import HOUR, from_datetime

EXPIRED = held("late", 3, expires_at=START)
WIN_BACKS = [held(f"c/{number}", number) for number in range(5)]
OTHERS = [
    held("c/1", 1, "wake_up", reason=HeldReason.POLICY, segment="new"),
    held("c/1", 9),
    EXPIRED,
]


@pytest.fixture
async def whole(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An API on a read model with some held triggers."""
    await world.create_topics()
    for each in (*WIN_BACKS, *OTHERS):
        await world.commit(world.published(each))
    await world.project()
    async with world.serving() as client:
        yield client


async def listed(api: httpx.AsyncClient, **query: Any) -> list[tuple[str, str]]:
    """Page by page, who and which rule."""
    found, cursor = [], None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        answer = await api.get("/v1/held", params={"limit": 3, **query, **more})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [(each["customer_id"], each["rule"]) for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_the_newest_held_triggers_come_first_on_all_pages(whole: httpx.AsyncClient) -> None:
    """Whichever partition they are in."""
    expected = [(each.customer_id, each.rule) for each in (*WIN_BACKS, *OTHERS)][::-1]

    assert await listed(whole) == expected
    assert await listed(whole, rule="wake_up") == [("c/1", "wake_up")]
    assert await listed(whole, reason="policy", limit=1) == [("c/1", "wake_up")]
    assert await listed(whole, status="released") == []
    assert await listed(whole, older_than="1h") == []
    assert await listed(whole, older_than="0m") == expected


async def test_the_counts_are_by_rule_reason_and_status(whole: httpx.AsyncClient) -> None:
    """Only those that the filters let through."""
    answer = (await whole.get("/v1/held", params={"limit": 1})).json()

    assert answer["counts"] == [
        {"rule": "wake_up", "reason": "policy", "status": "held", "count": 1},
        {"rule": "win_back", "reason": "age", "status": "held", "count": 7},
    ]
    assert HeldTrigger.model_validate(answer["items"][0]) == EXPIRED
    answer = (await whole.get("/v1/held", params={"reason": "policy"})).json()
    assert [each["rule"] for each in answer["counts"]] == ["wake_up"]


async def test_an_export_has_the_held_triggers_of_its_customer(
    world: World, whole: httpx.AsyncClient
) -> None:
    """Oldest first, and of nobody else."""
    await world.commit(world.row("c/1", 0), *world.clocks(micros(1)))
    await world.project()
    export = (await whole.post("/v1/customers/c%2F1/export")).json()

    assert [each["rule"] for each in export["held"]] == ["win_back", "wake_up", "win_back"]
    assert {each["customer_id"] for each in export["held"]} == {"c/1"}


async def test_a_decision_leaves_the_trigger_in_its_place(
    world: World, whole: httpx.AsyncClient
) -> None:
    """And what was released stays so, whatever comes later."""
    before = await listed(whole)
    await world.commit(world.published(decided(WIN_BACKS[2], HeldStatus.RELEASED)))
    await world.commit(world.published(decided(WIN_BACKS[2], HeldStatus.REFUSED)))
    await world.project()

    assert await listed(whole) == before
    assert await listed(whole, status="released") == [("c/2", "win_back")]
    assert len(await listed(whole, status="held")) == len(before) - 1


async def test_a_release_commands_the_worker_for_the_newest_of_each_customer(
    world: World, whole: httpx.AsyncClient
) -> None:
    """One command for each, in the partition of the customer, and each at its turn."""
    commands = Commands(world)
    async with commands:
        answer = await whole.post(
            "/v1/held/release", json={"rule": "win_back", "segment": "at_risk", "per_hour": 60}
        )
        found = await commands.read(5)

    assert answer.status_code == 202, answer.text
    report = answer.json()
    assert (report["asked"], report["skipped"]) == (5, {"expired": 1, "older": 1})
    assert (report["more"], report["dry_run"]) == (False, False)
    names = {HeldTrigger.model_validate_json(each.held).trigger_id for each in found}
    newest = [each for each in WIN_BACKS if each.customer_id != "c/1"]
    assert names == {each.trigger_id for each in (*newest, OTHERS[1])}
    assert {(each.by, each.dismisses) for each in found} == {("anybody", False)}
    turns = sorted(each.not_before for each in found)
    assert [each - turns[0] for each in turns] == [n * HOUR // 60 for n in range(5)]
    assert from_datetime(HeldTrigger.model_validate_json(found[0].held).effective_at)


async def test_a_dismissal_commands_the_worker_for_all(
    world: World, whole: httpx.AsyncClient
) -> None:
    """Also those that a release skips."""
    commands = Commands(world)
    async with commands:
        answer = await whole.post("/v1/held/dismiss", json={"rule": "win_back"})
        found = await commands.read(7)

    assert (answer.status_code, answer.json()["asked"]) == (202, 7)
    assert {(each.dismisses, each.not_before) for each in found} == {(True, 0)}


async def test_a_dry_run_and_a_limit_say_how_many_there_are(whole: httpx.AsyncClient) -> None:
    """Nothing is written."""
    asked = {"rule": "win_back", "limit": 2, "dry_run": True}
    answer = (await whole.post("/v1/held/release", json=asked)).json()

    assert (answer["asked"], answer["more"], answer["dry_run"]) == (2, True, True)


async def test_what_is_released_is_passed_over(world: World, whole: httpx.AsyncClient) -> None:
    """The answer says so."""
    await world.commit(world.published(decided(WIN_BACKS[2], HeldStatus.RELEASED)))
    await world.project()
    answer = await whole.post("/v1/held/release", json={"ids": [WIN_BACKS[2].trigger_id]})

    assert answer.json()["skipped"] == {"released": 1}
    assert answer.json()["asked"] == 0


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({}, 422, "give either ids, or a rule, a segment or both"),
        ({"ids": ["x"], "rule": "win_back"}, 422, "give either ids"),
        ({"ids": ["no-such-id"]}, 422, "ids.0: no held trigger has this id"),
        ({"ids": []}, 422, "ids"),
        ({"rule": "no_such_rule"}, 422, "there is no rule 'no_such_rule'"),
        ({"segment": "nowhere"}, 404, "No held trigger matches this"),
        ({"rule": "win_back", "per_hour": 0}, 422, "per_hour"),
        ({"rule": "win_back", "per_hour": "fast"}, 422, "per_hour"),
        ({"rule": "win_back", "perhour": 5}, 422, "perhour"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    whole: httpx.AsyncClient, asked: dict[str, Any], status: int, message: str
) -> None:
    """With a reason that says what to do."""
    answer = await whole.post("/v1/held/release", json=asked)

    assert answer.status_code == status, answer.text
    assert message in answer.text


@pytest.mark.parametrize(
    "query", [{"older_than": "soon"}, {"cursor": "x"}, {"rule": "nobody"}, {"reason": "cap"}]
)
async def test_a_query_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, query: dict[str, str]
) -> None:
    """It names the parameter."""
    answer = await api.get("/v1/held", params=query)

    assert answer.status_code == 422
    assert next(iter(query)) in answer.json()["detail"]


class Commands:
    """The commands of one application, from now on."""

    def __init__(self, world: World) -> None:
        self._app = world.app_id
        self._consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka)

    async def __aenter__(self) -> None:
        await self._consumer.start()
        places = [TopicPartition(topics.JOINS, number) for number in range(8)]
        self._consumer.assign(places)
        for place, end in (await self._consumer.end_offsets(places)).items():
            self._consumer.seek(place, end)

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read(self, count: int) -> list[ReviewHeld]:
        """So many."""
        found: list[ReviewHeld] = []
        while len(found) < count:
            record = await self._consumer.getone()
            content = decode_join(record.value)
            if isinstance(content, ReviewHeld) and content.app == self._app:
                held_trigger = HeldTrigger.model_validate_json(content.held)
                assert record.key == held_trigger.customer_id.encode()
                found.append(content)
        return found
