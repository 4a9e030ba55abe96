"""What each of our log lines says to people: one sentence or two for each event.

The event is for programs and stays the same; values stand beside it. The sentence says what is the
matter, and what to do if something is to be done. Whoever logs another event adds it here; a test
compares.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from structlog.typing import EventDict

_ROLES: Final = {
    "connections": "It uses these servers.",
    "listening": "The API listens here.",
    "api_stopped": "The API has stopped.",
    "metrics are served": "The metrics are served.",
    "few_open_files": (
        "This process may open fewer files than its listeners need: raise the limit (ulimit -n), "
        "or lower STAMMKUNDE_API_LISTENERS."
    ),
    "no_key_yet": (
        "No key has been created yet: every program on this machine may use the API, until "
        "`stammkunde keys create` has made the first one."
    ),
}
_REQUESTS: Final = {
    "request_failed": (
        "A request was answered with 500, by a fault of our own: please report it, with the kind "
        "and the place of the error."
    ),
    "redis_request_failed": (
        "A request was answered with 503, since Redis did not answer it or refused it: see that "
        "Redis runs, and that REDIS_URL may read and write there."
    ),
    "kafka_request_failed": (
        "A request was answered with 503, since Kafka did not answer it or refused it: see that "
        "Kafka runs, and that this role may read and write its topics."
    ),
    "listener_stuck": "A listener took nothing for too long: its stream was closed.",
    "listener_too_slow": "A listener fell too far behind: its stream was closed.",
    "ingest_connected": "The API can write events to Kafka.",
    "ingest_kafka_failed": (
        "Kafka did not confirm some events: their senders were answered 503 and send them again."
    ),
}
_AUDIT: Final = {
    "audit": "An action was written to the audit trail.",
    "audit_outcome_not_written": (
        "An action was done, but its outcome could not be written to the audit trail: the trail "
        "holds only that it began."
    ),
    "policy_not_noted": (
        "The policy at work could not be written to the audit trail yet; it is tried again."
    ),
}
_DELIVERY: Final = {
    "partitions_assigned": "Delivery works on these partitions from now on.",
    "unreadable_erasure": "An erasure can't be read and is left out.",
    "unreadable_trigger": "A trigger can't be read and is not delivered.",
    "trigger_gone": (
        "A trigger is no longer in Kafka and can't be delivered: Kafka has deleted it, by its age."
    ),
    "triggers_gone": (
        "Triggers that were not delivered are no longer in Kafka: delivery goes on with the oldest "
        "that there is."
    ),
    "fenced": "Another process has taken this partition over; this one waits until it is clear.",
    "partition_set_aside": (
        "Deliveries of a partition stopped, by a fault of our own. The others go on, and it is "
        "tried again, after growing pauses."
    ),
    "lane_set_aside": (
        "Deliveries of a subscription stopped, by a fault of our own. The others go on, and it is "
        "tried again, after growing pauses."
    ),
    "lane_goes_on": "Deliveries of these subscriptions go on.",
    "endpoint_gone": "The endpoint answered 410: its subscription is switched off.",
    "delivery_exhausted": (
        "A webhook message was given up after its last attempt: it is listed as exhausted, and can "
        "be sent again."
    ),
}
_PROJECTOR: Final = {
    "projector_started": "The projector follows its topics.",
    "read_model_empty": "Redis is empty: the projector builds it from the beginning of the topics.",
    "read_model_ready": "All that was in Kafka can be seen in the API.",
    "read_model_lost": "Redis has lost what it held: the projector looks at what is there.",
    "topics_changed": "The topics have changed: the projector looks at what is there.",
    "topics_created_anew": (
        "Topics were deleted and created anew: the projector builds Redis anew from them."
    ),
    "records_gone_from_topics": (
        "Kafka has deleted records that the projector had not read: it builds Redis anew."
    ),
    "too_long_without_kafka": (
        "The projector was away for longer than Kafka keeps tombstones: it builds Redis anew."
    ),
    "unreadable_record": (
        "A record can't be read: it is skipped and counted. Others of this partition are not "
        "mentioned."
    ),
    "redis_files_written_anew": "Redis has written its files anew, without what was erased.",
    "redis_keeps_what_was_erased": (
        "Redis' files hold what was erased until Redis writes them anew by itself: let this user "
        "run BGREWRITEAOF, or run it yourself."
    ),
}
_WORKER: Final = {
    "worker starts": "The worker starts.",
    "worker ends": "The worker ends.",
    "worker ends without a proper stop": (
        "The worker ends at once, since its stop takes too long: the next owner of its partitions "
        "undoes what is in flight."
    ),
    "changelog_incomplete": (
        "What it has counted of customers is lost there, and it will not go on with wrong numbers. "
        "Restore the topic, or begin anew with another STAMMKUNDE_APP_ID, which reads all events "
        "that Kafka still has again and writes what follows from them a second time; or set "
        "STAMMKUNDE_INCOMPLETE_CHANGELOG=accept to go on with what is left."
    ),
    "topics keep what was erased for longer than they should": (
        "Topics keep what was erased for longer than they should, and Kafka does not let us change "
        "them: see docs/erasure.md."
    ),
    "Kafka went away during the start, trying again": (
        "Kafka went away while the worker started: it tries again."
    ),
    "waiting for Kafka": "The worker waits for Kafka.",
    "partition ready": "The worker has restored a partition's rows and works on it.",
    "restoring": "The worker is restoring a partition's rows.",
    "letting go of a partition": (
        "The worker gives a partition up and takes it again: what was not committed is done again."
    ),
    "going on with what is left, as the settings say": (
        "The changelog lacks records: the worker goes on with the rows that are left, as "
        "STAMMKUNDE_INCOMPLETE_CHANGELOG says."
    ),
    "ending a transaction whose end the broker has lost": (
        "Kafka has lost the end of a transaction (KAFKA-20734): the worker ends it, and takes the "
        "partition from there. Nothing is lost and nothing counts twice."
    ),
    "the broker lost the end of a transaction, ending it anew": (
        "Kafka has lost the end of the transaction before (KAFKA-20734): the next one ends it, too."
    ),
    "a fetch went missing, reading it again": (
        "Records that Kafka sent did not arrive in order: the worker reads them again."
    ),
    "a producer does not end, leaving it behind": (
        "A producer did not stop in time: the worker goes on without waiting for it."
    ),
    "could not leave the group in order": (
        "The worker could not tell Kafka that it leaves: its partitions are free once its session "
        "has timed out."
    ),
    "the clock waits: the brokers can't say": (
        "The brokers can't say where the topics end: the clock waits, and nothing falls due "
        "meanwhile."
    ),
    "partitions hold up the clock of all others": (
        "Partitions that don't move hold up the clock, so that nothing falls due on any: see that "
        "each of them has a worker that runs."
    ),
}
_OUTAGES: Final = {
    "kafka_away": "Kafka does not answer: see that it runs. All that needs it waits for it.",
    "kafka_back": "Kafka answers again.",
    "redis_away": "Redis does not answer: see that it runs. All that needs it waits for it.",
    "redis_back": "Redis answers again.",
    "ingest_away": (
        "The API can't write events to Kafka: it answers 503 and tries again. See that Kafka runs, "
        "and that its topics are there (`stammkunde topics create`)."
    ),
    "ingest_back": "The API can write events to Kafka again.",
    "topics_away": "Topics are missing: `stammkunde topics create` creates them.",
    "topics_back": "The topics are there.",
    "turn_away": "Another projector is at work: this one waits until it ends.",
    "turn_back": "No other projector is at work any more: this one works.",
    "dead_letters_away": "The dead letters can't be counted: their figures are old until they can.",
    "dead_letters_back": "The dead letters are counted again.",
    "table_away": "A topic can't be read: what was read last is used until it can.",
    "table_back": "The topic can be read again.",
    "group_away": "Kafka does not let this process into its consumer group yet; it tries again.",
    "group_back": "This process is in its consumer group.",
    "endpoint_away": (
        "An endpoint fails: its webhook messages wait and are tried again, after growing pauses."
    ),
    "endpoint_back": "The endpoint takes webhook messages again.",
}
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_ROLES,
        **_REQUESTS,
        **_AUDIT,
        **_DELIVERY,
        **_PROJECTOR,
        **_WORKER,
        **_OUTAGES,
    }
)


def with_sentence(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the sentence of an event as its `message`."""
    sentence = SENTENCES.get(str(event.get("event")))
    if sentence is not None:
        event.setdefault("message", sentence)
    return event
