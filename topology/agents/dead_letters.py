"""Dead letters: the bytes as received, and why they were not taken."""

from aiokafka import ConsumerRecord

from schemas import dead_letter as headers
from schemas import topics
from topology.agents.decode import Refusal
from topology.batching.handler import Output


def dead_letter(record: ConsumerRecord[bytes, bytes], refusal: Refusal) -> Output:
    """The dead letter of a record."""
    return Output(
        topics.DEAD_LETTERS,
        record.key,
        record.value,
        (
            (headers.REASON, refusal.reason.encode()),
            (headers.DETAIL, refusal.detail.encode()),
            (headers.SOURCE_TOPIC, record.topic.encode()),
            (headers.SOURCE_PARTITION, str(record.partition).encode()),
            (headers.SOURCE_OFFSET, str(record.offset).encode()),
        ),
    )
