"""How many brokers hold a record, and what is said about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.kafka.topics.replication import in_sync_for, meaning, replicas_for, too_few


@pytest.mark.parametrize(
    ("brokers", "replicas", "in_sync"), [(0, 1, 1), (1, 1, 1), (2, 2, 1), (3, 3, 2), (9, 3, 2)]
)
def test_three_brokers_hold_a_topic_or_as_many_as_there_are(
    brokers: int, replicas: int, in_sync: int
) -> None:
    assert replicas_for(brokers) == replicas
    assert in_sync_for(replicas) == in_sync


@given(st.integers(1, 20))
def test_a_topic_that_was_made_as_it_should_be_is_not_complained_of(brokers: int) -> None:
    replicas = replicas_for(brokers)
    assert too_few(brokers, {"t": replicas}, {"t": in_sync_for(replicas)}) == []


@given(st.integers(2, 20))
def test_the_loss_of_a_broker_never_stops_a_topic(brokers: int) -> None:
    replicas = replicas_for(brokers)
    assert replicas - 1 >= in_sync_for(replicas)


def test_a_topic_of_one_broker_is_complained_of_when_there_are_three() -> None:
    """With what to do."""
    [sentence] = too_few(3, {"a": 1, "b": 3, "c": 2}, {"a": 1, "b": 2, "c": 1})
    assert sentence.startswith("a, c: fewer than 3 replicas, though there are 3 brokers")
    assert "kafka-reassign-partitions.sh, then set min.insync.replicas=2" in sentence


def test_a_topic_that_one_broker_can_acknowledge_is_complained_of() -> None:
    [sentence] = too_few(3, {"a": 3, "b": 3}, {"a": 1, "b": 2})
    assert sentence.startswith("a: min.insync.replicas is less than 2")
    assert "--add-config min.insync.replicas=2" in sentence


def test_each_number_of_brokers_means_something_else() -> None:
    assert "everything is lost" in meaning(1)
    assert "what that one lacks is lost" in meaning(2)
    assert meaning(3).startswith("3 brokers")
    assert "no record is" in meaning(5)
