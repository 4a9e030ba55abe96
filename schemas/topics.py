"""The catalogue of topics: name, owner, key, partitions and how long records are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 86_400_000
COMPACTED_WITHIN_MS: Final = DAY_MS
"""How long a record that was replaced or removed may stay in a compacted topic.

Kafka compacts no segment that is still written to, so that is begun again as often.
"""

SHOP_EVENTS: Final = "shop.events.v1"
SOCIAL_EVENTS: Final = "social.events.v1"
SUPPORT_EVENTS: Final = "support.events.v1"
CLOCK: Final = "journey.clock.v1"
JOINS: Final = "journey.joins.v1"
TRANSITIONS: Final = "customer.transitions.v1"
TRIGGERS: Final = "retention.triggers.v1"
HELD: Final = "retention.held.v1"
DEAD_LETTERS: Final = "journey.dead-letters.v1"
SUBSCRIPTIONS: Final = "delivery.subscriptions.v1"
PROGRESS: Final = "delivery.progress.v1"
ACCESS_KEYS: Final = "access.keys.v1"
ACCESS_AUDIT: Final = "access.audit.v1"
ERASURES: Final = "customer.erasures.v1"
POLICIES: Final = "retention.policies.v1"
CONNECT_SOURCES: Final = "connect.sources.v1"

SOURCES: Final = (SHOP_EVENTS, SOCIAL_EVENTS, SUPPORT_EVENTS)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention_days` is None for a topic that is only compacted.

    Every topic has the same number of partitions, so that all of one profile meets in one.
    """

    name: str
    owner: str
    key: str
    value: str
    retention_days: int | None
    extra: Mapping[str, str] = field(default_factory=dict)

    def config(self) -> dict[str, str]:
        """The topic's settings, as the broker takes them."""
        if self.retention_days is None:
            return {"cleanup.policy": "compact", **self.bounds(), **self.extra}
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_days * DAY_MS),
            **self.extra,
        }

    def bounds(self) -> dict[str, str]:
        """The settings that bound how long a compacted topic keeps what was replaced."""
        if self.retention_days is not None:
            return {}
        within = str(COMPACTED_WITHIN_MS)
        return {"max.compaction.lag.ms": within, "segment.ms": within}


BROKER_TIME: Final = {"message.timestamp.type": "LogAppendTime"}


def catalogue(app_id: str) -> tuple[Topic, ...]:
    """All topics of the application `app_id`."""
    message = "a message in Segment's spec, JSON"
    return (
        Topic(SHOP_EVENTS, "anyone", "profile id", message, 30, BROKER_TIME),
        Topic(SOCIAL_EVENTS, "anyone", "profile id", message, 30, BROKER_TIME),
        Topic(SUPPORT_EVENTS, "anyone", "profile id", message, 30, BROKER_TIME),
        Topic(CLOCK, "replays", "none", "a clock tick, JSON", 1, BROKER_TIME),
        Topic(
            JOINS,
            "worker",
            "profile id",
            "what rows of one person tell each other, internal",
            30,
            {**BROKER_TIME, "max.message.bytes": "16777216"},
        ),
        Topic(TRANSITIONS, "worker", "customer id", "a transition, JSON", 365, BROKER_TIME),
        Topic(TRIGGERS, "worker", "customer id", "a trigger, JSON", 90, BROKER_TIME),
        Topic(HELD, "worker", "customer id", "a held trigger, JSON", 90, BROKER_TIME),
        Topic(DEAD_LETTERS, "worker, ingest", "as received", "as received", 30, BROKER_TIME),
        Topic(
            SUBSCRIPTIONS,
            "api, delivery",
            "subscription id",
            "a webhook subscription, internal",
            None,
            BROKER_TIME,
        ),
        Topic(
            PROGRESS,
            "delivery",
            "subscription id and partition",
            "what is delivered, internal",
            None,
            BROKER_TIME,
        ),
        Topic(
            ERASURES,
            "api, worker",
            "erasure id",
            "an erasure and the marks of its names, internal",
            365,
            BROKER_TIME,
        ),
        Topic(
            ACCESS_KEYS,
            "stammkunde keys",
            "key id",
            "who may do what, hashed, internal",
            None,
            BROKER_TIME,
        ),
        Topic(
            ACCESS_AUDIT,
            "api, worker, stammkunde keys",
            "key id",
            "who did what, JSON",
            365,
            BROKER_TIME,
        ),
        Topic(
            POLICIES,
            "stammkunde policy publish",
            "revision",
            "a published policy, JSON; all are in partition 0",
            None,
            {**BROKER_TIME, "max.message.bytes": "16777216"},
        ),
        Topic(
            CONNECT_SOURCES,
            "stammkunde connect, api",
            "kind and name",
            "a shop that sends webhooks, internal",
            None,
            BROKER_TIME,
        ),
        Topic(
            changelog(app_id),
            "worker",
            "profile id",
            "the customer's row, internal",
            None,
            {**BROKER_TIME, "max.message.bytes": "16777216"},
        ),
    )


def changelog(app_id: str) -> str:
    """The changelog of the customers table."""
    return f"{app_id}-customers-changelog"
