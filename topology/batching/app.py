"""The Faust app: one agent that passes fetches to the partitions."""

from collections.abc import Callable
from time import monotonic
from typing import Any, cast

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import TP, StreamT
from faust.types.auth import CredentialsT
from faust.types.transports import ConsumerT, TransportT

from topology.batching.clock_hold_ups import ClockHoldUps
from topology.batching.clock_service import ClockService
from topology.batching.coarse_clock import CoarseClock
from topology.batching.config import BatchConfig
from topology.batching.fetch import Fetch
from topology.batching.handlers import Handlers
from topology.batching.meter import Meter
from topology.batching.offset_client import OffsetClient
from topology.batching.ownership import Ownership
from topology.batching.schema import Fetches
from topology.batching.security import KafkaSecurity
from topology.batching.table import PartitionedTable, PartitionedTableManager
from topology.batching.transport import BatchConsumer, BatchTransport
from topology.batching.watchdog import Watchdog


class BatchApp(faust.App):
    """A Faust app that runs a handler over whole batches, exactly once.

    Args:
        config: the settings.
        handlers: process records and due rows.
        time: the system clock, in seconds since 1970.
        meter: counts transactions, records and outputs.
        settings: further settings of Faust, such as `datadir`.
    """

    def __init__(
        self,
        config: BatchConfig,
        handlers: Handlers,
        time: Callable[[], float],
        meter: Meter | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**_faust_settings(config), **settings)
        self.fatal: BaseException | None = None
        """The error that ended the app, or None."""
        coarse = CoarseClock()
        self.service(cast("Any", coarse))
        self.ownership = Ownership(
            config, handlers, time, self._give_up, meter=meter, monotonic=coarse.read
        )
        self.on_partitions_revoked.connect(self._drain, weak=False)
        self.clock_hold_ups = ClockHoldUps(monotonic, config.clock_warning)
        """The partitions that hold up the clock."""
        servers = config.bootstrap_servers, config.security
        watermarks = OffsetClient(*servers, isolation="read_uncommitted", group=config.app_id)
        clock = ClockService(config, self.ownership, watermarks, self.clock_hold_ups, handlers)
        last_stable, hold_ups = OffsetClient(*servers), self.clock_hold_ups.seconds
        watchdog = Watchdog(config, self.ownership, last_stable, self._give_up, hold_ups=hold_ups)
        # Faust accepts an instance as well as a class; its types allow only the class.
        self.service(cast("Any", clock))
        self.service(cast("Any", watchdog))
        channel = self.topic(*config.topics, schema=Fetches(), acks=False)
        self.agent(channel, name="fetches")(self._take_fetches)

    def partitioned_table(self, name: str) -> PartitionedTable:
        """The app's table: a view of the rows that this worker owns."""
        table = cast("PartitionedTable", self.Table(name, key_type=bytes, value_type=bytes))
        table.ownership = self.ownership
        cast("PartitionedTableManager", self.tables).ownership = self.ownership
        return table

    async def stop(self) -> None:
        """Stop; the snapshots are finished when the worker has left the group."""
        await super().stop()
        await self.ownership.finish_snapshots()

    async def _take_fetches(self, stream: StreamT[Fetch]) -> None:
        async for fetch in stream:
            await self.ownership.offer(fetch)

    async def _drain(self, *_: Any, **__: Any) -> None:
        await self.ownership.revoke()

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if self.should_stop:
            # Faust would close the consumer in the wrong thread, and not leave the group.
            await self.ownership.revoke()
            return
        await super()._on_partitions_revoked(revoked)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        if not self.should_stop:
            await super()._on_partitions_assigned(assigned, generation_id)

    def on_rebalance_return(self) -> None:
        """Notify Faust's sensors, unless the rebalance has ended.

        `PartitionedTableManager` ends it during the assignment, since it does not wait for rows.
        Faust expects the end later, and would warn that the sensors' state is missing.
        """
        if self.rebalancing:
            super().on_rebalance_return()

    def _give_up(self, error: BaseException) -> None:
        self.fatal = error
        self.loop.create_task(self.crash(error))

    def _new_transport(self) -> TransportT:
        return BatchTransport(self.conf.broker_consumer, self, loop=self.loop)

    def _new_consumer(self) -> ConsumerT:
        consumer = cast("BatchConsumer", super()._new_consumer())
        self.ownership.connect(consumer.control, consumer)
        return consumer


def _faust_settings(config: BatchConfig) -> dict[str, Any]:
    servers = config.bootstrap_servers.split(",")
    return {
        "id": config.app_id,
        "broker": [f"kafka://{server.strip()}" for server in servers],
        "broker_credentials": credentials_of(config.security),
        "Table": PartitionedTable,
        "TableManager": PartitionedTableManager,
        "web_enabled": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "table_standby_replicas": 0,
        "stream_wait_empty": False,
        "stream_recovery_delay": 0,
        "broker_session_timeout": config.session_timeout,
        "broker_heartbeat_interval": config.heartbeat_interval,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 1024 * 1024,
        "broker_max_poll_records": 2 * config.max_batch,
        "worker_redirect_stdouts": False,
    }


def credentials_of(security: KafkaSecurity) -> CredentialsT | None:
    """Return the credentials for Faust; None for PLAINTEXT."""
    if security.protocol.startswith("SASL"):
        return SASLCredentials(
            username=security.username,
            password=security.plain_password(),
            ssl_context=security.context,
            mechanism=security.mechanism,
        )
    return None if security.context is None else SSLCredentials(security.context)
