"""The subscriptions in Kafka, as delivery sees them, and the little that it writes there."""

from datetime import datetime

from services.platform.compacted.table import CompactedTable
from services.webhooks.clock import Clock
from services.webhooks.subscriptions import Directory, ResendRequest, SwitchedOff, read_directory
from services.webhooks.topics import encoded, off_key, resend_key


class SubscriptionTable:
    """What the table holds, read anew when it has changed."""

    def __init__(self, table: CompactedTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._read: tuple[int, Directory] | None = None

    def directory(self) -> Directory:
        """Return the subscriptions as they are now.

        Raises:
            NotReadError: Kafka has been away since the start.
        """
        version = self._table.version
        if self._read is None or self._read[0] != version:
            self._read = (version, read_directory(self._table.items()))
        return self._read[1]

    async def switch_off(self, subscription_id: str, enabled_at: datetime) -> None:
        """Note that the endpoint of a subscription, switched on at that time, said 410.

        Raises:
            FaultError: Kafka did not take it.
        """
        off = SwitchedOff(enabled_at=enabled_at, at=self._clock.now())
        await self._table.put(off_key(subscription_id), encoded(off))

    async def remove_request(self, request: ResendRequest) -> None:
        """Take a wish away.

        Raises:
            FaultError: Kafka did not take it.
        """
        key = resend_key(request.subscription_id, request.partition, request.offset)
        await self._table.delete(key)
