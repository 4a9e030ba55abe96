"""The system clock: rows fall due without any event."""

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import eventually
from tests.topology.batching.sandbox import clocks_in, values_in

HOUR = 3_600_000_000


class Clock:
    """A system clock that the test sets, in seconds."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_rows_fall_due_without_any_event(open_sandbox: OpenSandbox) -> None:
    """Each row falls due once."""
    clock = Clock()
    sandbox = await open_sandbox(due_after=HOUR)
    events = [Event(b"key-%d" % n, n, at=1_000_000_000) for n in range(30)]
    await sandbox.feed(events)
    async with sandbox.running(clock), sandbox.outputs() as outputs:
        await sandbox.until_counted(len(events))
        clock.seconds += 3_599
        assert (await outputs.to_end()).records == []
        clock.seconds += 2
        await outputs.until(lambda log: len(log.records) >= 30, "all rows due")
        clock.seconds += 7_200
        await sandbox.feed([Event(b"key-%d" % n, 30 + n, at=2 * HOUR) for n in range(3)])
        await outputs.until(lambda log: len(log.records) >= 36, "second events, due again")
    events += [Event(b"key-%d" % n, 30 + n, at=2 * HOUR) for n in range(3)]
    assert (await sandbox.verdict()).outputs == expected_verdict(
        events, due_after=HOUR, clock=int(clock.seconds * 1_000_000)
    ).outputs


async def test_more_due_rows_than_a_batch_holds_fire_in_order_over_several_transactions(
    open_sandbox: OpenSandbox,
) -> None:
    """The worker also processes records that arrive meanwhile."""
    clock = Clock()
    sandbox = await open_sandbox(due_after=HOUR, max_due=50, max_joined=50, partitions=1, sources=1)
    events = [Event(b"key-%d" % n, n, at=(n * 7_919) % 100_000 + 1) for n in range(2_000)]
    await sandbox.feed(events)
    async with sandbox.running(clock), sandbox.outputs() as outputs:
        await sandbox.until_counted(len(events))
        clock.seconds += 7_200
        more = [Event(b"new-%d" % (n % 5), 2_000 + n, at=3 * HOUR) for n in range(20)]
        await sandbox.feed(more)
        await sandbox.until_counted(len(events) + len(more))
        await outputs.until(
            lambda log: sum(text.startswith(b"due") for _, text in values_in(log)) >= 2_000,
            "all rows due",
        )
    dues = [int(text.split()[1]) for _, text in values_in(outputs) if text.startswith(b"due")]
    assert dues == sorted(dues)
    places = [one.offset for one in outputs.records if one.value.startswith(b"due")]
    markers = places[-1] - places[0] - (len(places) - 1)
    assert markers >= 2_000 // 50 - 1, "a transaction held more than max_due"
    seen = await sandbox.verdict()
    assert seen == expected_verdict(
        [*events, *more], due_after=HOUR, clock=int(clock.seconds * 1_000_000)
    )


async def test_rows_that_fell_due_while_no_worker_ran_fire_after_the_restart(
    open_sandbox: OpenSandbox,
) -> None:
    """The worker computes their due instants from the restored rows."""
    clock = Clock()
    sandbox = await open_sandbox(due_after=HOUR)
    events = [Event(b"key-%d" % n, n, at=n + 1) for n in range(30)]
    await sandbox.feed(events)
    async with sandbox.running(clock):
        await sandbox.until_counted(len(events))
    clock.seconds += 10_000
    async with sandbox.running(clock), sandbox.outputs() as outputs:
        await outputs.until(lambda log: len(log.records) >= 30, "all rows due")
    assert_same(
        await sandbox.verdict(), expected_verdict(events, due_after=HOUR, clock=11_000_000_000)
    )


async def test_an_instant_without_due_rows_is_rarely_written(open_sandbox: OpenSandbox) -> None:
    """It costs no transaction until `clock_commit_interval` has passed."""
    clock = Clock()
    sandbox = await open_sandbox(partitions=1, sources=1, clock_interval=0.02)
    async with sandbox.running(clock) as app, sandbox.changelog() as changelog:
        await changelog.until(lambda log: len(log.records) >= 1, "the first clock row")
        for _ in range(5):
            clock.seconds += 0.75
            now = int(clock.seconds * 1_000_000)
            await eventually(
                lambda now=now: [one.clock for one in app.ownership] == [now],  # type: ignore[misc]
                "the clock advances",
            )
        assert len((await changelog.to_end()).records) == 1
        clock.seconds += 1.25
        await changelog.until(lambda log: len(log.records) >= 2, "the second clock row")
    assert 1_003_750_000 <= clocks_in(changelog)[0] <= 1_005_000_000
