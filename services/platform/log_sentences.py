"""The sentences of our log lines for people: one or two for each event.

The name of an event is for programs and never changes. Its sentence describes the event, and what
to do about it if that is needed. A new event needs a sentence in here, or in `worker_sentences`: a
test compares.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from structlog.typing import EventDict

from services.platform.worker_sentences import WORKER

_ROLES: Final = {
    "connections": "These are its servers.",
    "listening": "The API listens at this address.",
    "stop_requested": "A signal has asked this process to end.",
    "api_stopped": "The API has stopped.",
    "metrics are served": "The process serves its metrics.",
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
        "A request was answered with 500, because of a bug: please report it, with the kind and "
        "the place of the error."
    ),
    "redis_request_failed": (
        "The API answered a request with 503, since Redis did not answer or refused a command: "
        "check that Redis runs, and that the user in REDIS_URL may read and write."
    ),
    "kafka_request_failed": (
        "The API answered a request with 503, since Kafka did not answer or refused it: check that "
        "Kafka runs, and that this role may read and write its topics."
    ),
    "listener_stuck": "A listener received nothing for too long: the API closed its stream.",
    "listener_too_slow": "A listener fell too far behind: the API closed its stream.",
    "ingest_connected": "The API can write events to Kafka.",
    "ingest_kafka_failed": (
        "Kafka did not confirm some events: the API answered 503, so their senders send them again."
    ),
}
_POLICIES: Final = {
    "a policy was published": (
        "A policy was published: every partition goes on under it from the instant at which it is "
        "in force."
    ),
    "the policy file decides, whatever is published": (
        "This worker uses the file that STAMMKUNDE_POLICY names. It does not follow the published "
        "policies: leave the setting out if it should."
    ),
    "a published policy can't be used": (
        "This release can't use a published policy, and goes on as if nobody had published it: "
        "update this role, or publish a policy that it can use."
    ),
    "a published policy can't be read": (
        "A record of the published policies can't be read, and is ignored: publish it again."
    ),
    "a published policy could not be checked yet": (
        "Kafka did not answer when a published policy was checked: the worker tries again."
    ),
    "partition goes on under another version": (
        "A partition has reached the instant of another policy, and goes on under it."
    ),
}
_TRIALS: Final = {
    "trial_ended": "A trial of a policy has ended: `state` says how, and `reason` why.",
}
_CONNECT: Final = {
    "data_requested": (
        "A customer of this connected shop asks for their data, and the shop says who: "
        "POST /v1/customers/{id}/export gives it, under the name that docs/connect.md says."
    ),
    "shop_erasure_requested": (
        "This connected shop has asked that all its customers are erased, and the API has asked "
        "the workers to do it. Erase guests by their addresses."
    ),
    "sighting_not_recorded": (
        "Kafka did not take what `stammkunde connect check` shows of this shop; nothing else is "
        "missing."
    ),
}
_AUDIT: Final = {
    "audit": "The audit trail has recorded an action.",
    "audit_outcome_not_written": (
        "The outcome of an action could not be written to the audit trail: the trail holds only "
        "that it began."
    ),
    "policy_not_noted": (
        "The audit trail could not record the policy in use yet; the role tries again."
    ),
}
_DELIVERY: Final = {
    "partitions_assigned": "Delivery sends the triggers of these partitions from now on.",
    "unreadable_erasure": "This role can't read an erasure, and ignores it.",
    "unreadable_trigger": "Delivery can't read a trigger, and does not deliver it.",
    "trigger_gone": (
        "Kafka has deleted a trigger by its age, so that delivery can't send it any more."
    ),
    "triggers_gone": (
        "Kafka has deleted triggers before delivery sent them: delivery goes on with the oldest "
        "that is left."
    ),
    "fenced": (
        "Another process has taken over this partition: this one pauses, and takes it again only "
        "if it still owns it."
    ),
    "partition_set_aside": (
        "A bug stopped the deliveries of a partition. The others go on, and delivery tries it "
        "again, after growing pauses."
    ),
    "lane_set_aside": (
        "A bug stopped the deliveries of a subscription. The others go on, and delivery tries it "
        "again, after growing pauses."
    ),
    "lane_goes_on": "Delivery to these subscriptions goes on.",
    "endpoint_gone": "The endpoint answered 410: delivery has switched its subscription off.",
    "delivery_exhausted": (
        "The last attempt to send a webhook message failed: the API lists it as exhausted, and can "
        "send it again."
    ),
}
_PROJECTOR: Final = {
    "projector_started": "The projector follows its topics.",
    "read_model_empty": "Redis is empty: the projector builds it from the beginning of the topics.",
    "read_model_ready": "The API shows all that was in Kafka.",
    "read_model_lost": "Redis has lost its data: the projector checks what is left.",
    "topics_changed": "The topics have changed: the projector checks them.",
    "topics_created_anew": (
        "Topics were deleted and created anew: the projector rebuilds Redis from them."
    ),
    "records_gone_from_topics": (
        "Kafka has deleted records that the projector had not read: it rebuilds Redis."
    ),
    "too_long_without_kafka": (
        "The projector was away for longer than Kafka keeps tombstones: it rebuilds Redis."
    ),
    "unreadable_record": (
        "The projector can't read a record: it skips and counts it. Further ones of this partition "
        "are not logged."
    ),
    "redis_files_written_anew": "Redis has rewritten its files, without the erased data.",
    "redis_keeps_what_was_erased": (
        "Redis' files hold erased data until Redis rewrites them by itself: allow this user to run "
        "BGREWRITEAOF, or run it yourself."
    ),
}
_ARCHIVE: Final = {
    "archive_started": "The archive writes what the topics hold to files, and takes this room.",
    "archive_erased": "The archive has written files again, without those who were erased.",
    "archive_days_removed": (
        "The archive has removed the files of days that are older than STAMMKUNDE_ARCHIVE_DAYS."
    ),
    "archive_file_damaged": (
        "A file of the archive can't be read, so nobody knows whether it holds somebody who was "
        "erased: restore it or remove it, and start the archive again."
    ),
    "archive_records_lost": (
        "Kafka had deleted records before the archive could write them: keep them longer in Kafka, "
        "or the store from being away for so long."
    ),
    "archive_records_at_risk": (
        "The store has been away for longer than Kafka keeps this topic: records may be deleted "
        "before they are archived. Raise the topic's retention.ms, or bring the store back."
    ),
    "archive_place_shared": (
        "Another process archives to the same place. The archive begins again after its files: run "
        "only one, or give each a place of its own."
    ),
    "archive_file_overlaps": (
        "Two files of the archive have the same records, since two processes have archived to the "
        "same place: move away the one whose offsets the others have."
    ),
    "archive_partitions_changed": "The topics have more partitions: the archive begins again.",
    "archive_offsets_gone": (
        "Kafka has deleted the next records of a partition: the archive begins again with those "
        "that are left."
    ),
}
_OUTAGES: Final = {
    "kafka_away": "Kafka does not answer: check that it runs. This role waits for it.",
    "kafka_back": "Kafka answers again.",
    "redis_away": "Redis does not answer: check that it runs. This role waits for it.",
    "redis_back": "Redis answers again.",
    "ingest_away": (
        "The API can't write events to Kafka: it answers 503 and tries again. Check that Kafka "
        "runs, and that its topics exist (`stammkunde topics create`)."
    ),
    "ingest_back": "The API can write events to Kafka again.",
    "topics_away": "Topics are missing: `stammkunde topics create` creates them.",
    "topics_back": "The topics exist.",
    "turn_away": "Another projector runs: this one waits until it ends.",
    "turn_back": "No other projector runs any more: this one takes over.",
    "dead_letters_away": "The API can't count the dead letters: their metrics stay as they were.",
    "dead_letters_back": "The API counts the dead letters again.",
    "archive_store_away": (
        "The store of the archive is full, or does not answer. The archive waits for it, and Kafka "
        "keeps the records."
    ),
    "archive_store_back": "The store of the archive takes files again.",
    "archive_ahead_away": (
        "The archive holds records of other topics than those in Kafka: set STAMMKUNDE_ARCHIVE to "
        "an empty folder, or to the one of this Kafka."
    ),
    "archive_ahead_back": "The archive and Kafka fit together again.",
    "table_away": "This role can't read a topic: it uses the values that it has read last.",
    "table_back": "This role reads the topic again.",
    "group_away": "Kafka does not let this process into its consumer group yet; it tries again.",
    "group_back": "This process is in its consumer group.",
    "endpoint_away": (
        "An endpoint fails: delivery tries its webhook messages again, after growing pauses."
    ),
    "endpoint_back": "The endpoint accepts webhook messages again.",
}
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_ROLES,
        **_REQUESTS,
        **_TRIALS,
        **_CONNECT,
        **_AUDIT,
        **_POLICIES,
        **_DELIVERY,
        **_PROJECTOR,
        **_ARCHIVE,
        **WORKER,
        **_OUTAGES,
    }
)


def with_sentence(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the sentence of an event as its `message`."""
    sentence = SENTENCES.get(str(event.get("event")))
    if sentence is not None:
        event.setdefault("message", sentence)
    return event
