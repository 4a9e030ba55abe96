"""A restart with another currency: the worker says so, ends, and touches nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import policy, topics
from tests.conftest import held
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess
from tests.topology.batching.kafka import Log, Sent, committed_offsets, eventually, send
from tests.topology.domain.messages import day, order
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.domain.rows.row import decode_row

pytestmark = [pytest.mark.e2e]

PARTITIONS = 4
APP = "thrifty"
ROUTER = RecordRouter(PARTITIONS, DEFAULTS)
DEFAULT = (Path(policy.__file__).parent / "default.yaml").read_text()
RATE = "exchange: [{currency: USD, from: 2026-01-01, rate: 0.5}]\n"


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, APP, PARTITIONS)) as address:
        yield address


def sent(customer: str, order_id: str, **properties: object) -> Sent:
    message = order(day(0), order_id, 100.0, profile=customer)
    message["properties"] |= properties
    key = customer.encode()
    return Sent(topics.SHOP_EVENTS, ROUTER.home(key), key, json.dumps(message).encode())


def customers_at(*partitions: int) -> list[str]:
    names = (f"customer-{number}" for number in range(100))
    return [name for name in names if ROUTER.home(name.encode()) in partitions][:3]


async def test_a_restart_with_another_currency_ends_and_touches_nothing(
    kafka: str, tmp_path: Path
) -> None:
    """Also on partitions where there are no rows: those would be in the other currency."""
    file = tmp_path / "dollars.yaml"
    file.write_text(DEFAULT.replace("currency: EUR", "currency: USD"))
    app = {"STAMMKUNDE_APP_ID": APP}
    known, others = customers_at(0), customers_at(1, 2, 3)
    async with (
        Log.open(kafka, topics.changelog(APP), PARTITIONS) as rows,
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
        Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
    ):
        with WorkerProcess.started(kafka, tmp_path, "euros", **app) as worker:
            await send(kafka, [sent(name, f"a-{name}", currency="EUR") for name in known])
            await transitions.until(lambda log: len(log.records) >= 2 * len(known), "the orders")
            await worker.terminate()
        await send(kafka, [sent(name, f"b-{name}") for name in (*known, *others)])
        for log in (rows, transitions, letters):
            await log.to_last_end()
        offsets = await committed_offsets(kafka, APP)
        before = [len(log.records) for log in (rows, transitions, letters)]
        with WorkerProcess.started(
            kafka, tmp_path, "dollars", **app, STAMMKUNDE_POLICY=str(file)
        ) as other:
            await eventually(lambda: other.process.poll() is not None, "the worker has ended")
            assert other.process.returncode == 1
            assert "the rows of this table are in EUR, and the policy says currency: USD" in (
                other.output
            )
            assert "Set currency: EUR again; or begin with an empty table under an" in other.output
            assert "Traceback" not in other.output
            assert "partition ready" not in other.output, "an empty one would make rows in dollars"
        for log in (rows, transitions, letters):
            await log.to_last_end()
        assert [len(log.records) for log in (rows, transitions, letters)] == before
        assert await committed_offsets(kafka, APP) == offsets
        await goes_on_in_euros(kafka, tmp_path, rows, (*known, *others))


async def goes_on_in_euros(kafka: str, folder: Path, rows: Log, customers: tuple[str, ...]) -> None:
    """With the currency set back, and a rate for dollars, nothing is lost."""
    file = folder / "euros.yaml"
    file.write_text(DEFAULT.replace("rules:\n", f"{RATE}\nrules:\n", 1))
    settings = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_POLICY": str(file)}
    with WorkerProcess.started(kafka, folder, "again", **settings) as worker:
        await send(kafka, [sent(name, f"c-{name}", currency="USD") for name in customers])

        def revenues(log: Log) -> dict[str, int]:
            found = {each.key: each.value for each in log.records if each.value is not None}
            states = [decode_row(found[n.encode()]) for n in customers if n.encode() in found]
            return {
                each.customer_id: sum(one.total for one in each.history.orders) for each in states
            }

        # Euros, no currency, and dollars at 0.5; who is new has only the latter two.
        expected = {name: 25_000 if n < 3 else 15_000 for n, name in enumerate(customers)}
        await rows.until(lambda log: revenues(log) == expected, "the orders in dollars")
        await worker.terminate()
