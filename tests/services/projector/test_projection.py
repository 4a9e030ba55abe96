"""The read model holds what the worker commits."""

from structlog.testing import capture_logs

from services.read_model.trigger_log import TriggerRef
from tests.services.projector.records import micros, transition, trigger
from tests.services.projector.world import Sent, World, eventually


async def test_rows_are_found_by_segment_and_care(world: World) -> None:
    await world.commit(world.row("c-1", 0), world.row("c-2", 0, 1, complaint=2))
    await world.project()
    found = await world.contents()
    assert found["everyone"] == [(b"c-1", 0), (b"c-2", 0)]
    assert found["group:segment=new"] == [(b"c-1", 0)]
    assert found["group:segment=potential_loyalist"] == [(b"c-2", 0)]
    assert found["group:care=complaint_open"] == [(b"c-2", 0)]
    assert found["group:care=calm"] == [(b"c-1", 0)]


async def test_a_changed_row_leaves_its_old_segment(world: World) -> None:
    await world.commit(world.row("c-1", 0))
    async with world.projecting():
        await world.caught_up()
        await world.commit(world.row("c-1", 0, 1))
        await world.caught_up()
    found = await world.contents()
    assert "group:segment=new" not in found
    assert found["group:segment=potential_loyalist"] == [(b"c-1", 0)]


async def test_a_removed_row_is_gone(world: World) -> None:
    await world.commit(world.row("c-1", 0), world.row("c-2", 0))
    async with world.projecting():
        await world.caught_up()
        await world.commit(world.removed("c-1"))
        await world.caught_up()
    found = await world.contents()
    assert found["everyone"] == [(b"c-2", 0)]
    assert list(found["rows"]) == list(found["places"]) == [b"c-2"]
    assert found["group:segment=new"] == [(b"c-2", 0)]


async def test_transitions_and_triggers_are_stored_in_order(world: World) -> None:
    published = [world.published(transition("c-1", 1)), world.published(transition("c-1", 2))]
    await world.commit(*published, world.published(trigger("c-1", 1), at=2))
    await world.project()
    found = await world.contents()
    kept = [body for body, _ in found["transitions:c-1"]]
    assert kept == [each.value for each in published]
    ((text, offset),) = found["triggers:2"]
    ref = TriggerRef.from_text(2, text.decode())
    assert ref[:2] == (2, offset)
    assert ref.rule == "win_back"
    assert ref.customer_id == "c-1"


async def test_aborted_records_never_appear(world: World) -> None:
    await world.abort(world.row("ghost", 0), world.published(trigger("ghost", 1)))
    await world.commit(world.row("c-1", 0))
    await world.abort(world.row("c-1", 0, 1), world.published(transition("c-1", 1)))
    await world.project()
    found = await world.contents()
    assert found["everyone"] == [(b"c-1", 0)]
    assert found["group:segment=new"] == [(b"c-1", 0)]
    assert not any(name.startswith(("transitions:", "triggers:")) for name in found)


async def test_uncommitted_records_do_not_appear_yet(world: World) -> None:
    await world.commit(world.row("c-1", 0))
    async with world.projecting():
        async with world.transaction() as producer:
            late = world.row("c-2", 0)
            await producer.send_and_wait(late.topic, late.value, late.key)
            await world.caught_up()
            assert await world.redis.zcard(world.keys.everyone) == 1
        await world.caught_up()
        assert await world.redis.zcard(world.keys.everyone) == 2


async def test_each_partition_has_its_clock(world: World) -> None:
    await world.commit(
        world.row("c-1", 3, at=0), world.row("c-2", 1, at=0), world.clock(0, micros(9))
    )
    await world.project()
    found = await world.contents()
    assert found["clocks"] == {b"0": str(micros(9)).encode()}


async def test_foreign_records_are_counted_and_logged_once_a_partition(world: World) -> None:
    names = world.names
    foreign = [
        Sent(names.rows, 0, b"c-1", b"no row"),
        Sent(names.rows, 0, b"\xff", b"no text"),
        Sent(names.rows, 0, None, b"no key"),
        Sent(names.triggers, 1, b"c-1", b"{}"),
        Sent(names.transitions, 1, b"c-1", None),
    ]
    with capture_logs() as logs:
        await world.commit(*foreign, world.row("c-2", 0, at=0))
        await world.project()
    found = await world.contents()
    assert found["everyone"] == [(b"c-2", 0)]
    assert found["skipped"] == {b"rows:0": b"3", b"triggers:1": b"1", b"transitions:1": b"1"}
    published = [log for log in logs if log["event"] == "unreadable_record"]
    assert len(published) == 3
    assert not any("c-2" in str(log) for log in logs)


async def test_a_new_trigger_is_announced_at_once(world: World) -> None:
    await world.commit(world.row("c-0", 0))
    async with world.projecting(), world.redis.pubsub() as hearing:
        await world.caught_up()
        await hearing.subscribe(world.keys.trigger_channel)

        async def is_announced() -> bool:
            message = await hearing.get_message(ignore_subscribe_messages=True, timeout=0.01)
            return message is not None

        await world.commit(world.published(trigger("c-0", 1)))
        await eventually(is_announced, "the trigger was announced")
