"""The status of a subscription sums up the progress of all partitions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.partition_queue import MAX_OPEN, LastFailure, OpenTrigger, PartitionQueue
from services.webhooks.progress import progress_of
from services.webhooks.status import Backlog, DeliveryStatus, status_of
from services.webhooks.topics import encoded, queue_key
from tests.services.webhooks.receiver import OK, Answer, receiving
from tests.services.webhooks.world import PARTITIONS, World, triggers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAST = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is beside
QUEUES = st.lists(
    st.builds(
        PartitionQueue,
        position=st.just(9),
        open=st.dictionaries(st.integers(0, 8), st.none() | st.integers(0, 10**12), max_size=4).map(
            lambda found: {at: OpenTrigger(at, "c-1", appended_ms=ms) for at, ms in found.items()}
        ),
        delivered_at=st.none() | PAST,
        failure=st.none() | st.builds(LastFailure, at=PAST, reason=st.text(max_size=5)),
        unread=st.integers(0, 9),
    ),
    max_size=4,
)


@given(QUEUES, st.dictionaries(st.text(max_size=9).map("s/{}".format), st.binary(max_size=9)))
def test_the_status_sums_up_all_partitions(
    queues: list[PartitionQueue], garbage: dict[str, bytes]
) -> None:
    """Records of other subscriptions and of other forms don't count."""
    items = {queue_key("s", at): encoded(progress_of(queue)) for at, queue in enumerate(queues)}
    others = {
        queue_key("t", 0): encoded(
            progress_of(PartitionQueue(9, {1: OpenTrigger(1, "c-9")}, unread=99))
        )
    }
    status = status_of({**garbage, **items, **others}, "s", NOW)

    unsent = [one for queue in queues for one in queue.open.values()]
    assert status.backlog.triggers == len(unsent)
    assert status.backlog.unread == sum(queue.unread for queue in queues)
    times = [one.appended_ms for one in unsent if one.appended_ms is not None]
    assert (status.backlog.oldest_at is None) == (not times)
    if status.backlog.oldest_at is not None:
        assert status.backlog.oldest_age_s is not None
        age = timedelta(seconds=status.backlog.oldest_age_s)
        assert abs(NOW - age - status.backlog.oldest_at) < timedelta(milliseconds=1)
    delivered = [queue.delivered_at for queue in queues if queue.delivered_at]
    assert status.last_success_at == max(delivered, default=None)
    failed = [queue.failure.at for queue in queues if queue.failure]
    assert (status.last_error and status.last_error.at) == max(failed, default=None)
    assert "c-1" not in status.model_dump_json()


def test_a_new_subscription_has_an_empty_status() -> None:
    nothing = Backlog(triggers=0, unread=0, oldest_at=None, oldest_age_s=None)
    assert status_of({}, "s", NOW) == DeliveryStatus(backlog=nothing)


@pytest.mark.e2e
async def test_the_last_success_the_last_error_and_the_backlog_outlast_a_restart(
    world: World,
) -> None:
    answers = {"now": OK}
    world.chance = lambda: 1.0
    with receiving(lambda _: answers["now"]) as receiver:
        one = await world.subscribe(receiver.url)

        def status() -> DeliveryStatus:
            return status_of(world.progress.items(), one.id, world.clock.now())

        async with world.delivering() as process:
            await world.fire(*triggers(["c-1"]))
            await process.until_figure("delivered_total", one, 1)
            answers["now"] = Answer(503)
            await world.fire(*triggers(["c-1", "c-2"], each=2, first=2))
            await world.until_progress(lambda: status().backlog.triggers == 4)
            before = status()
        async with world.delivering() as process:
            await process.until_figure("open", one, 4)
            assert status().last_success_at == before.last_success_at
            assert status().last_error is not None
            answers["now"] = OK
            world.clock.skip(minutes=10)
            await world.until_progress(lambda: status().backlog.triggers == 0)
            assert status().backlog.oldest_at is None
    assert before.last_success_at is not None
    assert before.last_error is not None
    assert before.last_error.reason == "status 503"
    assert before.last_success_at < before.last_error.at
    assert before.backlog.oldest_age_s is not None
    assert 0 < before.backlog.oldest_age_s < 60


@pytest.mark.e2e
async def test_unread_triggers_are_counted_while_there_is_no_room(world: World) -> None:
    many = triggers([f"c-{number}" for number in range(MAX_OPEN * PARTITIONS + 40)])
    with receiving() as receiver:
        receiver.open.clear()
        one = await world.subscribe(receiver.url)
        async with world.delivering():
            await world.fire(*many)
            await world.until_progress(
                lambda: status_of(world.progress.items(), one.id, NOW).backlog.unread == 40
            )
            receiver.open.set()
            await world.until_progress(
                lambda: status_of(world.progress.items(), one.id, NOW).backlog.unread == 0
            )
