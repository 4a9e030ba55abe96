"""Opens the gate of a process, and refuses to open the API to strangers."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from services.platform.access.gate import Gate, is_loopback
from services.platform.access.keyring import open_keyring
from services.platform.access.rate_limit import Rate, Rates
from services.platform.faults import FaultError
from services.platform.http.request_body import Bounds
from services.platform.kafka.security import security_of
from services.platform.settings import Settings

_log = structlog.get_logger(__name__)


class NoKeyError(FaultError):
    """The API would be open to other machines without a key."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"STAMMKUNDE_API_HOST is {host}, so that others than this machine could ask, and no "
            "key has been created yet: create one with `stammkunde keys create --kind admin`, or "
            "let the API listen on 127.0.0.1."
        )


async def check_address(settings: Settings, kafka: str) -> None:
    """Check before any role starts that the API may listen on its address.

    Raises:
        NoKeyError: other machines could reach the API without a key.
    """
    if is_loopback(settings.api_host):
        return
    async with open_keyring(kafka, security_of(settings)) as keyring:
        if not keyring.has_any():
            raise NoKeyError(settings.api_host)


@asynccontextmanager
async def guarding(
    settings: Settings,
    kafka: str,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> AsyncIterator[Gate]:
    """Open a gate with these bounds, and follow the keys in the Kafka at `kafka`.

    Kafka may be away: the gate admits nobody until it has read the keys. After that it goes by the
    last known keys.

    Raises:
        NoKeyError: there is no key, and the settings let the API listen on more than loopback.
    """
    on_loopback = is_loopback(settings.api_host)
    async with open_keyring(kafka, security_of(settings)) as keyring:
        if keyring.is_read and not keyring.has_any():
            if not on_loopback:
                raise NoKeyError(settings.api_host)
            _log.info("no_key_yet")
        yield Gate(
            keyring,
            on_loopback=on_loopback,
            rates=_rates(settings),
            bounds=bounds,
            clock=time.monotonic,
        )


def _rates(settings: Settings) -> Rates:
    return Rates(
        requests=Rate(per_second=settings.key_rate, burst=settings.key_burst),
        bytes=Rate(per_second=settings.key_byte_rate, burst=settings.key_byte_burst),
        events=Rate(per_second=settings.key_event_rate, burst=settings.key_event_burst),
    )
