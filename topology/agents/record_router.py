"""Record router: sends a record to its home partition, or to the dead letters."""

from typing import Final

from aiokafka.partitioner import murmur2

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import received_header
from topology.agents.dead_letters import Refusal, dead_letter
from topology.agents.received import first_received, received_ms
from topology.agents.sizes import Limits
from topology.batching.handler import Output
from topology.batching.record import Record

FORWARDED: Final = "forwarded-from"
"""The header of a record that was handed on to its profile's partition."""


class RecordRouter:
    """Says where a record belongs, by Kafka's standard partitioner, and hands it on."""

    def __init__(self, partitions: int, limits: Limits) -> None:
        self._partitions = partitions
        self._limits = limits

    def home(self, key: bytes) -> int:
        """The partition of a profile."""
        return int(murmur2(key) & 0x7FFFFFFF) % self._partitions

    def hand_on(self, record: Record, key: bytes, home: int) -> Output:
        """To its profile's partition; once, since whoever sent it here counts otherwise."""
        before = dict(record.headers).get(FORWARDED)
        if before is not None:
            origin = before.decode(errors="replace")
            detail = f"handed on from {origin} to {record.partition}, though it belongs to {home}"
            return self.refuse(record, Refusal(DeadLetterReason.WRONG_PARTITION, detail))
        place = f"{record.topic}-{record.partition}-{record.offset}".encode()
        headers = [*record.headers, (FORWARDED, place)]
        if record.topic != topics.JOINS and first_received(record) is None:
            headers.append(received_header(received_ms(record)))
        output = Output(record.topic, key, record.value, headers, home)
        if self._limits.take(output):
            return output
        detail = f"too large to be handed on to partition {home}, where it belongs"
        return self.refuse(record, Refusal(DeadLetterReason.TOO_LARGE, detail))

    def refuse(self, record: Record, refusal: Refusal) -> Output:
        """To the dead letters."""
        return dead_letter(record, refusal, self._limits)
