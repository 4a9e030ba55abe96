"""A replay of CSV that is stopped in the middle, and started again."""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import topics
from schemas.counted import counted
from schemas.policy import load_default_policy
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.services.tools.replay.arrived import Topics, records_since
from tests.services.tools.replay.test_csv_rows import HEADER, MAP

pytestmark = pytest.mark.e2e

DAYS = 28
REPLAY = ("replay", "orders.csv", "--map", "map.yaml")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """An order for each of four weeks' days, one of them wrong."""
    rows = [f"c-1,1997-02-{day:02}T12:00:00Z,o-{day},{day}.50,\n" for day in range(1, DAYS + 1)]
    rows.insert(3, "c-1,1997-02-04T12:00:00Z,o-4,much,\n")
    (tmp_path / "orders.csv").write_bytes(HEADER + "".join(rows).encode())
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(MAP))
    return tmp_path


def summary(stdout: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(stdout.splitlines()[-1])
    return report


async def orders_since(before: Topics) -> list[str]:
    records = await records_since(before)
    shop = [json.loads(one.value) for one in records if one.topic == topics.SHOP_EVENTS]
    return [message["properties"]["order_id"] for message in shop]


async def stopped_in_the_middle(before: Topics, folder: Path) -> dict[str, Any]:
    """Replay slowly, and send SIGTERM once something has been acknowledged."""
    replaying = await asyncio.create_subprocess_exec(
        *COMMAND,
        *REPLAY,
        *("--speed", "10"),
        cwd=folder,
        env=environment(folder, KAFKA_BOOTSTRAP_SERVERS=before.kafka),
        stdout=PIPE,
        stderr=PIPE,
    )
    while not _is_marked(folder):
        assert replaying.returncode is None
        await asyncio.sleep(0.02)
    replaying.terminate()
    stdout, _ = await replaying.communicate()
    assert replaying.returncode == 3, "a row was refused"
    return summary(stdout.decode())


def _is_marked(folder: Path) -> bool:
    return any(folder.glob("replays/*.json"))


async def test_it_goes_on_where_kafka_had_acknowledged(before: Topics, orders: Path) -> None:
    stopped = await stopped_in_the_middle(before, orders)
    assert 0 < stopped["messages"] < DAYS
    assert not stopped["complete"]
    arrived = await orders_since(before)
    ended = run(orders, *REPLAY, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert f"going on after {counted(stopped['messages'], 'message')} that" in ended.stderr
    assert "orders.csv, line 5: properties.total: this is no number" in ended.stderr
    assert summary(ended.stdout) == {
        "file": "orders.csv",
        "messages": DAYS,
        "unrecognised": 0,
        "refused": 1,
        "refused_by_reason": {"csv_row": 1},
        "judged_by": f"policy {load_default_policy().version}",
        "ticks": DAYS,
        "until": "1997-03-01T00:00:00Z",
        "complete": True,
    }
    later = (await orders_since(before))[len(arrived) :]
    assert later == [f"o-{day}" for day in range(stopped["messages"] + 1, DAYS + 1)]


async def test_from_the_start_all_is_sent_again_under_the_same_ids(
    before: Topics, orders: Path
) -> None:
    await stopped_in_the_middle(before, orders)
    for options in (("--from-start",), ()):  # The second time it is at its end, and begins again.
        ended = run(orders, *REPLAY, *options, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
        assert "going on" not in ended.stderr
    records = [one for one in await records_since(before) if one.topic == topics.SHOP_EVENTS]
    assert len(records) > 2 * DAYS
    assert len({json.loads(one.value)["messageId"] for one in records}) == DAYS


async def test_a_map_that_does_not_fit_sends_nothing(before: Topics, orders: Path) -> None:
    (orders / "map.yaml").write_text("fields: {userId: nobody}")
    ended = run(orders, *REPLAY, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 1
    assert "It has: customer, at, order, amount, note." in ended.stderr
    assert await records_since(before) == []
