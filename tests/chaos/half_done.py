"""What faults have interrupted: records of transactions that were never committed."""

from schemas import topics
from tests.chaos.tail import Tail
from tests.chaos.world import APP, PARTITIONS


async def count_half_done(kafka: str) -> int:
    """How many records of the changelog no subscriber ever sees."""
    changelog = [topics.changelog(APP)]
    written = await Tail(kafka, changelog, PARTITIONS, committed=False).rest()
    return len(written) - len(await Tail(kafka, changelog, PARTITIONS).rest())
