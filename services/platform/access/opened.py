"""Opens the keyring of an installation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from schemas.topics import ACCESS_KEYS
from services.platform.access.keyring import Keyring
from services.platform.compacted.table import CompactedTable
from topology.batching.security import KafkaSecurity


@asynccontextmanager
async def opened_keyring(kafka: str, security: KafkaSecurity) -> AsyncIterator[Keyring]:
    """Read the keys in the Kafka at `kafka`, and follow them. Kafka may be away."""
    log = structlog.get_logger(__name__)
    async with CompactedTable(kafka, ACCESS_KEYS, log=log, security=security) as table:
        yield Keyring(table)
