"""Work on a compacted table by a command: the topics are there, and the audit trail knows of it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from schemas.audit import AuditedAction
from schemas.topics import catalogue
from services.platform.audit.command_audit import audited_command
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.settings import Settings
from services.tools.cli.startup import connect_command, run_until_signal
from topology.batching.security import KafkaSecurity

Table = TypeVar("Table")
T = TypeVar("T")

Open = Callable[[str, KafkaSecurity], AbstractAsyncContextManager[Table]]


def work_on(
    command: str,
    open_table: Open[Table],
    work: Callable[[Table], Awaitable[T]],
    audited: tuple[AuditedAction, str] | None,
) -> T | None:
    """Work on a table; None if a signal ended it.

    An `audited` action is written to the audit trail before it happens, with its target.
    """
    settings, kafka = connect_command(command)
    return run_until_signal(_work(settings, kafka, open_table, work, audited))


async def _work(
    settings: Settings,
    kafka: str,
    open_table: Open[Table],
    work: Callable[[Table], Awaitable[T]],
    audited: tuple[AuditedAction, str] | None,
) -> T:
    security = security_of(settings)
    # A command may be what is called first, before any worker has started.
    await ensure_topics(kafka, catalogue(settings.app_id), settings.partitions, security)
    async with open_table(kafka, security) as table:
        if audited is None:
            return await work(table)
        async with audited_command(kafka, *audited, security):
            return await work(table)
