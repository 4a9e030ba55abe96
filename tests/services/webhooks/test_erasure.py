"""The erasures that delivery records: who is covered, until when, and by which salt."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from schemas.erasure import Erasure, ErasureStatus
from services.platform.erasure_salt import SaltNeededError
from services.webhooks.erasure import ErasedCustomers
from services.webhooks.partition_queue import OpenTrigger, PartitionQueue
from services.webhooks.progress import progress_of, records_with_triggers
from services.webhooks.topics import encoded, exhausted_key, queue_key
from tests.services.webhooks.world import SALT, erasure

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NAMES = st.sampled_from(["anna", "bert", "carl"])


def erased_by(*erasures: Erasure, salt: bytes | None = SALT) -> ErasedCustomers:
    erased = ErasedCustomers(salt, structlog.get_logger())
    erased.record(records(*erasures))
    return erased


def records(*erasures: Erasure) -> Mapping[str, bytes]:
    return {each.erasure_id: each.model_dump_json().encode() for each in erasures}


def test_an_erasure_covers_the_triggers_until_its_time() -> None:
    erased = erased_by(erasure("anna", at=NOW))
    assert erased.covers("anna", NOW)
    assert erased.covers("anna", NOW - SECOND)
    assert not erased.covers("anna", NOW + timedelta(microseconds=1))
    assert not erased.covers("bert", NOW - SECOND)


@given(st.lists(st.tuples(st.lists(NAMES), st.integers(0, 99))), NAMES, st.integers(0, 99))
def test_the_last_erasure_of_a_name_counts_in_any_order_of_the_records(
    erasures: list[tuple[list[str], int]], name: str, at: int
) -> None:
    made = [erasure(*names, at=NOW + seconds * SECOND) for names, seconds in erasures]
    at_once = erased_by(*made)
    one_by_one = ErasedCustomers(SALT, structlog.get_logger())
    for end in range(len(made), -1, -1):
        one_by_one.record(records(*made[end:]))
    expected = any(name in names and at <= seconds for names, seconds in erasures)
    assert at_once.covers(name, NOW + at * SECOND) == expected
    assert one_by_one.covers(name, NOW + at * SECOND) == expected


@pytest.mark.parametrize("salt", [None, b"another salt, made by mistake"])
def test_another_salt_ends_delivery_and_the_setting_is_named(salt: bytes | None) -> None:
    with pytest.raises(SaltNeededError, match="STAMMKUNDE_ERASURE_SALT"):
        erased_by(erasure("anna", at=NOW), salt=salt)


@pytest.mark.parametrize("status", [ErasureStatus.REQUESTED, ErasureStatus.REFUSED])
def test_a_requested_or_refused_erasure_needs_no_salt(status: ErasureStatus) -> None:
    asked = Erasure(erasure_id="era_1", status=status, requested_at=NOW)
    assert not erased_by(asked, salt=None)
    assert not erased_by(asked).covers("anna", NOW)


def test_a_record_without_a_salt_counts() -> None:
    old = erasure("anna", at=NOW).model_copy(update={"salt": None})
    assert erased_by(old).covers("anna", NOW)


def test_a_record_that_is_no_erasure_is_logged_and_passed_over() -> None:
    erased = ErasedCustomers(SALT, structlog.get_logger())
    with capture_logs() as logs:
        erased.record({"x": b"{", **records(erasure("anna", at=NOW))})
    assert [each["event"] for each in logs] == ["unreadable_erasure"]
    assert erased.covers("anna", NOW)


def test_the_progress_refers_to_triggers_of_idle_queues_and_of_exhausted_deliveries() -> None:
    queue = PartitionQueue(9, {at: OpenTrigger(at, "c-1", f"t-{at}") for at in (3, 4)})
    stored = {
        queue_key("idle", 1): encoded(progress_of(queue)),
        queue_key("at-work", 1): encoded(progress_of(queue)),
        exhausted_key("at-work", 1, 2): b"{}",
    }
    idle, exhausted = records_with_triggers(stored, {"at-work"})

    assert (idle.subscription_id, set(idle.offsets)) == ("idle", {3, 4})
    assert idle.without({3}) == progress_of(PartitionQueue(9, {4: queue.open[4]}))
    assert (exhausted.key, set(exhausted.offsets)) == ("at-work/1/2", {2})
    assert exhausted.without({2}) is None
