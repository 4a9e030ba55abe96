"""The worker refuses a changelog that lacks records, and no other."""

import asyncio
import re
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from structlog.testing import capture_logs

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, expected_verdict
from tests.topology.batching.kafka import administration, create_topics, eventually
from tests.topology.batching.sandbox import Sandbox
from tests.waits import LONGEST_WAIT_S
from topology.batching.completeness import Committed, describe_loss, encode_note
from topology.batching.errors import IncompleteChangelogError

NOTHING = Committed(0, None)


@pytest.mark.parametrize(
    ("begin", "end", "committed"),
    [
        pytest.param(0, 0, [NOTHING], id="a fresh installation"),
        pytest.param(0, 0, [Committed(700, None)], id="a fresh group on old topics"),
        pytest.param(0, 90, [NOTHING], id="rows of a group that has expired"),
        pytest.param(0, 90, [Committed(0, 50, encode_note(90))], id="all is there"),
        pytest.param(0, 90, [Committed(0, 50, "")], id="offsets that somebody has set by hand"),
        pytest.param(
            0, 0, [Committed(0, 50, encode_note(0))], id="nothing but dead letters so far"
        ),
        pytest.param(0, 0, [Committed(7, 3, "")], id="committed records that have expired"),
        pytest.param(0, 9, [Committed(0, 5, "changelog x")], id="a note that says nothing"),
    ],
)
def test_a_log_that_can_be_complete_is_accepted(
    begin: int, end: int, committed: list[Committed]
) -> None:
    assert describe_loss(begin, end, committed) is None


@pytest.mark.parametrize(
    ("begin", "end", "committed", "reason"),
    [
        (5, 90, [NOTHING], "its first 5 offsets are gone"),
        (90, 90, [Committed(0, 50, encode_note(90))], "its first 90 offsets are gone"),
        (0, 0, [Committed(0, 50, encode_note(90))], "it ends at 0, though .* up to 90"),
        (0, 89, [NOTHING, Committed(0, 50, encode_note(90))], "it ends at 89, though .* up to 90"),
        (0, 0, [NOTHING, Committed(0, 50, "")], "it is empty"),
    ],
)
def test_a_log_that_lacks_records_is_refused(
    begin: int, end: int, committed: list[Committed], reason: str
) -> None:
    missing = describe_loss(begin, end, committed)
    assert re.match(reason, missing or "")


async def refusal(sandbox: Sandbox) -> str:
    """Run a worker that refuses its changelog, and return its error message."""
    async with sandbox.running() as app:
        await eventually(lambda: app.fatal is not None, "the worker refuses its changelog")
    assert isinstance(app.fatal, IncompleteChangelogError)
    return str(app.fatal)


async def run_over(sandbox: Sandbox, number: int) -> list[Event]:
    """Run a worker until it has counted this number of events."""
    events = [Event(b"key-%d" % (n % 5), n) for n in range(number)]
    await sandbox.feed(events)
    async with sandbox.running():
        await sandbox.until_counted(number)
    return events


async def test_a_changelog_of_which_the_beginning_was_deleted_is_refused(
    open_sandbox: OpenSandbox,
) -> None:
    """For example in a topic with a retention time."""
    sandbox = await open_sandbox(partitions=1, cleanup_policy="compact,delete")
    await run_over(sandbox, 20)
    async with administration(sandbox.servers) as admin:
        await admin.delete_records(
            {TopicPartition(sandbox.config.changelog, 0): RecordsToDelete(before_offset=3)}
        )
    assert await refusal(sandbox) == (
        f"partition 0 of {sandbox.config.changelog} lacks records: "
        "its first 3 offsets are gone: they were deleted, or have expired"
    )


async def test_a_changelog_that_was_created_again_is_refused_unless_the_settings_accept_it(
    open_sandbox: OpenSandbox,
) -> None:
    """Somebody has deleted the topic, but not the offsets. Each start logs it."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    await run_over(sandbox, 20)
    changelog = sandbox.config.changelog
    async with administration(sandbox.servers) as admin:
        await admin.delete_topics([changelog])
        async with asyncio.timeout(LONGEST_WAIT_S):
            while changelog in await admin.list_topics():
                await asyncio.sleep(0.02)
    await create_topics(sandbox.servers, [changelog], 1, cleanup_policy="compact")
    reason = await refusal(sandbox)
    assert f"partition 0 of {changelog} lacks records: it ends at 0" in reason

    config = replace(sandbox.config, accepts_incomplete_changelog=True)
    later = [Event(b"late", n) for n in range(3)]
    with capture_logs() as logged:
        await sandbox.feed(later)
        async with replace(sandbox, config=config).running():
            await sandbox.until_counted(3)
    assert reason in {one.get("reason") for one in logged}
    async with sandbox.running() as app:
        await eventually(
            lambda: any(one.is_ready for one in app.ownership), "ready without the setting"
        )
    assert (await sandbox.verdict()).rows == expected_verdict(later).rows
