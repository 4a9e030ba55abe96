"""Records as a worker gets them from Kafka, without Kafka."""

from aiokafka import ConsumerRecord

from schemas.topics import SHOP_EVENTS
from topology.domain.history.instant import Instant

_BROKERS_TIME = 1


def consumer_record(
    key: bytes, value: bytes, received: Instant, offset: int
) -> ConsumerRecord[bytes, bytes]:
    """A record of the shop's topic which the broker got at an instant."""
    return ConsumerRecord(
        topic=SHOP_EVENTS,
        partition=0,
        offset=offset,
        timestamp=received // 1_000,
        timestamp_type=_BROKERS_TIME,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key),
        serialized_value_size=len(value),
        headers=(),
    )
