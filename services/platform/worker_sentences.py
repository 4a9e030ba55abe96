"""The sentences of the worker's log lines for people, as in `log_sentences`."""

from typing import Final

WORKER: Final = {
    "worker starts": "The worker starts.",
    "worker ends": "The worker ends.",
    "worker ends without a proper stop": (
        "The worker ends at once, since its stop takes too long: the next owner of its partitions "
        "aborts its open transactions."
    ),
    "changelog_incomplete": (
        "The changelog lacks customers' rows, and the worker does not go on with wrong numbers. "
        "Restore the topic; or start with another STAMMKUNDE_APP_ID, so that the worker reads all "
        "events that Kafka still has and writes their results a second time; or set "
        "STAMMKUNDE_INCOMPLETE_CHANGELOG=accept to go on with the rows that are left."
    ),
    "topics keep what was erased for longer than they should": (
        "Topics keep erased data for longer than they should, and Kafka does not let the worker "
        "change them: see docs/erasure.md."
    ),
    "Kafka went away during the start, trying again": (
        "Kafka went away while the worker started: it tries again."
    ),
    "waiting for Kafka": "The worker waits for Kafka.",
    "partition ready": "The worker has restored a partition's rows, and processes its events.",
    "not using a snapshot": (
        "The snapshot of a partition can't be used: the worker reads all rows from Kafka, which "
        "takes longer."
    ),
    "removed a snapshot": (
        "A row of a partition was removed, for instance by an erasure: so the worker removed the "
        "snapshot that may hold it. It takes another one later."
    ),
    "can't write a snapshot": (
        "The worker can't write a snapshot into its data folder: the next restart takes longer."
    ),
    "restoring": "The worker is restoring a partition's rows.",
    "releasing a partition": (
        "The worker releases a partition and takes it again: it repeats uncommitted work."
    ),
    "continuing with an incomplete changelog, as the settings say": (
        "The changelog lacks records: the worker goes on with the rows that are left, as "
        "STAMMKUNDE_INCOMPLETE_CHANGELOG says."
    ),
    "the broker lost markers of a transaction, ending it again": (
        "Kafka has lost the end of a transaction (KAFKA-20734): the worker ends it, and goes on "
        "from there. Nothing is lost, and nothing counts twice."
    ),
    "the broker lost markers of an earlier transaction, ending it with this one": (
        "Kafka has lost the end of the transaction before (KAFKA-20734): the next one ends it, too."
    ),
    "a fetch is missing, seeking back": (
        "Records from Kafka did not arrive in order: the worker reads them again."
    ),
    "a producer did not close in time, abandoning it": (
        "A producer did not stop in time: the worker goes on without waiting for it."
    ),
    "could not leave the consumer group": (
        "The worker could not tell Kafka that it leaves: its partitions are free once its session "
        "has timed out."
    ),
    "the clock waits for brokers that do not answer": (
        "The brokers do not answer where the topics end: the clock waits, and nothing falls due "
        "meanwhile."
    ),
    "partitions hold up the clock of all others": (
        "Partitions that don't move hold up the clock, so that nothing falls due on any: check "
        "that each of them has a worker that runs."
    ),
}
