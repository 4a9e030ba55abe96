"""The one place where the Faust app of Stammkunde is put together."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas import topics
from schemas.messages.reading import Reading
from schemas.policy import Policy
from topology.agents.journey import CONSUMED, Journey
from topology.agents.policy_handlers import PolicyHandlers, PublishedHistory
from topology.agents.sizes import Limits
from topology.batching.app import BatchApp
from topology.batching.config import BatchConfig
from topology.batching.handlers import Handlers, OneHandler
from topology.batching.meter import Meter
from topology.batching.security import OPEN, KafkaSecurity
from topology.domain.policy.compile import compile_policy

WRITTEN: Final = (
    topics.TRANSITIONS,
    topics.TRIGGERS,
    topics.HELD,
    topics.DEAD_LETTERS,
    topics.ERASURES,
)
"""The topics that transactions write to, beside the changelog and the topics that are consumed."""


class AppSettings(NamedTuple):
    """What the app needs to know. `worker_id` stays the same over a restart."""

    app_id: str
    bootstrap_servers: str
    policy: Policy
    """The settings' file; without one the default policy, until a published one is in force."""
    partitions: int
    clock_from_topic: bool
    worker_id: str
    data_dir: Path
    snapshots: Path | None = None
    """The worker's own folder for snapshots of its rows; None: it keeps none."""
    accepts_incomplete_changelog: bool = False
    max_message_bytes: Mapping[str, int] = MappingProxyType({})
    """How large a record each topic takes, where it is not Kafka's default."""
    security: KafkaSecurity = OPEN
    erasure_salt: bytes | None = None
    published: PublishedHistory | None = None
    """The published policies; None if the policy of the settings' file is in force."""


def build_app(
    settings: AppSettings,
    time: Callable[[], float],
    meter: Meter | None = None,
    note: Callable[[Reading], object] | None = None,
) -> BatchApp:
    """Put the Faust app together.

    Args:
        settings: what it needs to know.
        time: the machine's, in seconds since 1970.
        meter: counts, if somebody wants the figures.
        note: called with each reading of a message that was not in the contract's form.
    """
    config = BatchConfig(
        app_id=settings.app_id,
        bootstrap_servers=settings.bootstrap_servers,
        security=settings.security,
        sources=CONSUMED,
        changelog=topics.changelog(settings.app_id),
        outputs=WRITTEN,
        partitions=settings.partitions,
        clock_topic=topics.CLOCK if settings.clock_from_topic else None,
        max_message_bytes=settings.max_message_bytes,
        snapshots=settings.snapshots,
        accepts_incomplete_changelog=settings.accepts_incomplete_changelog,
    )
    app = BatchApp(
        config,
        _handlers(settings, time, note),
        time,
        meter,
        datadir=str(settings.data_dir),
        consumer_group_instance_id=settings.worker_id,
    )
    app.partitioned_table("customers")
    return app


def _handlers(
    settings: AppSettings,
    time: Callable[[], float],
    note: Callable[[Reading], object] | None,
) -> Handlers:
    def journey_of(policy: Policy) -> Journey:
        return Journey(
            # A replay's time jumps as far as the worker is behind: by that nothing is too late.
            compile_policy(policy, sends_everything=settings.clock_from_topic),
            partitions=settings.partitions,
            machine_now=lambda: int(time() * 1_000_000),
            limits=Limits(settings.max_message_bytes),
            app_id=settings.app_id,
            salt=settings.erasure_salt,
            note=note,
        )

    if settings.published is None:
        return OneHandler(journey_of(settings.policy), settings.policy.version)
    return PolicyHandlers(settings.policy, settings.published, journey_of)
