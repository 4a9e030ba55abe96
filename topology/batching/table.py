"""Table: a Faust table over the partitions' rows, and a table manager without recovery."""

from typing import Any, cast

from faust import App, Table
from faust.tables.manager import TableManager
from faust.types import TP

from topology.batching.ownership import Ownership


class PartitionedTable(Table[bytes, bytes]):
    """A read-only view of the rows that this worker owns."""

    ownership: Ownership | None = None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self._find(key) is not None

    def __getitem__(self, key: bytes) -> bytes:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.on_key_set(key, value)

    def __delitem__(self, key: bytes) -> None:
        self.on_key_set(key, None)

    def on_key_set(self, key: Any, value: Any) -> None:
        """Raise an error. All of Faust's ways to change a table call this method."""
        msg = "rows change only through the changes that a batch handler returns"
        raise TypeError(msg)

    def _find(self, key: bytes) -> bytes | None:
        return None if self.ownership is None else self.ownership.find(key)

    async def on_start(self) -> None:
        """Open nothing: there is no store, and the topic catalogue creates the changelog."""

    async def on_rebalance(self, *_: Any, **__: Any) -> None:
        """Do nothing: the partitions handle rebalances."""


class PartitionedTableManager(TableManager):
    """Passes assignments to the partitions, and skips Faust's own recovery."""

    ownership: Ownership | None = None

    async def on_start(self) -> None:
        """Register the tables."""
        await self._update_channels()

    async def on_stop(self) -> None:
        """Stop fetching, then finish the transactions in flight."""
        await cast("App", self.app)._fetcher.stop()
        if self.ownership is not None:
            await self.ownership.close()
        for table in self.values():
            await table.stop()

    async def _update_channels(self) -> None:
        self._tables_finalized.set()
        for table in self.values():
            await table.maybe_start()
        self._tables_registered.set()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Do nothing: the app drains the partitions."""

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Open the assigned partitions in tasks, and resume fetching at once."""
        self._recovery_started.set()
        if self.ownership is not None:
            self.ownership.assign({tp.partition for tp in assigned}, generation_id)
        await self.app.on_rebalance_complete.send()
        self.app.flow_control.resume()
        self.app.consumer.resume_flow()
        await cast("App", self.app)._fetcher.maybe_start()
        self.on_actives_ready()
        self.on_standbys_ready()
        self.app.on_rebalance_end()

    async def wait_until_recovery_completed(self) -> bool:
        """Return at once: each partition knows whether it is ready."""
        return False
