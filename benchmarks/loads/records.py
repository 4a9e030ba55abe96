"""Records of the loads, and as a worker gets them from Kafka, without Kafka."""

from dataclasses import dataclass

from aiokafka import ConsumerRecord

from schemas.topics import SHOP_EVENTS
from topology.domain.history.instant import Instant

_BROKERS_TIME = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the shop's topic. `received` is when the broker has it."""

    received: Instant
    key: bytes
    value: bytes


def consumer_record(record: Record, offset: int) -> ConsumerRecord[bytes, bytes]:
    """A record as a worker gets it."""
    return ConsumerRecord(
        topic=SHOP_EVENTS,
        partition=0,
        offset=offset,
        timestamp=record.received // 1_000,
        timestamp_type=_BROKERS_TIME,
        key=record.key,
        value=record.value,
        checksum=None,
        serialized_key_size=len(record.key),
        serialized_value_size=len(record.value),
        headers=(),
    )
