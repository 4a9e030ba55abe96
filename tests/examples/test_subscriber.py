"""The subscriber of the documentation, run as it is, against a real Kafka."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from examples import subscriber
from schemas.cloud_event import trigger_headers
from schemas.trigger import Trigger
from services.tools.local_stack import Addresses
from tests.services.projector.records import json_of, trigger
from tests.services.projector.world import eventually

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "schemas/examples/retention.triggers.v1/win-back-by-transition.json"


@pytest.fixture
async def topic(stack: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A topic of this test's own."""
    name = f"triggers-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(subscriber, "TOPIC", name)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", stack.kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1)])
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


async def test_each_trigger_that_was_committed_is_acted_on_once(
    stack: Addresses, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """However often it comes, and whoever was restarted meanwhile; one to be measured is not."""
    first, taken_back, second = (trigger("c-1", number) for number in (1, 2, 3))
    measured = trigger("c-2", 4).model_copy(update={"holdout": True})
    await send(stack.kafka, topic, first, first)
    await send(stack.kafka, topic, taken_back, commit=False)
    done: set[str] = set()
    async with running(topic, done):
        await eventually(lambda: holds(lambda: len(done) == 1), "the first is done")
    await send(stack.kafka, topic, measured, second)
    async with running(topic, done):
        await eventually(lambda: holds(lambda: len(done) == 3), "the others are done")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [first.trigger_id, second.trigger_id]
    assert lines[0] == f"{first.trigger_id} {subscriber.line_for(json.loads(json_of(first)))}"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "c-1042, win_back: discount_code by email. Dropped"),
        ({"offer": "10% off"}, "c-1042, win_back: discount_code (10% off) by email. Dropped"),
        ({"channel": None}, "c-1042, win_back: discount_code. Dropped"),
    ],
)
def test_a_line_says_who_it_is_about_and_why(more: dict[str, object], line: str) -> None:
    trigger = json.loads(EXAMPLE.read_text())
    trigger["action"] |= more
    assert subscriber.line_for(trigger).startswith(line)


async def send(kafka: str, topic: str, *triggers: Trigger, commit: bool = True) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=uuid.uuid4().hex)
    await producer.start()
    try:
        await producer.begin_transaction()
        for each in triggers:
            key = each.customer_id.encode()
            headers = list(trigger_headers(each.trigger_id, each.effective_at))
            await producer.send_and_wait(topic, json_of(each), key, headers=headers)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


@asynccontextmanager
async def running(group: str, done: set[str]) -> AsyncIterator[None]:
    task = asyncio.create_task(subscriber.subscribe(group, done))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def holds(condition: Callable[[], bool]) -> bool:
    return condition()
