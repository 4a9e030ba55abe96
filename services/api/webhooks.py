"""The webhook subscriptions, as the API reads and changes them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from services.platform.breaker import Breaker
from services.platform.compacted.table import CompactedTable
from services.webhooks.addresses import UrlError, target_of
from services.webhooks.clock import Clock, WallClock
from services.webhooks.network import (
    PrivateAddressError,
    Resolve,
    Resolver,
    UnresolvedError,
    allowed_addresses,
)
from services.webhooks.sender import Sender, create_sender
from services.webhooks.status import DeliveryStatus, status_of
from services.webhooks.subscriptions import (
    Directory,
    Resend,
    SigningSecret,
    Subscription,
    new_secret,
    read_directory,
    rotated,
)
from services.webhooks.topics import Names, encoded, resend_key
from topology.batching.security import OPEN, KafkaSecurity

MOST: Final = 50
"""Subscriptions. Each has a lane to every partition, with connections of its own."""
LOOK_UP_S: Final = 5.0


class TooManyError(Exception):
    """There are `MOST` subscriptions already."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The tables of delivery, and what sends a ping."""

    table: CompactedTable
    progress: CompactedTable
    sender: Sender
    clock: Clock
    resolve: Resolve
    private_addresses: bool
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def directory(self) -> Directory:
        """All subscriptions; raises NotReadError if Kafka has been away since the start."""
        return read_directory(self.table.items())

    def status(self, subscription_id: str) -> DeliveryStatus:
        """How the deliveries of a subscription go; as of a new one while Kafka has been away."""
        items = self.progress.items() if self.progress.is_read else {}
        return status_of(items, subscription_id, self.clock.now())

    async def check_url(self, url: str) -> None:
        """Look where a URL leads to.

        Raises:
            UrlError: webhooks can't be sent there, or not now.
        """
        target = target_of(url)
        try:
            async with asyncio.timeout(LOOK_UP_S):
                await allowed_addresses(
                    self.resolve, target.host, target.port, private=self.private_addresses
                )
        except PrivateAddressError:
            raise UrlError(
                "its name leads to an address that is not public; set "
                "STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES=allow if webhooks may go there"
            ) from None
        except (UnresolvedError, TimeoutError):
            raise UrlError("its name leads nowhere: check it, or try again") from None

    async def create(self, fields: dict[str, object]) -> Subscription:
        """Make a subscription.

        Raises:
            TooManyError: there is no room for it.
            FaultError: Kafka did not take it.
        """
        async with self._one_by_one:
            if len(self.directory().subscriptions) >= MOST:
                raise TooManyError
            now = self.clock.now()
            made = {"created_at": now, "enabled_at": now, "secrets": (_secret(),), **fields}
            subscription = Subscription.model_validate(
                {"id": f"sub_{secrets.token_hex(8)}", **made}
            )
            return await self._store(subscription)

    async def change(self, subscription_id: str, fields: dict[str, object]) -> Subscription | None:
        """Change fields of a subscription; None if there is none.

        To enable one that is off, or gone, is a new beginning: it goes on where it stopped.

        Raises:
            FaultError: Kafka did not take it.
        """
        return await self._replace(subscription_id, lambda old: self._changed(old, fields))

    def _changed(self, old: Subscription, fields: dict[str, object]) -> Subscription:
        is_on = old.enabled and not self.directory().is_gone(old)
        again = {"enabled_at": self.clock.now()} if fields.get("enabled") and not is_on else {}
        return old.model_copy(update={**fields, **again})

    async def rotate(self, subscription_id: str, overlap: timedelta) -> Subscription | None:
        """Give a subscription a new secret; None if there is none.

        Raises:
            FaultError: Kafka did not take it.
        """

        def with_new_secret(old: Subscription) -> Subscription:
            both = rotated(old.secrets, _secret(), self.clock.now(), overlap)
            return old.model_copy(update={"secrets": both})

        return await self._replace(subscription_id, with_new_secret)

    async def delete(self, subscription_id: str) -> bool:
        """Delete a subscription, and all wishes about it; False if there is none.

        Raises:
            FaultError: Kafka did not take it.
        """
        async with self._one_by_one:
            directory = self.directory()
            if subscription_id not in directory.subscriptions:
                return False
            await self.table.delete(subscription_id)
            for key in self.table.items():
                if key.startswith(f"{subscription_id}/"):
                    await self.table.delete(key)
            return True

    async def resend(self, subscription_id: str, partition: int, offset: int) -> None:
        """Wish that an exhausted delivery is tried again.

        Raises:
            FaultError: Kafka did not take it.
        """
        key = resend_key(subscription_id, partition, offset)
        await self.table.put(key, encoded(Resend(at=self.clock.now())))

    async def _replace(
        self, subscription_id: str, replacement: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        async with self._one_by_one:
            old = self.directory().subscriptions.get(subscription_id)
            return None if old is None else await self._store(replacement(old))

    async def _store(self, subscription: Subscription) -> Subscription:
        await self.table.put(subscription.id, encoded(subscription))
        return subscription


def _secret() -> SigningSecret:
    return new_secret(secrets.token_bytes)


@asynccontextmanager
async def open_webhooks(
    kafka: str,
    names: Names,
    *,
    private_addresses: bool,
    security: KafkaSecurity = OPEN,
    breaker: Breaker | None = None,
) -> AsyncIterator[Webhooks]:
    """Open the tables. Kafka may be away: then nothing can be changed until it is back."""
    log = structlog.get_logger()
    clock, resolve = WallClock(), Resolver()
    async with (
        CompactedTable(
            kafka, names.subscriptions, log=log, security=security, breaker=breaker
        ) as table,
        CompactedTable(kafka, names.progress, log=log, security=security) as progress,
    ):
        sender = create_sender(resolve, clock, private=private_addresses)
        yield Webhooks(
            table=table,
            progress=progress,
            sender=sender,
            clock=clock,
            resolve=resolve,
            private_addresses=private_addresses,
        )
