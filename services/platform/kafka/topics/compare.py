"""The catalogue beside what there is: pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.topics import Topic
from services.platform.faults import FaultError

COMPACT: Final = "compact"


def agreed_partitions(existing: Mapping[str, int], wanted: int) -> int:
    """Return the number of partitions that the topics have, or `wanted` if there are none yet.

    Raises:
        FaultError: they do not agree; one customer's events would then not meet in one partition.
    """
    numbers = set(existing.values())
    if len(numbers) > 1:
        found = ", ".join(f"{name} has {number}" for name, number in sorted(existing.items()))
        msg = (
            "The topics must all have the same number of partitions, but they do not: "
            f"{found}. Delete those that differ and run `stammkunde topics create`."
        )
        raise FaultError(msg)
    return numbers.pop() if numbers else wanted


def refuse_expiry(topic: Topic, found: Mapping[str, str]) -> None:
    """Refuse a topic whose records must not expire, and would.

    Raises:
        FaultError: it says how to put that right.
    """
    policy = found.get("cleanup.policy", COMPACT)
    if topic.retention_days is None and policy != COMPACT:
        msg = (
            f"The topic {topic.name} has cleanup.policy={policy}, so that what is known of quiet "
            f"customers would expire. Run: kafka-configs.sh --bootstrap-server … --alter --topic "
            f"{topic.name} --add-config cleanup.policy={COMPACT}"
        )
        raise FaultError(msg)


def differing_settings(topic: Topic, found: Mapping[str, str]) -> Sequence[str]:
    """Say each setting of an existing topic that is not as the catalogue has it."""
    return [
        f"{name} is {found.get(name)}, should be {value}"
        for name, value in topic.config().items()
        if found.get(name) != value
    ]
