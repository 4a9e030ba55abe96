"""How many brokers should hold each record, and what follows from fewer: pure."""

from collections.abc import Mapping
from typing import Final

MOST_REPLICAS: Final = 3
MIN_IN_SYNC: Final = "min.insync.replicas"


def replicas_for(brokers: int) -> int:
    """Return the replicas of a new topic: three, or one on each broker if there are fewer."""
    return max(1, min(brokers, MOST_REPLICAS))


def in_sync_for(replicas: int) -> int:
    """Return how many replicas must have a record before Kafka acknowledges it.

    Of three replicas two: one broker may be lost, and the others go on. Of two replicas one, since
    the loss of either broker would stop everything.
    """
    return 2 if replicas >= MOST_REPLICAS else 1


def settings_for(brokers: int) -> dict[str, str]:
    """Return the settings of a new topic that depend on the number of brokers."""
    return {MIN_IN_SYNC: str(in_sync_for(replicas_for(brokers)))}


def meaning(brokers: int) -> str:
    """Describe what the loss of a broker means if all topics have the replicas they should."""
    if brokers >= MOST_REPLICAS:
        return (
            f"{brokers} brokers: three of them hold each record, two before it is acknowledged. "
            "If one is lost, no record is, and nothing stands still."
        )
    if brokers == MOST_REPLICAS - 1:
        return (
            "2 brokers: both hold each record, but one is enough to acknowledge it. If one is "
            "lost, the other goes on; what that one lacks is lost. With three brokers nothing is."
        )
    return (
        "1 broker: it alone holds each record. If its disk is lost, everything is lost. With three "
        "brokers nothing is."
    )


def too_few(brokers: int, replicas: Mapping[str, int], in_sync: Mapping[str, int]) -> list[str]:
    """Describe the topics that fewer brokers hold than could, and how to change that.

    `replicas` and `in_sync` are by topic: how many brokers hold it, and how many must have a record
    before Kafka acknowledges it.
    """
    wanted = replicas_for(brokers)
    enough = in_sync_for(wanted)
    few = sorted(name for name, found in replicas.items() if found < wanted)
    loose = sorted(
        name for name, found in in_sync.items() if found < enough and replicas[name] >= wanted
    )
    faults = []
    if few:
        faults.append(
            f"{', '.join(few)}: fewer than {wanted} replicas, though there are {brokers} brokers: "
            "the loss of one may lose records. Give them more with kafka-reassign-partitions.sh"
            + (f", then set {MIN_IN_SYNC}={enough}" if enough > 1 else "")
        )
    if loose:
        faults.append(
            f"{', '.join(loose)}: {MIN_IN_SYNC} is less than {enough}, so that a record may be "
            "acknowledged that one broker alone holds. Run for each: kafka-configs.sh "
            f"--bootstrap-server … --alter --topic … --add-config {MIN_IN_SYNC}={enough}"
        )
    return faults
