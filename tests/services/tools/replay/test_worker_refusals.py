"""Where the messages of a replay have arrived."""

from dataclasses import dataclass

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.tools.replay.worker_refusals import SentOffsets


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int


@given(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 40))))
def test_it_has_exactly_what_came(places: set[tuple[int, int]]) -> None:
    sent_offsets = SentOffsets()
    for partition, offset in sorted(places):
        sent_offsets.add(Record("t", partition, offset))
    for partition in range(3):
        for offset in range(42):
            found = sent_offsets.has(TopicPartition("t", partition), offset)
            assert found is ((partition, offset) in places)
    ends = {partition: offset + 1 for partition, offset in sorted(places)}
    assert sent_offsets.ends() == {TopicPartition("t", each): end for each, end in ends.items()}
