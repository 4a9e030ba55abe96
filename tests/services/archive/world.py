"""Archives of tests: the role as a process, its files, and what Kafka holds."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from schemas import topics
from schemas.erasure import Erasure, ErasureStatus
from services.archive.columns import ArchivedRecord, records_of
from services.archive.file_name import Partition
from services.archive.folder_store import FolderStore
from services.archive.parquet import decode_file
from services.archive.resume import ARCHIVED
from services.archive.retention import list_store
from services.archive.store import Store
from services.platform.kafka.topic_reader import partitions_of, read_until
from tests.services.tools.cli.command import COMMAND, environment
from tests.topology.batching.kafka import Sent, send
from tests.waits import LONGEST_WAIT_S
from topology.domain.rows.erased import fingerprint_of, tombstone_of

APP = "archive-test"
PARTITIONS = 2
SALT = "a salt that nobody guesses"
Held = dict[Partition, list[ArchivedRecord]]


class ArchiveProcess:
    """`stammkunde archive` in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(LONGEST_WAIT_S)

    @property
    def status(self) -> int | None:
        return self._process.poll()


@contextmanager
def archiving(kafka: str, folder: Path, **settings: str) -> Iterator[ArchiveProcess]:
    """Run the role until the block ends; its files are written within a second."""
    log = folder / "archive.log"
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "STAMMKUNDE_APP_ID": APP,
        "STAMMKUNDE_PARTITIONS": str(PARTITIONS),
        "STAMMKUNDE_ERASURE_SALT": SALT,
        "STAMMKUNDE_ARCHIVE_FILE_AGE_S": "1",
        **settings,
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*COMMAND, "archive"],
            stdout=output,
            stderr=output,
            cwd=folder,
            env=environment(folder, **given),
        )
    try:
        yield ArchiveProcess(process, log)
    finally:
        process.kill()
        process.wait()


def store_of(folder: Path) -> FolderStore:
    return FolderStore(folder / "archive")


def held_by(store: Store) -> Held:
    """All records of an archive, in the order of its files; the ranges of its files must meet."""
    found: Held = {}
    ends: dict[Partition, int] = {}
    for each in list_store(store).files:
        name = each.name
        assert ends.get(name.partition, name.first) == name.first
        ends[name.partition] = name.last + 1
        records = list(records_of(decode_file(name, store.read(name.path))))
        assert all(name.first <= record.offset <= name.last for record in records)
        found.setdefault(name.partition, []).extend(records)
    return found


async def in_kafka(kafka: str) -> Held:
    """All committed records of the topics that are archived."""
    found: Held = {}
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        partitions = await partitions_of(consumer, ARCHIVED)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        async for records in read_until(consumer, ends, wait_ms=200):
            for each in records:
                record = ArchivedRecord(
                    each.offset, each.timestamp, each.key, each.value, tuple(each.headers)
                )
                found.setdefault(Partition(each.topic, each.partition), []).append(record)
    return found


async def until(true: Callable[[], bool], what: str) -> None:
    """Wait for what must come."""
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not true():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(what) from None


def order(customer: str, number: int, **more: Any) -> bytes:
    """An order, as a shop sends it."""
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"m-{customer}-{number}",
        "userId": customer,
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"order_id": f"o-{customer}-{number}", "total": 20, "currency": "EUR"},
        **more,
    }
    return json.dumps(message).encode()


def orders(customers: int, each: int, first: int = 0) -> list[Sent]:
    """Orders of customers, by turns."""
    return [
        Sent(topics.SHOP_EVENTS, who % PARTITIONS, f"c-{who}".encode(), order(f"c-{who}", number))
        for number in range(first, first + each)
        for who in range(customers)
    ]


async def erase(kafka: str, *names: str, at: datetime | None = None) -> None:
    """Write the record of a worker that has erased these names."""
    salt, now = SALT.encode(), datetime.now(UTC)
    record = Erasure(
        erasure_id=f"era_{'_'.join(names)}",
        status=ErasureStatus.DONE,
        requested_at=now,
        erased_at=at or now,
        marks=tuple(tombstone_of(salt, name.encode()).hex() for name in names),
        salt=fingerprint_of(salt).hex(),
    )
    sent = Sent(topics.ERASURES, 0, record.erasure_id.encode(), record.model_dump_json().encode())
    await send(kafka, [sent])


def count(held: Held) -> int:
    return sum(map(len, held.values()))
