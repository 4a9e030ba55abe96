"""Topics that exist decide the number of partitions, if they agree."""

import pytest

from schemas.topics import catalogue
from services.platform.faults import FaultError
from services.platform.kafka.topics.compare import agreed_partitions, differing_settings


def test_no_topics_yet_means_what_is_wanted() -> None:
    assert agreed_partitions({}, 8) == 8


def test_topics_that_agree_are_followed() -> None:
    assert agreed_partitions({"a": 4, "b": 4}, 8) == 4


def test_topics_that_disagree_are_refused_by_name() -> None:
    with pytest.raises(FaultError, match="a has 4, b has 8"):
        agreed_partitions({"b": 8, "a": 4}, 8)


def test_a_setting_that_differs_is_reported() -> None:
    topic = catalogue("app")[0]
    found = {**topic.config(), "retention.ms": "1"}
    assert differing_settings(topic, topic.config()) == []
    assert differing_settings(topic, found) == [
        f"retention.ms is 1, should be {topic.config()['retention.ms']}"
    ]
