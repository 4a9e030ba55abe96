"""The names of the contract, written out here a second time: a slip in the code shows."""

from schemas import topics
from schemas.dead_letter import DeadLetterHeaders
from schemas.dimensions import Dimension
from schemas.messages.envelope import Channel
from schemas.messages.social import Network
from schemas.topics import Topic, catalogue
from schemas.transition import Cause, Transition
from schemas.trigger import Action, ActionKind, Priority, Trigger
from tests.schemas.examples import messages as example_messages


def test_an_example_is_called_like_its_event() -> None:
    """So it can be found."""
    for name, message in example_messages().items():
        words = message.get("event", message["type"]).lower().replace(" ", "-")
        assert name.split("/")[1].startswith(words)


def test_identify_and_alias_have_an_example() -> None:
    """The two kinds that are no track event."""
    assert {message["type"] for message in example_messages().values()} == {
        "track",
        "identify",
        "alias",
    }


def test_the_channels_are_exactly_those_of_the_contract() -> None:
    """In `context.channel`."""
    assert {str(each) for each in Channel} == {
        *("web", "app", "store", "marketplace", "partner", "phone", "social")
    }


def test_the_networks_are_exactly_those_of_the_contract() -> None:
    """In `properties.network`."""
    assert {str(each) for each in Network} == {
        *("linkedin", "xing", "facebook", "instagram", "whatsapp", "youtube", "tiktok"),
        *("clubhouse", "snapchat", "pinterest", "x", "other"),
    }


def test_a_transition_has_exactly_the_fields_of_the_contract() -> None:
    """As they are called on the wire."""
    assert {field.alias or name for name, field in Transition.model_fields.items()} == {
        *("customer_id", "dimension", "from", "to", "cause", "cause_message_id"),
        *("effective_at", "observed_at", "sequence", "facts", "policy_version"),
    }
    assert {str(each) for each in Dimension} == {"segment", "stage", "tier", "care"}
    assert {str(each) for each in Cause} == {"event", "clock", "merge", "refund", "policy"}


def test_a_trigger_has_exactly_the_fields_of_the_contract() -> None:
    """As they are called on the wire."""
    assert {field.alias or name for name, field in Trigger.model_fields.items()} == {
        *("trigger_id", "customer_id", "rule", "transition", "event", "action", "reason"),
        *("effective_at", "created_at", "expires_at", "holdout", "policy_version", "attempt"),
        *("not_before", "fit", "released_by"),
    }
    assert set(Action.model_fields) == {"kind", "offer", "channel", "template", "priority"}


def test_what_was_added_to_a_trigger_is_optional() -> None:
    """A trigger that was written by the release before can still be read."""
    required = {name for name, field in Trigger.model_fields.items() if field.is_required()}

    assert not required & {"not_before", "fit"}


def test_the_actions_are_exactly_those_of_the_contract() -> None:
    """In `action.kind` and `action.priority`."""
    assert {str(each) for each in ActionKind} == {
        *("discount_code", "personal_contact", "special_offer", "content", "cross_sell", "survey"),
        *("gift", "greeting_card", "retargeting_audience", "referral_invitation", "store_offer"),
        *("own_shop_offer", "stop_contact", "delete_or_anonymise"),
    }
    assert {str(each) for each in Priority} == {"low", "normal", "high", "highest"}


def test_a_dead_letter_has_exactly_the_headers_of_the_contract() -> None:
    """As they are called on the wire; what was cut says its size, and a retry needs the rest."""
    assert {field.alias or name for name, field in DeadLetterHeaders.model_fields.items()} == {
        *("reason", "detail", "source-topic", "source-partition", "source-offset"),
        *("original-size", "cut-to", "original-key-size", "key-cut-to"),
        *("received-at", "retry-of", "quiet", "sent-at", "context"),
    }


def days(count: int) -> dict[str, str]:
    """The settings of a topic that keeps its records so long, by the broker's time."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(count * 24 * 60 * 60 * 1000),
        "message.timestamp.type": "LogAppendTime",
    }


COMPACT = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": "86400000",
    "segment.ms": "86400000",
    "message.timestamp.type": "LogAppendTime",
}

TOPICS = [
    ("shop.events.v1", "profile id", "anyone", days(30)),
    ("social.events.v1", "profile id", "anyone", days(30)),
    ("support.events.v1", "profile id", "anyone", days(30)),
    ("journey.clock.v1", "none", "replays", days(1)),
    ("journey.joins.v1", "profile id", "worker", {**days(30), "max.message.bytes": "16777216"}),
    ("customer.transitions.v1", "customer id", "worker", days(365)),
    ("retention.triggers.v1", "customer id", "worker", days(90)),
    ("retention.held.v1", "customer id", "worker", days(90)),
    ("journey.dead-letters.v1", "as received", "worker, ingest", days(30)),
    ("delivery.subscriptions.v1", "subscription id", "api, delivery", COMPACT),
    ("delivery.progress.v1", "subscription id and partition", "delivery", COMPACT),
    ("customer.erasures.v1", "erasure id", "api, worker", days(365)),
    (
        "access.keys.v1",
        "key id",
        "stammkunde keys",
        COMPACT,
    ),
    ("access.audit.v1", "key id", "api, worker, stammkunde keys", days(365)),
    (
        "retention.policies.v1",
        "revision",
        "stammkunde policy publish",
        {**COMPACT, "max.message.bytes": "16777216"},
    ),
    ("connect.sources.v1", "kind and name", "stammkunde connect, api", COMPACT),
    (
        "shop-a-customers-changelog",
        "profile id",
        "worker",
        {**COMPACT, "max.message.bytes": "16777216"},
    ),
]


def test_the_catalogue_has_exactly_the_topics_of_the_contract() -> None:
    """With key, owner, retention and the broker's time."""
    assert [
        (topic.name, topic.key, topic.owner, topic.config()) for topic in catalogue("shop-a")
    ] == TOPICS
    assert all(topic.value for topic in catalogue("shop-a"))


def test_sources_clock_and_changelog_can_only_be_co_partitioned() -> None:
    """A topic has no number of partitions of its own: all of them have that of the settings."""
    assert set(topics.SOURCES) == {"shop.events.v1", "social.events.v1", "support.events.v1"}
    assert not [name for name in Topic.__dataclass_fields__ if "partition" in name]


def test_two_applications_share_all_topics_but_the_changelog() -> None:
    """The row is theirs alone."""
    first, second = catalogue("a"), catalogue("b")

    assert first[:-1] == second[:-1]
    assert (first[-1].name, second[-1].name) == ("a-customers-changelog", "b-customers-changelog")
