"""The topic of subscriptions, as delivery reads and changes it."""

from datetime import datetime

from services.platform.compacted.table import CompactedTable
from services.webhooks.clock import Clock
from services.webhooks.subscriptions import Directory, ResendRequest, SwitchedOff, read_directory
from services.webhooks.topics import encoded, off_key, resend_key


class SubscriptionTable:
    """Reads the subscriptions, and decodes them only when the topic has changed."""

    def __init__(self, table: CompactedTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._decoded: tuple[int, Directory] | None = None

    def directory(self) -> Directory:
        """Return the subscriptions as they are now.

        Raises:
            NotReadError: Kafka has been away since the start.
        """
        version = self._table.version
        if self._decoded is None or self._decoded[0] != version:
            self._decoded = (version, read_directory(self._table.items()))
        return self._decoded[1]

    async def switch_off(self, subscription_id: str, enabled_at: datetime) -> None:
        """Record that the endpoint of a subscription, switched on at that time, answered 410.

        Raises:
            FaultError: Kafka did not confirm it.
        """
        off = SwitchedOff(enabled_at=enabled_at, at=self._clock.now())
        await self._table.put(off_key(subscription_id), encoded(off))

    async def remove_request(self, request: ResendRequest) -> None:
        """Remove a request to send again, once it is done.

        Raises:
            FaultError: Kafka did not confirm it.
        """
        key = resend_key(request.subscription_id, request.partition, request.offset)
        await self._table.delete(key)
